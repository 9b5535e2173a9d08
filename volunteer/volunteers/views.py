"""The pages of this room."""

from collections.abc import Iterable

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from forms.volunteers import ErasureForm, RegistrationForm, VolunteerForm
from models.volunteers import Volunteer
from volunteer.accounts import guessing
from volunteer.accounts.rules import REGISTRATION_LIMIT
from volunteer.areas.queries import communities_named, full_name, full_names
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.text import N_
from volunteer.notices.queries import unread_count
from volunteer.volunteers import operations, queries
from volunteer.volunteers.documents import CardFacts, draw_cards
from volunteer.volunteers.rules import OWN_CONSENTS, EndReason, Relation, VolunteerStatus, consents_to_resume
from volunteer.volunteers.vault import Vault
from volunteer.web.access import RETURN_TO, access, principal
from volunteer.web.addresses import public_address
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import file_answer
from volunteer.web.transactions import attempt, keep_despite_refusal
from volunteer.web.words import say

bp = Blueprint("volunteers", __name__, url_prefix="/volunteers")


@bp.get("/")
@access(Permission.OWN)
def show_own() -> ResponseReturnValue:
    """Show what is mine: for whom I act, and the ways to records, certificates and settings."""
    volunteers = queries.own_volunteers(_own_id())
    return render_template(
        "volunteers/show_own.html",
        volunteers=volunteers,
        unread=unread_count(_own_id()),
        places=_places(volunteers),
        stars=queries.star_names_of([each.id for each in volunteers]),
        has_cards=any(each.status is VolunteerStatus.ACTIVE for each in volunteers),
    )


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.OWN)
def create() -> ResponseReturnValue:
    """Register a volunteer: first for whom, then the form."""
    if request.args.get("relation") not in set(Relation):
        return render_template("volunteers/choose_relation.html", has_self=queries.has_self(_own_id()))
    form = RegistrationForm(relation=Relation(request.args["relation"]))
    if not form.is_submitted() and form.about is Relation.SELF:
        form.name.data = principal().display_name
    volunteer = attempt(form, lambda: _register(form))
    if volunteer is None:
        page = render_template("volunteers/create.html", form=form, lineage=_lineage(form.community.data))
        return page, 422 if form.is_submitted() else 200
    flash(_("%(name)s已登记，编号 %(number)s", name=volunteer.name, number=volunteer.number), "success")
    return redirect(session.pop(RETURN_TO, "") or url_for("volunteers.show_card", public_id=volunteer.public_id))


def _register(form: RegistrationForm) -> Volunteer:
    """Register; how often one account may ask after documents that are taken is counted."""
    keys = current_app.config["SETTINGS"].keys
    claim = guessing.claim_try(
        "register", guessing.subject_of(keys["address"], "register", str(_own_id())), REGISTRATION_LIMIT, clock.now()
    )
    keep_despite_refusal()
    volunteer = operations.register_volunteer(account_id=_own_id(), typed=form.typed(), vault=Vault.of(keys))
    guessing.forgive(claim)
    return volunteer


@bp.get("/codes")
@access(Permission.OWN)
def show_codes() -> ResponseReturnValue:
    """Show the codes of those for whom I act, to be scanned at the door."""
    volunteers = queries.active_volunteers(_own_id())
    return render_template("volunteers/show_codes.html", cards=[(each, _code(each)) for each in volunteers])


@bp.get("/<public_id>")
@access(Permission.OWN)
def show(public_id: str) -> ResponseReturnValue:
    """Show one of mine as registered."""
    volunteer = _own(public_id)
    return render_template(
        "volunteers/show.html",
        volunteer=volunteer,
        place=full_name(volunteer.community),
        history=_history(volunteer),
        consents=consents_to_resume(volunteer.birth_on, clock.today(), volunteer.relation),
    )


@bp.route("/<public_id>/edit", methods=["GET", "POST"])
@access(Permission.OWN)
def edit(public_id: str) -> ResponseReturnValue:
    """Change phone, community, skills and categories."""
    volunteer = _own(public_id)
    code = volunteer.community.code
    form = VolunteerForm(
        phone=volunteer.phone, community=code, skills=volunteer.skills, categories=volunteer.categories
    )
    if attempt(form, lambda: _edit(volunteer, form)) is None:
        lineage = _lineage(form.community.data)
        page = render_template("volunteers/edit.html", form=form, volunteer=_own(public_id), lineage=lineage)
        return page, 422 if form.is_submitted() else 200
    flash(_("改好了"), "success")
    return redirect(url_for("volunteers.show", public_id=public_id))


def _edit(volunteer: Volunteer, form: VolunteerForm) -> Volunteer:
    return operations.edit_volunteer(
        volunteer=volunteer,
        account_id=_own_id(),
        phone=form.phone.data or "",
        community=form.community.data,
        skills=tuple(form.skills.data or ()),
        categories=tuple(form.categories.data or ()),
    )


