"""Where a reader can go from here: the few doors of each layout."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import gettext as _

from volunteer.kernel.permissions import Permission
from volunteer.web.access import principal


@dataclass(frozen=True, slots=True)
class Door:
    """One item of the navigation."""

    label: str
    href: str
    icon: str
    is_current: bool


def _door(label: str, endpoint: str, icon: str, *also: str) -> Door:
    here = request.endpoint or ""
    is_here = here in (endpoint, *also) or f"{here.partition('.')[0]}.*" in also
    return Door(label, url_for(endpoint), icon, is_here)


def resident_doors() -> list[Door]:
    """Return the four doors of a resident; in large text those that an elder needs."""
    if principal().text_size == "large":
        return _few_doors()
    return [
        _door(_("活动"), "activities.list_activities", "calendar", "activities.*"),
        _door(_("我的报名"), "signups.list_own", "ticket", "signups.*"),
        _door(_("我的码"), "checkin.show_personal_code", "qr", "volunteers.show_codes"),
        _door(_("我的"), "volunteers.show_own", "person", "hours.*", "certificates.*", "records.*", "notices.*"),
    ]


def _few_doors() -> list[Door]:
    return [
        _door(_("我的码"), "checkin.show_personal_code", "qr", "volunteers.show_codes"),
        _door(_("今天的活动"), "home.show_day", "calendar", "activities.*"),
        _door(_("我的时长"), "hours.list_own", "clock", "hours.*"),
        Door(_("打电话求助"), f"tel:{current_app.config['SETTINGS'].help_phone}", "phone", is_current=False),
    ]


_OF_ORGANIZATIONS = ("organizations.*", "certificates.*", "records.*", "supervision.*")


def organizer_doors() -> list[Door]:
    """Return the doors of an organizer."""
    return [
        _door(_("今天").capitalize(), "home.show_today", "clock", "checkin.*"),
        _door(_("活动"), "activities.list_managed", "calendar", "activities.*"),
        _door(_("待确认"), "hours.list_awaiting", "check", "hours.*"),
        _door(_("组织"), "organizations.list_own", "users", *_OF_ORGANIZATIONS),
    ]


@dataclass(frozen=True, slots=True)
class DoorGroup:
    """Doors of the office that are opened for one purpose."""

    label: str
    doors: Sequence[Door]

    @property
    def current(self) -> Door | None:
        """Return the door that the reader stands behind; None elsewhere."""
        return next((door for door in self.doors if door.is_current), None)


def office_groups() -> list[DoorGroup]:
    """Return the doors of the office by what they are opened for, those alone that its reader may open."""
    groups = {
        _("看数字"): (
            (Permission.READ_FIGURES, _("指标"), "metrics.show_dashboard", "chart"),
            (Permission.READ_FIGURES, _("地图"), "maps.show_first", "map"),
            (Permission.READ_FIGURES, _("大屏"), "screen.show_first", "building"),
        ),
        _("督办和迎检"): (
            (Permission.READ_FIGURES, _("督办通报"), "supervision.show_first", "bell"),
            (Permission.READ_DOSSIER, _("测评档案"), "evidence.list_dossiers", "list"),
            (Permission.RUN_SURVEYS, _("支持率调查"), "surveys.list_campaigns", "people"),
        ),
        _("组织和记录"): (
            (Permission.APPROVE_ORGANIZATIONS, _("组织审核"), "admin.list_organizations", "users"),
            (Permission.JUDGE_SIGNALS, _("诚信提示"), "signals.list_signals", "search"),
            (Permission.READ_INTEGRITY, _("记录诚信"), "integrity.list_organizations", "check"),
            (Permission.READ_INTEGRITY, _("补录核对"), "hours.list_back_dated", "hourglass"),
            (Permission.READ_PEOPLE, _("志愿者档案"), "records.find", "document"),
        ),
        _("管理"): (
            (Permission.EDIT_AREAS, _("区划与人口"), "admin.show_areas", "place"),
            (Permission.EDIT_EDITIONS, _("测评体系"), "admin.list_editions", "settings"),
            (Permission.SET_STAR_SCALE, _("星级标准"), "admin.show_star_scale", "star"),
            (Permission.MANAGE_STAFF, _("工作人员"), "admin.list_staff", "person"),
            (Permission.MANAGE_API, _("数据接口"), "api.list_tokens", "share"),
            (Permission.READ_AUDIT, _("操作记录"), "admin.list_audit", "shield"),
        ),
    }
    who = principal()
    found = (
        DoorGroup(name, [_door(*door, *_BEHIND.get(door[1], ())) for permission, *door in doors if who.may(permission)])
        for name, doors in groups.items()
    )
    return [group for group in found if group.doors]


# The pages that a reader reaches through a door of the office.
_BEHIND = {
    "metrics.show_dashboard": ("metrics.*", "forecasts.*"),
    "maps.show_first": ("maps.*",),
    "screen.show_first": ("screen.*",),
    "supervision.show_first": ("supervision.*",),
    "admin.list_organizations": ("admin.show_organization", "admin.decide_organization", "hours.allow_typed"),
    "hours.list_back_dated": ("hours.return_back_dated",),
    "signals.list_signals": ("signals.*",),
    "integrity.list_organizations": (
        "integrity.*",
        "hours.list_unanswered_objections",
        "hours.answer_objection_for_office",
        "hours.answer_for_office",
    ),
    "evidence.list_dossiers": ("evidence.*",),
    "records.find": ("records.show",),
    "admin.show_areas": (
        "admin.show_area",
        "admin.import_areas",
        "admin.confirm_areas",
        "admin.show_population",
        "admin.confirm_population",
        "admin.show_population_history",
        "admin.move_area",
        "admin.confirm_move",
        "admin.set_population",
        "admin.import_populations",
        "admin.confirm_populations",
    ),
    "admin.list_editions": (
        "admin.create_edition",
        "admin.edit_edition",
        "admin.show_edition_history",
        "admin.choose_edition",
        "admin.list_clauses",
        "admin.create_clause",
        "admin.edit_clause",
        "admin.remove_clause",
    ),
    "surveys.list_campaigns": ("surveys.*",),
    "admin.list_staff": ("admin.grant_role",),
    "api.list_tokens": ("api.*",),
}


def public_doors() -> list[Door]:
    """Return the doors of a visitor."""
    return [
        _door(_("活动"), "activities.list_activities", "calendar", "activities.*"),
        _door(_("验证证明"), "certificates.verify", "certificate", "certificates.*"),
        _door(_("登录"), "accounts.sign_in", "person"),
    ]


def desks() -> list[Door]:
    """Return the desks that the reader can sit at: resident, organizer, office."""
    who = principal()
    found = [_door(_("志愿者"), "home.show_front", "person")] if who.is_authenticated else []
    if who.may(Permission.READ_ORGANIZATION) and who.organization_ids(Permission.READ_ORGANIZATION):
        found.append(_door(_("组织者"), "home.show_today", "users"))
    if who.may(Permission.READ_FIGURES):
        found.append(_door(_("主管单位"), "metrics.show_dashboard", "chart"))
    return found if len(found) > 1 else []


def account_links() -> list[Door]:
    """Return what everybody who is signed in finds in their own menu."""
    return [
        _door(_("通知"), "notices.list_notices", "info"),
        _door(_("后台任务"), "tasks.list_tasks", "hourglass"),
        _door(_("登录的设备"), "accounts.list_sessions", "shield"),
        _door(_("修改密码"), "accounts.change_password", "settings"),
    ]


def footer_links() -> list[Door]:
    """Return what stands at the foot of every page."""
    return [
        _door(_("隐私说明"), "accounts.show_privacy", "document"),
        _door(_("时长公示"), "hours.list_notices", "people"),
        _door(_("记录存证"), "ledger.show_ledger", "shield"),
    ]


DOORS = {"resident": resident_doors, "organizer": organizer_doors, "public": public_doors}
