"""What stands behind an organization's number as a file: at once while it is short, in the background otherwise."""

from collections.abc import Mapping
from typing import Any

from models.organizations import Organization
from models.tasks import Task
from volunteer.accounts.queries import principal_now
from volunteer.audit.operations import record
from volunteer.integrity import behind as lists
from volunteer.integrity.documents import BehindLine, Speak, behind_table
from volunteer.integrity.queries import Days
from volunteer.integrity.rules import Behind, Span
from volunteer.kernel import clock
from volunteer.kernel.errors import Forbidden
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission, Principal, Scope
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import MEDIA_TYPES, Table, xlsx_bytes
from volunteer.kernel.text import N_, Words
from volunteer.organizations.queries import organization_by_public_id, scope_of
from volunteer.tasks import operations as tasks
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made

BEHIND = "integrity.behind"
AT_ONCE = 10_000
"""More rows than this are made in the background (our decision)."""


def sees_names(who: Principal, organization: Organization) -> bool:
    """Whether people are named whole to a reader: to those who confirm their hours or read people there."""
    return sees_names_at(who, scope_of(organization))


def sees_names_at(who: Principal, scope: Scope) -> bool:
    """Whether people are named whole to a reader of what stands at `scope`."""
    return who.may_at(Permission.CONFIRM_HOURS, scope) or who.may_at(Permission.READ_PEOPLE, scope)


def table_of(
    organization: Organization, behind: Behind, days: Days, span: Span, *, sees_names: bool, speak: Speak = str
) -> Table:
    """Return what a number counts as a table."""
    spoken = str if sees_names else mask_name
    rows = lists.rows_of(behind, organization, days)
    lines = (
        BehindLine(one.on, one.title, spoken(one.person.name) if one.person else "", one.words, one.minutes)
        for one in rows
    )
    told = {"first": say_date(days.first_on), "last": say_date(days.last_on), "span": Words(span.label)}
    note = speak(Words(N_("%(span)s：%(first)s至%(last)s；姓名按下载人的权限显示"), told))
    return behind_table(f"{organization.name} {speak(Words(behind.label))}", lines, note, speak=speak)


def ask(organization: Organization, behind: Behind, span: Span, *, sees_names: bool, account_id: int) -> Task:
    """Have it made in the background; `sees_names` is whether its asker sees people named whole."""
    note(organization, behind, span, account_id=account_id)
    params = {
        "organization": organization.public_id,
        "behind": behind.value,
        "span": span.value,
        "who": account_id,
        "organization_id": organization.id,
        "sees_names": sees_names,
    }
    title, lineage = f"{organization.name} {behind.label}", organization.area.lineage
    return tasks.ask(BEHIND, title, params, lineage=lineage, account_id=account_id)


def may_have(who: Principal, params: Mapping[str, Any], scope: Scope) -> bool:
    """Whether its asker may still have a file made and fetched: one with whole names is for who sees whole names."""
    return not params.get("sees_names", True) or sees_names_at(who, scope)


def make(params: Mapping[str, Any], progress: Progress) -> Made:
    """Make the file, as the worker of `integrity.behind`; people are named as its asker was told when asking."""
    organization, who = organization_by_public_id(params["organization"]), principal_now(params["who"])
    if not who.may_at(Permission.READ_ORGANIZATION, scope_of(organization)):
        raise Forbidden(N_("您现在不能看这个组织的记录了"))
    names = params.get("sees_names", True) and sees_names(who, organization)
    behind, span = Behind(params["behind"]), Span(params["span"])
    days = Days.of(span, clock.today())
    table = table_of(organization, behind, days, span, sees_names=names)
    content = xlsx_bytes(table, clock.now())
    progress(1, 1)
    return Made(f"{table.title}.xlsx", MEDIA_TYPES["xlsx"], content)


def note(organization: Organization, behind: Behind, span: Span, *, account_id: int) -> None:
    """Leave in the trail who took which list away."""
    told = {"list": str(behind.label), "span": str(span.label)}
    where = organization.area.lineage
    record("integrity.take", "organization", organization.public_id, account_id=account_id, lineage=where, **told)