@bp.post("/<public_id>/withdraw")
@access(Permission.OWN)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Leave the register; the hours stay."""
    operations.end_registration(volunteer=_own(public_id), account_id=_own_id(), reason=EndReason.WITHDRAWN)
    flash(_("已退出登记，以前的服务记录还在"), "success")
    return redirect(url_for("volunteers.show", public_id=public_id))


@bp.post("/<public_id>/resume")
@access(Permission.OWN)
def resume(public_id: str) -> ResponseReturnValue:
    """Come back into the register."""
    agreed = frozenset(kind for kind in OWN_CONSENTS if kind in request.form.getlist("consent"))
    operations.resume_registration(volunteer=_own(public_id), account_id=_own_id(), consents=agreed)
    flash(_("欢迎回来，又在册了"), "success")
    return redirect(url_for("volunteers.show", public_id=public_id))


@bp.route("/<public_id>/erase", methods=["GET", "POST"])
@access(Permission.OWN)
def erase(public_id: str) -> ResponseReturnValue:
    """Say what goes and what stays, and erase the person once their name is typed again."""
    volunteer, form = _own(public_id), ErasureForm()
    if attempt(form, lambda: _erase(volunteer, form)) is None:
        page = render_template("volunteers/erase.html", form=form, volunteer=_own(public_id))
        return page, 422 if form.is_submitted() else 200
    flash(_("已注销，个人资料已经删除"), "success")
    return redirect(url_for("volunteers.show_own"))


def _erase(volunteer: Volunteer, form: ErasureForm) -> Volunteer:
    confirmation = form.confirmation.data or ""
    return operations.erase_volunteer(volunteer=volunteer, account_id=_own_id(), confirmation=confirmation)


@bp.get("/<public_id>/card")
@access(Permission.OWN)
def show_card(public_id: str) -> ResponseReturnValue:
    """Show the card, which also prints."""
    volunteer = _own(public_id)
    place = full_name(volunteer.community)
    return render_template("volunteers/show_card.html", volunteer=volunteer, place=place, code=_code(volunteer))


@bp.get("/cards.pdf")
@access(Permission.OWN)
def download_cards() -> ResponseReturnValue:
    """Send the cards of those for whom I act, to be printed and cut."""
    volunteers = queries.active_volunteers(_own_id())
    places = _places(volunteers)
    cards = [
        CardFacts(each.name, each.number, places[each.community.lineage], _badge_address(each)) for each in volunteers
    ]
    product_name = current_app.config["SETTINGS"].product_name
    pdf = draw_cards(cards, document_fonts(), product_name=product_name, made_on=clock.today())
    return file_answer(pdf, "application/pdf", say(N_("志愿者卡.pdf")))


@bp.get("/<public_id>/badge")
@access(Permission.PUBLIC)
def show_badge(public_id: str) -> ResponseReturnValue:
    """Tell whoever scans a card whether it is a volunteer's, with the name masked."""
    volunteer = queries.volunteer_by_public_id(public_id)
    if volunteer is None:
        raise NotFound(N_("这不是我们发的志愿者卡"))
    return render_template("volunteers/show_badge.html", volunteer=volunteer, name=mask_name(volunteer.name))


def _own_id() -> int:
    account_id = principal().account_id
    if account_id is None:
        raise NotFound(N_("没有找到这个页面"))
    return account_id


def _own(public_id: str) -> Volunteer:
    volunteer = queries.own_volunteer(_own_id(), public_id)
    if volunteer is None:
        raise NotFound(N_("没有找到这位志愿者"))
    return volunteer


def _code(volunteer: Volunteer) -> Markup:
    """Return the QR code of a card."""
    return Markup(qr_svg(_badge_address(volunteer), title=say(N_("志愿者卡的二维码"))))  # noqa: S704 — drawn by us


def _badge_address(volunteer: Volunteer) -> str:
    """Return the address by which a stranger can check a card."""
    return public_address("volunteers.show_badge", public_id=volunteer.public_id)


def _places(volunteers: Iterable[Volunteer]) -> dict[str, str]:
    return full_names(each.community.lineage for each in volunteers)


def _history(volunteer: Volunteer) -> list[tuple[str, str]]:
    """Return the days of a registration with what happened on each, the latest first."""
    changes = queries.changes_of(volunteer.id)
    return [(event.effective_on.isoformat(), say(event.kind.label)) for event in changes]


def _lineage(typed: str | None) -> list[str]:
    """Return the codes from the district down to the community typed so far, for the picker to open there."""
    found = communities_named(typed or "")
    return found[0].lineage.split("/")[1:] if len(found) == 1 else []
