"""What is too long for a page: the whole trail, and all volunteers of an area, made as a file in the background."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from models.areas import Area
from models.audit import AuditEvent
from models.base import db
from volunteer.admin import queries, rules
from volunteer.admin.documents import AuditLine, OrganizationLine, PersonLine, StaffLine, audit_table, people_table
from volunteer.areas.overview import inside
from volunteer.areas.queries import area_by_code, full_names
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import ROLE_LABELS
from volunteer.kernel.tables import MEDIA_TYPES, xlsx_bytes
from volunteer.kernel.text import N_, Words
from volunteer.metrics import documents, people_queries
from volunteer.metrics import queries as metrics
from volunteer.metrics.facts import Total
from volunteer.organizations.rules import ORGANIZATION_KIND_LABELS, ORGANIZATION_STATUS_LABELS, OrganizationStatus
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made

AUDIT, PEOPLE = "admin.audit", "admin.people"
AT_ONCE, STEP = 5_000, 1_000
"""More rows than the first are made in the background; the second is how many are read in one transaction."""


def organization_lines(lineages: tuple[str, ...], status: OrganizationStatus | None) -> list[OrganizationLine]:
    """Return the organizations at or below `lineages`, in the order of the page."""
    found = db.session.scalars(queries.organizations_below(lineages, status)).all()
    names = full_names(one.area.lineage for one in found)
    return [
        OrganizationLine(
            name=one.name,
            status=Words(ORGANIZATION_STATUS_LABELS[one.status]),
            kind=Words(ORGANIZATION_KIND_LABELS[one.kind]),
            area_name=names[one.area.lineage],
            contact_name=one.contact_name,
            created_at=one.created_at,
        )
        for one in found
    ]


def staff_lines(lineages: tuple[str, ...]) -> list[StaffLine]:
    """Return the office's people at or below `lineages`, in the order of the page."""
    return [
        StaffLine(one.name, one.phone, Words(ROLE_LABELS[one.role]), one.area_name, one.granted_at, one.granted_by)
        for one in queries.staff_below(lineages)
    ]


def count_trail(lineages: tuple[str, ...], chosen: Mapping[str, Any]) -> int:
    """Return how many acts of the trail are chosen."""
    query = queries.trail(lineages, **_filters(chosen)).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(query)) or 0


def trail_lines(
    lineages: tuple[str, ...], chosen: Mapping[str, Any], progress: Progress | None = None
) -> Iterator[AuditLine]:
    """Yield the chosen acts, the newest first, a thousand a transaction where `progress` hears of them."""
    total, done, before = count_trail(lineages, chosen), 0, None
    while True:
        query = queries.trail(lineages, **_filters(chosen)).limit(STEP)
        rows = db.session.execute(query if before is None else query.where(AuditEvent.id < before)).all()
        if not rows:
            return
        before = rows[-1][0].id
        lines = _audit_lines([(event, name) for event, name in rows])
        db.session.expunge_all()
        yield from lines
        done += len(rows)
        if progress is not None:
            progress(min(done, total), total)


def _audit_lines(rows: list[tuple[AuditEvent, str | None]]) -> list[AuditLine]:
    subjects = queries.subject_names(event for event, _ in rows)
    names = full_names({event.lineage for event, _ in rows if event.lineage})
    return [
        AuditLine(
            at=event.at,
            doer=rules.doer(name, event.action),
            act=Words(rules.action_label(event.action)),
            subject=subjects.get((event.subject_kind, event.subject_id), "—"),
            area_name=names.get(event.lineage, "—"),
            details=[(Words(label), words) for label, words in rules.describe(event.details)],
        )
        for event, name in rows
    ]


def _filters(chosen: Mapping[str, Any]) -> dict[str, Any]:
    day = chosen.get("day")
    return {
        "room": chosen.get("room") or "",
        "account": chosen.get("account") or "",
        "day": date.fromisoformat(day) if day else None,
    }


def make_trail(params: Mapping[str, Any], progress: Progress) -> Made:
    """Make the chosen part of the trail as an Excel file, as the worker of `admin.audit`."""
    lines = trail_lines(tuple(params["lineages"]), params["chosen"], progress)
    table = audit_table(params["title"], lines)
    return Made(f"{params['title']}.xlsx", MEDIA_TYPES["xlsx"], xlsx_bytes(table, clock.now()))


def make_people(params: Mapping[str, Any], progress: Progress) -> Made:
    """Make the list of all registered at or below an area as an Excel file, as the worker of `admin.people`."""
    area = area_by_code(params["code"])
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    as_of = date.fromisoformat(params["as_of"])
    basis = metrics.basis_for(as_of, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=as_of, area=area)
    table = people_table(params["title"], _people_lines(area, basis, progress), notes=documents.notes(basis))
    return Made(f"{params['title']}.xlsx", MEDIA_TYPES["xlsx"], xlsx_bytes(table, clock.now()))


def _people_lines(area: Area, basis: documents.Basis, progress: Progress) -> Iterator[PersonLine]:
    query = select(Area).where(inside((area.lineage,)), Area.level == AreaLevel.COMMUNITY).order_by(Area.code)
    communities = db.session.scalars(query).all()
    names = full_names(one.lineage for one in communities)
    places = [(one.id, names[one.lineage]) for one in communities]
    db.session.expunge_all()
    for done, (area_id, name) in enumerate(places, start=1):
        for one in people_queries.everybody(db.session.get_one(Area, area_id), basis):
            yield PersonLine(name, one.number, one.masked_name, one.since_on, one.minutes)
        progress(done, len(places))
