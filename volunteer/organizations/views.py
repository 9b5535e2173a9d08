"""Pages of organizations: one's own, the public one, and its people."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.organizations import OrganizationForm, PersonForm
from models.organizations import Organization
from volunteer.accounts import guessing
from volunteer.accounts.rules import ADDING_LIMIT
from volunteer.areas.queries import full_name
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.permissions import ROLE_LABELS, Permission, Role
from volunteer.kernel.text import N_
from volunteer.organizations import operations, queries
from volunteer.organizations.rules import (
    ORGANIZATION_KIND_LABELS,
    ORGANIZATION_STATUS_LABELS,
    OrganizationStatus,
    may_add_people,
    may_change_identity,
)
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt, keep_despite_refusal

bp = Blueprint("organizations", __name__, url_prefix="/organizations")

STATUS_KINDS = {
    OrganizationStatus.PENDING: "needs",
    OrganizationStatus.APPROVED: "done",
    OrganizationStatus.RETURNED: "wrong",
    OrganizationStatus.SUSPENDED: "wrong",
}


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show the organizations in which the reader has a role, and where each stands."""
    organizations = queries.organizations_by_id(principal().organization_ids(Permission.READ_ORGANIZATION))
    return render_template(
        "organizations/list_own.html", organizations=organizations, scope_of=queries.scope_of, **_words()
    )


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.OWN)
def create() -> ResponseReturnValue:
    """Send a new organization to the office."""
    parents = queries.possible_parents(principal().organization_ids(Permission.MANAGE_ORGANIZATION))
    form = OrganizationForm(parents=[(parent.public_id, parent.name) for parent in parents])
    account_id = own_id()

    def act() -> Organization:
        parent = next((one for one in parents if one.public_id == form.parent.data), None)
        return operations.create_organization(form.facts(), account_id=account_id, parent=parent)

    organization = attempt(form, act)
    if organization is not None:
        flash(_("已提交，等主管单位审核。审核期间可以先写活动草稿"), "success")
        return redirect(url_for("organizations.list_own"))
    return _form_page(form, None)


@bp.get("/<string(length=20):public_id>")
@access(Permission.PUBLIC)
def show(public_id: str) -> ResponseReturnValue:
    """Show an organization to anybody; one that is not approved only to its people and the office."""
    organization = queries.organization_by_public_id(public_id)
    if organization.status not in queries.SEEN_BY_ALL and not principal().may_at(
        Permission.READ_ORGANIZATION, queries.scope_of(organization)
    ):
        raise NotFound(N_("没有找到这个组织"))
    return render_template(
        "organizations/show.html",
        organization=organization,
        area_name=full_name(organization.area),
        parent=queries.parent_of(organization),
        teams=queries.teams_of(organization),
        scope=queries.scope_of(organization),
        **_words(),
    )


@bp.route("/<string(length=20):public_id>/edit", methods=["GET", "POST"])
@access(Permission.MANAGE_ORGANIZATION)
def edit(public_id: str) -> ResponseReturnValue:
    """Change an organization; one that was returned goes to the office again."""
    organization = _loaded(public_id, Permission.MANAGE_ORGANIZATION)
    form = OrganizationForm(data=_typed(organization))
    was_returned = organization.status is OrganizationStatus.RETURNED
    account_id = own_id()
    if attempt(form, lambda: operations.edit_organization(organization, form.facts(), account_id=account_id)):
        flash(_("已重新提交，等主管单位审核") if was_returned else _("已保存"), "success")
        return redirect(url_for("organizations.list_own"))
    return _form_page(form, organization)


@bp.route("/<string(length=20):public_id>/people", methods=["GET", "POST"])
@access(Permission.READ_ORGANIZATION, POST=Permission.MANAGE_ORGANIZATION)
def list_people(public_id: str) -> ResponseReturnValue:
    """Show who holds which role, and give somebody a role."""
    organization = _loaded(public_id, Permission.READ_ORGANIZATION)
    form = PersonForm()
    if form.is_submitted():
        require_at(Permission.MANAGE_ORGANIZATION, queries.scope_of(organization))
    account_id = own_id()

    def act() -> object:
        _count_adding(account_id)
        return operations.add_person(
            organization, phone=form.phone.data, role=Role(form.role.data), account_id=account_id
        )

    if attempt(form, act) is not None:
        flash(_("已添加"), "success")
        return redirect(url_for("organizations.list_people", public_id=public_id))
    page = render_template(
        "organizations/list_people.html",
        organization=organization,
        people=queries.people_of(organization),
        shows_names=_shows_names(organization),
        may_add=may_add_people(organization.status).allowed,
        form=form,
        scope=queries.scope_of(organization),
        ROLE_LABELS=ROLE_LABELS,
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/<string(length=20):public_id>/people/<string(length=20):grant_id>/revoke")
@access(Permission.MANAGE_ORGANIZATION)
def revoke(public_id: str, grant_id: str) -> ResponseReturnValue:
    """Take a role away."""
    organization = _loaded(public_id, Permission.MANAGE_ORGANIZATION)
    operations.remove_person(organization, grant_id, account_id=own_id())
    flash(_("已移除"), "success")
    return redirect(url_for("organizations.list_people", public_id=public_id))


def _count_adding(account_id: int) -> None:
    """Count who is being added, found or not: a name must not be had for every phone."""
    subject = guessing.subject_of(current_app.config["SETTINGS"].keys["address"], "add_person", str(account_id))
    words = N_("一天最多添加 %(most)s 次，请明天再来")
    guessing.claim_try("add_person", subject, ADDING_LIMIT, clock.now(), words)
    keep_despite_refusal()


def _shows_names(organization: Organization) -> bool:
    """Return whether the reader sees whole names: who leads an approved organization."""
    manages = principal().may_at(Permission.MANAGE_ORGANIZATION, queries.scope_of(organization))
    return manages and may_add_people(organization.status).allowed


def _loaded(public_id: str, permission: Permission) -> Organization:
    organization = queries.organization_by_public_id(public_id)
    require_at(permission, queries.scope_of(organization))
    return organization


def _form_page(form: OrganizationForm, organization: Organization | None) -> ResponseReturnValue:
    page = render_template(
        "organizations/edit.html",
        form=form,
        organization=organization,
        lineage=_lineage(form),
        may_change_identity=organization is None or may_change_identity(organization.status),
        **_words(),
    )
    return page, 422 if form.is_submitted() else 200


def _lineage(form: OrganizationForm) -> list[str]:
    """Return the codes from the district down to what the picker holds."""
    try:
        return queries.area_meant(form.area_code.data or "").lineage.split("/")[1:]
    except Invalid:
        return []


def _typed(organization: Organization) -> dict[str, Any]:
    facts = queries.facts_of(organization)
    return {name: getattr(facts, name) for name in facts.__slots__}


def _words() -> dict[str, Any]:
    return {
        "KINDS": ORGANIZATION_KIND_LABELS,
        "STATUSES": ORGANIZATION_STATUS_LABELS,
        "STATUS_KINDS": STATUS_KINDS,
    }
