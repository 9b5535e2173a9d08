"""The office's lists as tables that people take away. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words

Speak = Callable[[Words], str]
"""Puts words into the reader's language; `str` speaks Chinese."""


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """An organization as the list of the office names it."""

    name: str
    status: Words
    kind: Words
    area_name: str
    contact_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A role of the office; the phone is masked."""

    name: str
    phone: str
    role: Words
    area_name: str
    granted_at: datetime
    granted_by: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act of the trail in words."""

    at: datetime
    doer: Words
    act: Words
    subject: str
    area_name: str
    details: Sequence[tuple[Words, Words]]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Someone registered, named as strangers see it, with whole minutes served in the window."""

    area_name: str
    number: str
    masked_name: str
    since_on: date
    minutes: int


def organizations_table(title: str, rows: Iterable[OrganizationLine], *, speak: Speak = str) -> Table:
    """Return organizations as rows."""
    labels = (N_("名称"), N_("状态"), N_("类型"), N_("所在区划"), N_("联系人"), N_("提交时间"))
    cells = (
        (one.name, speak(one.status), speak(one.kind), one.area_name, one.contact_name, _moment(one.created_at))
        for one in rows
    )
    return Table(title, _columns(labels, speak), cells)


def staff_table(title: str, rows: Iterable[StaffLine], *, speak: Speak = str) -> Table:
    """Return the office's people as rows."""
    labels = (N_("姓名"), N_("手机号"), N_("角色"), N_("管理范围"), N_("从什么时候"), N_("谁添加的"))
    cells = (
        (one.name, one.phone, speak(one.role), one.area_name, _moment(one.granted_at), one.granted_by) for one in rows
    )
    return Table(title, _columns(labels, speak), cells)


def audit_table(title: str, rows: Iterable[AuditLine], *, notes: Sequence[Words] = (), speak: Speak = str) -> Table:
    """Return the trail as rows, in the order that they come."""
    labels = (N_("时间"), N_("谁"), N_("做了什么"), N_("对象"), N_("在哪里"), N_("内容"))
    return Table(title, _columns(labels, speak), (_audit_cells(one, speak) for one in rows), notes=[*map(speak, notes)])


def people_table(title: str, rows: Iterable[PersonLine], *, notes: Sequence[str] = (), speak: Speak = str) -> Table:
    """Return registered volunteers as rows, community by community."""
    labels = (N_("社区（村）"), N_("志愿者编号"), N_("姓名"), N_("在本社区注册起"), N_("服务时间（小时）"))
    kinds = (Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.DATE, Kind.HOURS)
    columns = [Column(speak(Words(label)), kind, width=22) for label, kind in zip(labels, kinds, strict=True)]
    cells = ((one.area_name, one.number, one.masked_name, one.since_on, one.minutes) for one in rows)
    return Table(title, columns, cells, notes=notes)


def _columns(labels: Sequence[str], speak: Speak) -> list[Column]:
    return [Column(speak(Words(label)), width=22) for label in labels]


def _audit_cells(one: AuditLine, speak: Speak) -> tuple[Cell, ...]:
    details = "; ".join(f"{speak(label)} {speak(words)}" for label, words in one.details)
    return _moment(one.at), speak(one.doer), speak(one.act), one.subject, one.area_name, details


def _moment(moment: datetime) -> str:
    """Return a moment as a spreadsheet sorts it, in local time."""
    return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
