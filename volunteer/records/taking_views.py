"""The page on which a volunteer takes the whole record along, as data with proofs, as a page, or on paper."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from forms.records import TakeForm
from models.areas import Area
from models.base import db
from models.volunteers import Volunteer
from volunteer.accounts import guessing
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.records import operations, portable
from volunteer.records.desk import bp, render_form
from volunteer.records.documents import draw_record
from volunteer.records.portable import Issuer, Part
from volunteer.records.rules import TAKING_LIMIT
from volunteer.records.telling import Told, told
from volunteer.volunteers.queries import own_volunteer
from volunteer.web.access import access, own_id
from volunteer.web.addresses import public_origin
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import file_answer
from volunteer.web.transactions import attempt

Draw = Callable[[dict[str, Any], Told], bytes]


@bp.route("/<volunteer_id>/take", methods=["GET", "POST"])
@access(Permission.OWN)
def take(volunteer_id: str) -> ResponseReturnValue:
    """Let the account choose what goes in, and give its volunteer's record out in one of three forms."""
    volunteer = own_volunteer(own_id(), volunteer_id)
    if volunteer is None:
        raise NotFound(N_("没有找到这个页面"))
    form = TakeForm()
    file = attempt(form, lambda: _file(volunteer, form))
    if file is None:
        return render_form("records/take.html", form, volunteer=volunteer, most=TAKING_LIMIT.most)
    return file


def _file(volunteer: Volunteer, form: TakeForm) -> Response:
    kind = form.kind.data
    draw, mimetype = FORMS[kind]
    keys: Any = current_app.config["SETTINGS"].keys["address"]
    now = clock.now()
    words = N_("一天最多下载 %(most)s 次，请明天再来")
    guessing.claim_try("take", guessing.subject_of(keys, "take", str(own_id())), TAKING_LIMIT, now, words)
    record = portable.portable_record(volunteer, {Part(name) for name in form.parts()}, issuer=_issuer(), made_at=now)
    services = len(record["services"]) + len(record["not_in_tree_yet"])
    operations.note_taking(volunteer, form=kind, services=services, account_id=own_id())
    name = f"志愿服务档案-{volunteer.name}-{clock.today():%Y%m%d}.{kind}"
    content = draw(record, told(record))
    return file_answer(content, mimetype, name)


def _as_json(record: dict[str, Any], said: Told) -> bytes:
    return portable.file_of(record)


def _as_page(record: dict[str, Any], said: Told) -> bytes:
    return render_template("records/portable.html", record=record, told=said).encode()


def _as_paper(record: dict[str, Any], said: Told) -> bytes:
    return draw_record(said, document_fonts(), made_on=clock.today())


FORMS: Mapping[str, tuple[Draw, str]] = {
    "json": (_as_json, "application/json"),
    "html": (_as_page, "text/html"),
    "pdf": (_as_paper, "application/pdf"),
}


def _issuer() -> Issuer:
    settings = current_app.config["SETTINGS"]
    city = db.session.scalar(select(Area.name).where(Area.level == AreaLevel.CITY).limit(1))
    return Issuer(city or settings.office_name, settings.office_name, settings.product_name, public_origin())
