"""The pages of bulletins: the list, one as it reads with its paper and workbook, releasing it, and the weights."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from forms.supervision import DiscardForm, DraftForm, ReleaseForm, WeightsForm
from models.areas import Area
from models.base import db
from models.supervision import Bulletin, ScoreWeights
from models.tasks import Task
from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.supervision import bulletin_queries, bulletin_words, bulletins
from volunteer.supervision.bulletin_documents import BulletinFacts, bulletin_table, draw_bulletin
from volunteer.supervision.bulletin_rules import BulletinStatus, Content, bulletin_number, last_month
from volunteer.supervision.desk import bp, file, office_of, product_name
from volunteer.supervision.scores import Weights
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import table_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

READ, RELEASE = Permission.READ_FIGURES, Permission.RELEASE_BULLETINS
BULLETIN = "/bulletins/<string(length=20):bulletin_id>"
MOST_SHOWN = 60
KINDS = {BulletinStatus.DRAFT: "needs", BulletinStatus.RELEASED: "done", BulletinStatus.DISCARDED: "quiet"}


@bp.get("/bulletins/")
@access(READ)
def list_bulletins() -> ResponseReturnValue:
    """Show the bulletins of the reader's areas and of those above, the latest month first."""
    return _list(_draft_form(formdata=None)), 200


def _list(form: DraftForm) -> str:
    page = paginate(db.session, bulletin_queries.bulletins_in_sight(principal()), page_number())
    return render_template(
        "supervision/list_bulletins.html",
        page=page,
        form=form if principal().may(RELEASE) else None,
        number_of=_number,
        KINDS=KINDS,
    )


def _draft_form(**options: Any) -> DraftForm:
    areas = [(area.code, area.name) for area in bulletin_queries.areas_for(principal())]
    return DraftForm(areas=areas, data={"month": last_month(clock.today())}, **options)


@bp.post("/bulletins/")
@access(RELEASE)
def draft() -> ResponseReturnValue:
    """Have a bulletin drafted."""
    form = _draft_form()

    def act() -> Task:
        area, month = _area(form.area.data), form.month.data
        return bulletins.ask_for_draft(area, month or last_month(clock.today()), account_id=own_id())

    task = attempt(form, act)
    if task is None:
        return _list(form), 422
    return redirect(url_for("tasks.show", task_id=task.public_id))


def _area(code: str) -> Area:
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(RELEASE, Scope(area.lineage))
    return area


@bp.get(BULLETIN)
@access(READ)
def show_bulletin(bulletin_id: str) -> ResponseReturnValue:
    """Show a bulletin as it reads; a draft with what a person can do about it."""
    return _page(bulletin_queries.bulletin_in_sight(principal(), bulletin_id))


def _page(bulletin: Bulletin, releasing: ReleaseForm | None = None, discarding: DiscardForm | None = None) -> str:
    content = Content.from_json(bulletin.content)
    level = _level(content)
    is_whole = request.args.get("all") == "1"
    rows = content.groups[level]
    shown = rows if is_whole else rows[:MOST_SHOWN]
    return render_template(
        "supervision/show_bulletin.html",
        bulletin=bulletin,
        content=content,
        number=_number(bulletin),
        level=level,
        rows=shown,
        open_codes=_codes_to_open([content.area_code, *(row.code for row in shown)]),
        count=len(rows),
        words=bulletin_words,
        issuer=office_of(bulletin.area),
        changes=bulletin_queries.recounted(bulletin.area, content),
        newer=bulletin_queries.superseded_by(bulletin),
        may_release=_is_open_to(bulletin),
        releasing=releasing or _release_form(content),
        discarding=discarding or DiscardForm(formdata=None),
        number_of=_number,
        KINDS=KINDS,
        INDICATORS=INDICATORS,
        IndicatorCode=IndicatorCode,
    )


def _codes_to_open(codes: Iterable[str]) -> set[str]:
    """Return those of some areas whose figures the reader may see."""
    found = db.session.execute(select(Area.code, Area.lineage).where(Area.code.in_(list(codes))))
    return {code for code, lineage in found if principal().may_at(READ, Scope(lineage))}


def _level(content: Content) -> AreaLevel:
    typed = request.args.get("level", "")
    return AreaLevel(typed) if typed in content.levels else content.levels[0]


