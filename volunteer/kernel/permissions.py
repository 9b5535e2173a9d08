"""Who may do what, on one page: a table of roles by permissions, and the principal who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from volunteer.kernel.text import N_


class Permission(StrEnum):
    """What a route or an act asks for."""

    PUBLIC = "public"
    OWN = "own"
    READ_ORGANIZATION = "read_organization"
    MANAGE_ORGANIZATION = "manage_organization"
    MANAGE_ACTIVITIES = "manage_activities"
    RUN_SHIFTS = "run_shifts"
    CONFIRM_HOURS = "confirm_hours"
    READ_SIGNALS = "read_signals"
    JUDGE_SIGNALS = "judge_signals"
    ISSUE_CERTIFICATES = "issue_certificates"
    READ_FIGURES = "read_figures"
    READ_PEOPLE = "read_people"
    APPROVE_ORGANIZATIONS = "approve_organizations"
    MANAGE_STAFF = "manage_staff"
    EDIT_AREAS = "edit_areas"
    EDIT_EDITIONS = "edit_editions"
    RECORD_SURVEYS = "record_surveys"
    READ_AUDIT = "read_audit"
    KEEP_RECORDS = "keep_records"
    READ_INTEGRITY = "read_integrity"
    ALLOW_TYPED_HOURS = "allow_typed_hours"
    SET_STAR_SCALE = "set_star_scale"
    RUN_SURVEYS = "run_surveys"
    SEND_ORDERS = "send_orders"
    ANSWER_ORDERS = "answer_orders"
    RELEASE_BULLETINS = "release_bulletins"
    READ_DOSSIER = "read_dossier"
    KEEP_DOSSIER = "keep_dossier"
    DRAW_MAPS = "draw_maps"
    MANAGE_API = "manage_api"


class Role(StrEnum):
    """What a person is granted, in one organization or for one area and all below it."""

    ORGANIZATION_OWNER = "organization_owner"
    ORGANIZER = "organizer"
    CHECKER = "checker"
    OFFICE_ADMIN = "office_admin"
    OFFICE_STAFF = "office_staff"
    ASSESSOR = "assessor"

    @property
    def is_of_organization(self) -> bool:
        """Whether the role is held in an organization rather than for an area."""
        return self in ORGANIZATION_ROLES


ORGANIZATION_ROLES = frozenset({Role.ORGANIZATION_OWNER, Role.ORGANIZER, Role.CHECKER})
OFFICE_ROLES = frozenset(Role) - ORGANIZATION_ROLES

ROLE_LABELS = {
    Role.ORGANIZATION_OWNER: N_("负责人"),
    Role.ORGANIZER: N_("组织者"),
    Role.CHECKER: N_("复核人"),
    Role.OFFICE_ADMIN: N_("主管单位管理员"),
    Role.OFFICE_STAFF: N_("主管单位工作人员"),
    Role.ASSESSOR: N_("测评员（只看）"),
}

_P = Permission
EVERYONE = frozenset({_P.PUBLIC})
EVERY_ACCOUNT = EVERYONE | {_P.OWN}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ORGANIZATION_OWNER: frozenset(
        {
            _P.READ_ORGANIZATION,
            _P.MANAGE_ORGANIZATION,
            _P.MANAGE_ACTIVITIES,
            _P.RUN_SHIFTS,
            _P.CONFIRM_HOURS,
            _P.ISSUE_CERTIFICATES,
            _P.READ_SIGNALS,
            _P.KEEP_RECORDS,
            _P.ANSWER_ORDERS,
        }
    ),
    Role.ORGANIZER: frozenset(
        {_P.READ_ORGANIZATION, _P.MANAGE_ACTIVITIES, _P.RUN_SHIFTS, _P.CONFIRM_HOURS, _P.KEEP_RECORDS}
    ),
    Role.CHECKER: frozenset({_P.READ_ORGANIZATION, _P.CONFIRM_HOURS}),
    Role.OFFICE_ADMIN: frozenset(
        {
            _P.READ_ORGANIZATION,
            _P.READ_FIGURES,
            _P.READ_PEOPLE,
            _P.APPROVE_ORGANIZATIONS,
            _P.MANAGE_STAFF,
            _P.EDIT_AREAS,
            _P.EDIT_EDITIONS,
            _P.RECORD_SURVEYS,
            _P.READ_AUDIT,
            _P.READ_SIGNALS,
            _P.JUDGE_SIGNALS,
            _P.READ_INTEGRITY,
            _P.ALLOW_TYPED_HOURS,
            _P.SET_STAR_SCALE,
            _P.RUN_SURVEYS,
            _P.SEND_ORDERS,
            _P.ANSWER_ORDERS,
            _P.RELEASE_BULLETINS,
            _P.READ_DOSSIER,
            _P.KEEP_DOSSIER,
            _P.DRAW_MAPS,
            _P.MANAGE_API,
        }
    ),
    Role.OFFICE_STAFF: frozenset(
        {
            _P.READ_ORGANIZATION,
            _P.READ_FIGURES,
            _P.READ_PEOPLE,
            _P.APPROVE_ORGANIZATIONS,
            _P.READ_SIGNALS,
            _P.JUDGE_SIGNALS,
            _P.READ_INTEGRITY,
            _P.ALLOW_TYPED_HOURS,
            _P.SEND_ORDERS,
            _P.ANSWER_ORDERS,
            _P.READ_DOSSIER,
            _P.KEEP_DOSSIER,
        }
    ),
    Role.ASSESSOR: frozenset({_P.READ_FIGURES, _P.READ_DOSSIER}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an object stands: the lineage of its area and, if it belongs to one, its organization.

    `lineage` is the codes from the city down, joined by "/"; "" means the whole installation.
    """

    lineage: str = ""
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One role held by an account: in an organization, or for an area and all below it."""

    role: Role
    lineage: str = ""
    organization_id: int | None = None

    def covers(self, scope: Scope) -> bool:
        """Return whether the grant reaches what stands at `scope`."""
        if self.role.is_of_organization:
            return scope.organization_id is not None and scope.organization_id == self.organization_id
        return scope.lineage == self.lineage or scope.lineage.startswith(self.lineage + "/")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an account with its grants read from live rows, or a visitor (`account_id` None)."""

    account_id: int | None = None
    public_id: str = ""
    display_name: str = ""
    session_id: int | None = None
    grants: tuple[Grant, ...] = ()
    text_size: str = "normal"
    contrast: str = "normal"
    locale: str = "zh_Hans_CN"
    must_change_password: bool = False

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is signed in."""
        return self.account_id is not None

    @property
    def is_active(self) -> bool:
        """Whether the account may act; asked by flask-login."""
        return self.is_authenticated

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a visitor; asked by flask-login."""
        return not self.is_authenticated

    def get_id(self) -> str:
        """Return the public id; asked by flask-login."""
        return self.public_id

    def may(self, permission: Permission) -> bool:
        """Return whether the principal holds `permission` anywhere at all."""
        if permission is Permission.PUBLIC:
            return True
        if permission is Permission.OWN:
            return self.is_authenticated
        return any(permission in ROLE_PERMISSIONS[grant.role] for grant in self.grants)

    def may_at(self, permission: Permission, scope: Scope) -> bool:
        """Return whether the principal holds `permission` for what stands at `scope`."""
        return any(permission in ROLE_PERMISSIONS[grant.role] and grant.covers(scope) for grant in self.grants)

    def reaches(self, scope: Scope) -> bool:
        """Return whether any grant covers `scope`: such a reader hears 403 instead of 404."""
        return any(grant.covers(scope) for grant in self.grants)

    def lineages(self, permission: Permission) -> tuple[str, ...]:
        """Return the lineages for which the principal holds `permission` by an office role."""
        return _outermost(
            grant.lineage
            for grant in self.grants
            if grant.role in OFFICE_ROLES and permission in ROLE_PERMISSIONS[grant.role]
        )

    def organization_ids(self, permission: Permission) -> tuple[int, ...]:
        """Return the ids of the organizations in which the principal holds `permission`, ascending."""
        return tuple(
            sorted(
                {
                    grant.organization_id
                    for grant in self.grants
                    if grant.organization_id is not None and permission in ROLE_PERMISSIONS[grant.role]
                }
            )
        )


VISITOR = Principal()


def _outermost(lineages: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for lineage in sorted(set(lineages)):
        if not any(lineage == outer or lineage.startswith(outer + "/") for outer in kept):
            kept.append(lineage)
    return tuple(kept)
