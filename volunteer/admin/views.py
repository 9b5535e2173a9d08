"""The office's desk: organizations to approve, staff and their roles, the trail; the other pages hang beside."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.admin import DecisionForm, GrantForm
from models.base import db
from models.organizations import Organization
from volunteer.admin import (
    area_views,
    choice_views,
    clause_views,
    edition_views,
    export_views,
    exports,
    move_views,
    operations,
    population_views,
    queries,
    rules,
    star_views,
)
from volunteer.admin.desk import PUBLIC_ID, account_id, bp, lineages, typed_words
from volunteer.areas.overview import area_choices
from volunteer.areas.queries import full_name, full_names
from volunteer.kernel.errors import NotFound
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR
from volunteer.kernel.permissions import ROLE_LABELS, Permission, Role
from volunteer.kernel.text import N_, Words
from volunteer.organizations.operations import decide_organization as decide
from volunteer.organizations.queries import scope_of
from volunteer.organizations.rules import ORGANIZATION_KIND_LABELS, ORGANIZATION_STATUS_LABELS, OrganizationStatus
from volunteer.web.access import access, principal
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

__all__ = [
    "area_views",
    "bp",
    "choice_views",
    "clause_views",
    "edition_views",
    "export_views",
    "move_views",
    "population_views",
    "star_views",
]

APPROVE = Permission.APPROVE_ORGANIZATIONS
STAFF = Permission.MANAGE_STAFF
STATUS_KINDS = {
    OrganizationStatus.PENDING: "needs",
    OrganizationStatus.APPROVED: "done",
    OrganizationStatus.RETURNED: "quiet",
    OrganizationStatus.SUSPENDED: "wrong",
}
DONE_WORDS = {
    "approve": N_("已通过%(name)s"),
    "return": N_("已退回%(name)s，对方会看到原因"),
    "suspend": N_("已暂停%(name)s，它不能再发布活动"),
    "resume": N_("已恢复%(name)s"),
}


@bp.get("/organizations")
@access(APPROVE)
def list_organizations() -> ResponseReturnValue:
    """Show the organizations of the reader's area, those that wait first."""
    where = lineages(APPROVE)
    chosen = _status(request.args.get("status", ""))
    page = paginate(db.session, queries.organizations_below(where, chosen), page_number())
    return render_template(
        "admin/list_organizations.html",
        page=page,
        names=full_names(organization.area.lineage for organization in page.items),
        counts=queries.organization_counts(where),
        chosen=chosen,
        STATUSES=queries.STATUS_ORDER,
        **_organization_words(),
    )


@bp.get(f"/organizations/{PUBLIC_ID}")
@access(APPROVE)
def show_organization(public_id: str) -> ResponseReturnValue:
    """Show what an organization says of itself, and what can be decided."""
    return _organization_page(_organization(public_id), DecisionForm(formdata=None))


@bp.post(f"/organizations/{PUBLIC_ID}")
@access(APPROVE)
def decide_organization(public_id: str) -> ResponseReturnValue:
    """Approve, return, suspend or resume an organization."""
    organization, form = _organization(public_id), DecisionForm()
    act, name = request.form.get("act", ""), organization.name
    if act not in DONE_WORDS:
        raise NotFound(N_("没有找到这个页面"))
    verb = "approve" if act == "resume" else act
    if attempt(form, lambda: decide(organization, verb, form.reason.data or "", account_id())) is None:
        return _organization_page(organization, form, act), 422
    flash(_(DONE_WORDS[act], name=name), "success")
    return redirect(url_for(".list_organizations"))


def _organization(public_id: str) -> Organization:
    organization = queries.organization_below(lineages(APPROVE), public_id)
    if organization is None:
        raise NotFound(N_("没有找到这个组织"))
    return organization


def _organization_page(organization: Organization, form: DecisionForm, act: str = "") -> str:
    return render_template(
        "admin/show_organization.html",
        organization=organization,
        form=form,
        act=act,
        area_name=full_name(organization.area),
        scope=scope_of(organization),
        creator=queries.account_name(organization.created_by),
        decider=queries.account_name(organization.decided_by),
        **_organization_words(),
    )


def _organization_words() -> dict[str, object]:
    return {
        "KINDS": ORGANIZATION_KIND_LABELS,
        "STATUS_LABELS": ORGANIZATION_STATUS_LABELS,
        "STATUS_KINDS": STATUS_KINDS,
    }


def _status(typed: str) -> OrganizationStatus | None:
    return OrganizationStatus(typed) if typed in set(OrganizationStatus) else None


@bp.get("/staff")
@access(STAFF)
def list_staff() -> ResponseReturnValue:
    """Show who holds a role of the office in the reader's area."""
    staff = queries.staff_below(lineages(STAFF))
    return render_template("admin/list_staff.html", staff=staff, ROLES=ROLE_LABELS, own_id=account_id())


@bp.route("/staff/grant", methods=["GET", "POST"])
@access(STAFF)
def grant_role() -> ResponseReturnValue:
    """Give an account a role of the office for an area."""
    form = GrantForm(area_choices(lineages(STAFF)))

    def act() -> object:
        typed = {"phone": form.phone.data or "", "role": Role(form.role.data), "area_code": form.area.data}
        return operations.grant_office_role(principal(), **typed)

    if attempt(form, act):
        flash(_("已添加，对方重新登录后就能使用"), "success")
        return redirect(url_for(".list_staff"))
    return render_template("admin/grant_role.html", form=form), 422 if request.method == "POST" else 200


@bp.post(f"/staff/{PUBLIC_ID}/revoke")
@access(STAFF)
def revoke_role(public_id: str) -> ResponseReturnValue:
    """Take a role of the office back."""
    found = queries.grant_below(lineages(STAFF), public_id)
    if found is None:
        raise NotFound(N_("没有找到这个角色，可能已经收回了"))
    grant, area, account = found
    operations.revoke_office_role(principal(), grant, area)
    role = Words(ROLE_LABELS[grant.role])
    flash(_("已收回%(name)s的“%(role)s”", name=account.display_name, role=_(role.msgid)), "success")
    return redirect(url_for(".list_staff"))


@bp.get("/audit")
@access(Permission.READ_AUDIT)
def list_audit() -> ResponseReturnValue:
    """Show who did what in the reader's area, the newest first."""
    room = request.args.get("room", "") if request.args.get("room") in rules.ROOM_LABELS else ""
    account = typed_words("account")
    day = _day(request.args.get("day", ""))
    found = queries.trail(lineages(Permission.READ_AUDIT), room=room, account=account, day=day)
    page = paginate(db.session, found, page_number(), 50, scalars=False)
    return render_template(
        "admin/list_audit.html",
        page=page,
        room=room,
        account=account,
        day=day,
        ROOMS=rules.ROOM_LABELS,
        label=rules.action_label,
        describe=rules.describe,
        doer=rules.doer,
        names=full_names(event.lineage for event, _name in page.items if event.lineage),
        subjects=queries.subject_names(event for event, _name in page.items),
        chosen=export_views.chosen_trail(),
        AT_ONCE=exports.AT_ONCE,
    )


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