def _release_form(content: Content) -> ReleaseForm:
    """Return the form with the usual texts, which are printed where nobody writes others."""
    opening, closing = say(bulletin_words.usual_opening(content)), _(bulletin_words.USUAL_CLOSING)
    return ReleaseForm(formdata=None, opening=opening, closing=closing)


def _is_open_to(bulletin: Bulletin) -> bool:
    is_draft = bulletin.status is BulletinStatus.DRAFT
    return is_draft and principal().may_at(RELEASE, Scope(bulletin.area.lineage))


@bp.post(f"{BULLETIN}/release")
@access(RELEASE)
def release(bulletin_id: str) -> ResponseReturnValue:
    """Release a draft."""
    bulletin, form = _own(bulletin_id), ReleaseForm()

    def act() -> Bulletin:
        texts = {"opening": form.opening.data or "", "closing": form.closing.data or ""}
        return bulletins.release(bulletin, **texts, account_id=own_id())

    released = attempt(form, act)
    if released is None:
        return _page(_own(bulletin_id), releasing=form), 422
    flash(_("%(number)s已发布", number=_number(released)), "success")
    return redirect(url_for(".show_bulletin", bulletin_id=bulletin_id))


@bp.post(f"{BULLETIN}/discard")
@access(RELEASE)
def discard(bulletin_id: str) -> ResponseReturnValue:
    """Discard a draft."""
    bulletin, form = _own(bulletin_id), DiscardForm()
    if attempt(form, lambda: bulletins.discard(bulletin, reason=form.reason.data, account_id=own_id())) is None:
        return _page(_own(bulletin_id), discarding=form), 422
    flash(_("草稿已作废"), "success")
    return redirect(url_for(".list_bulletins"))


def _own(public_id: str) -> Bulletin:
    bulletin = bulletin_queries.bulletin_in_sight(principal(), public_id)
    require_at(RELEASE, Scope(bulletin.area.lineage))
    return bulletin


@bp.get(f"{BULLETIN}/paper.pdf")
@access(READ)
def download_bulletin(bulletin_id: str) -> Response:
    """Hand out the bulletin on paper; a draft says on every page that it is one."""
    bulletin = bulletin_queries.bulletin_in_sight(principal(), bulletin_id)
    content = Content.from_json(bulletin.content)
    facts = BulletinFacts(
        content=content,
        number=_number(bulletin),
        issuer=office_of(bulletin.area),
        dated_on=_dated_on(bulletin),
        opening=bulletin.opening,
        closing=bulletin.closing,
        product_name=product_name(),
    )
    name = f"{bulletin_words.title(content)}.pdf"
    return file(draw_bulletin(facts, document_fonts()), "application/pdf", name, inline=True)


def _dated_on(bulletin: Bulletin) -> date:
    return clock.local_day(bulletin.decided_at or bulletin.drafted_at)


@bp.get(f"{BULLETIN}/table.<any(csv, xlsx):kind>")
@access(READ)
def download_bulletin_table(bulletin_id: str, kind: str) -> Response:
    """Hand out every area of a bulletin as a table."""
    bulletin = bulletin_queries.bulletin_in_sight(principal(), bulletin_id)
    content = Content.from_json(bulletin.content)
    title = say(bulletin_words.title(content))
    return table_answer(bulletin_table(content, title=title, number=_number(bulletin), speak=say), kind)


def _number(bulletin: Bulletin) -> str:
    return bulletin_number(bulletin.year or 0, bulletin.number) if bulletin.number else ""


# --- weights ---


@bp.route("/weights/<string(minlength=6, maxlength=12):code>", methods=["GET", "POST"])
@access(RELEASE)
def show_weights(code: str) -> ResponseReturnValue:
    """Show what the scores of an area's bulletins weigh, what they weighed before, and set them anew."""
    area = _area(code)
    in_force = bulletin_queries.weights_for(area)
    form = WeightsForm(data=in_force.weights.to_json())

    def act() -> ScoreWeights:
        return bulletins.set_weights(area, form.weights(), reason=form.reason.data, account_id=own_id())

    if attempt(form, act) is not None:
        flash(_("新的权重从下一份草稿起用"), "success")
        return redirect(url_for(".show_weights", code=code))
    area = _area(code)
    page = render_template(
        "supervision/show_weights.html",
        area=area,
        form=form,
        in_force=bulletin_queries.weights_for(area),
        history=[(row, Weights.from_json(row.weights)) for row in bulletin_queries.weights_history(area)],
        INDICATORS=INDICATORS,
    )
    return page, 422 if form.is_submitted() else 200
