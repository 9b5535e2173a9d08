"""The office's lists as files: short ones at once, long ones in the background."""

from datetime import date
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer.admin import exports, rules
from volunteer.admin.desk import CODE, account_id, area_in_sight, bp, lineages, typed_words
from volunteer.admin.documents import audit_table, organizations_table, staff_table
from volunteer.areas.overview import areas_starting_at
from volunteer.areas.queries import full_name
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.organizations.rules import OrganizationStatus
from volunteer.tasks import operations as tasks
from volunteer.web.access import access
from volunteer.web.downloads import table_answer
from volunteer.web.words import say

FILE = "<any(csv, xlsx):kind>"
AUDIT = Permission.READ_AUDIT


@bp.get(f"/organizations.{FILE}")
@access(Permission.APPROVE_ORGANIZATIONS)
def download_organizations(kind: str) -> ResponseReturnValue:
    """Hand out the organizations of the reader's area, in the order of the page."""
    where, typed = lineages(Permission.APPROVE_ORGANIZATIONS), request.args.get("status", "")
    status = OrganizationStatus(typed) if typed in set(OrganizationStatus) else None
    title = _("%(area)s志愿服务组织", area=_place(where))
    return table_answer(organizations_table(title, exports.organization_lines(where, status), speak=say), kind)


@bp.get(f"/staff.{FILE}")
@access(Permission.MANAGE_STAFF)
def download_staff(kind: str) -> ResponseReturnValue:
    """Hand out the office's people of the reader's area."""
    where = lineages(Permission.MANAGE_STAFF)
    title = _("%(area)s主管单位工作人员", area=_place(where))
    return table_answer(staff_table(title, exports.staff_lines(where), speak=say), kind)


@bp.get(f"/audit.{FILE}")
@access(AUDIT)
def download_audit(kind: str) -> ResponseReturnValue:
    """Hand out the chosen part of the trail while it is short enough to wait for."""
    where, chosen = lineages(AUDIT), chosen_trail()
    if exports.count_trail(where, chosen) > exports.AT_ONCE:
        most = f"{exports.AT_ONCE:,}"
        raise Invalid(N_("超过 %(most)s 条，请回到操作记录，点“在后台做 Excel”"), most=most)
    lines = exports.trail_lines(where, chosen)
    return table_answer(audit_table(_("%(area)s操作记录", area=_place(where)), lines, speak=say), kind)


@bp.post("/audit/file")
@access(AUDIT)
def ask_for_audit() -> ResponseReturnValue:
    """Have the chosen part of the trail made in the background."""
    where = lineages(AUDIT)
    title = _("%(area)s操作记录", area=_place(where))
    params = {"lineages": list(where), "chosen": chosen_trail(), "title": title}
    return _ask(exports.AUDIT, title, params, where[0])


@bp.post(f"/people/{CODE}/file")
@access(Permission.READ_PEOPLE)
def ask_for_people(code: str) -> ResponseReturnValue:
    """Have the list of all registered at or below an area made in the background, names masked."""
    area = area_in_sight(code, Permission.READ_PEOPLE)
    title = _("%(area)s注册志愿者名单", area=full_name(area))
    params = {"code": area.code, "as_of": clock.today().isoformat(), "title": title}
    return _ask(exports.PEOPLE, title, params, area.lineage)


def _ask(kind: str, title: str, params: dict[str, Any], lineage: str) -> ResponseReturnValue:
    task = tasks.ask(kind, title, params, lineage=lineage, account_id=account_id())
    return redirect(url_for("tasks.show", task_id=task.public_id))


def chosen_trail() -> dict[str, str]:
    """Return what is chosen of the trail, from the address or from the form that asks for its file."""
    typed = request.values.get("room", "")
    return {
        "room": typed if typed in rules.ROOM_LABELS else "",
        "account": typed_words("account") or request.form.get("account", "").strip()[:50],
        "day": _day(request.values.get("day", "")),
    }


def _day(typed: str) -> str:
    try:
        year = date.fromisoformat(typed).year
    except ValueError:
        return ""
    return typed if FIRST_YEAR <= year <= LAST_YEAR else ""


def _place(where: tuple[str, ...]) -> str:
    starts = areas_starting_at(where)
    return full_name(starts[0]) if starts else ""
