"""The list behind a community's numbers: who was registered on the day, and how long each served in the window."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area
from models.base import db
from models.hours import Entry
from models.volunteers import RegistrationEvent, Volunteer
from volunteer.hours.rules import EntryKind
from volunteer.kernel.names import mask_name
from volunteer.metrics.documents import Basis, CountedPerson
from volunteer.metrics.facts import Total
from volunteer.metrics.ledger import STRICT_SOURCES
from volunteer.web.paging import Page

PAGE_SIZE = 20


def page_of_people(area: Area, basis: Basis, number: int) -> Page[CountedPerson]:
    """Return one page of those registered in a community, who served longest first; beyond the end the last page."""
    count = select(func.count()).select_from(residents([area.id], basis.window.last_on).subquery())
    total = db.session.scalar(count) or 0
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    query = _people(area, basis).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return Page(_counted(query), number, PAGE_SIZE, total)


def everybody(area: Area, basis: Basis) -> Sequence[CountedPerson]:
    """Return all those registered in a community, in the same order."""
    return _counted(_people(area, basis))


def _counted(query: Select[*tuple[Any, ...]]) -> list[CountedPerson]:
    return [
        CountedPerson(number, mask_name(name), since_on, int(minutes))
        for number, name, since_on, minutes in db.session.execute(query)
    ]


def residents(area_ids: Sequence[int], on: date) -> Select[int, date, int | None]:
    """Select (volunteer_id, effective_on, area_id) of those whom their last event up to the day puts into the areas."""
    here, later = aliased(RegistrationEvent), aliased(RegistrationEvent)
    is_later = or_(
        later.effective_on > here.effective_on, and_(later.effective_on == here.effective_on, later.id > here.id)
    )
    superseded = exists().where(later.volunteer_id == here.volunteer_id, later.effective_on <= on, is_later)
    return select(here.volunteer_id, here.effective_on, here.area_id).where(
        here.area_id.in_(area_ids), here.effective_on <= on, ~superseded
    )


def _people(area: Area, basis: Basis) -> Select[*tuple[Any, ...]]:
    resident = residents([area.id], basis.window.last_on).subquery()
    reversal = aliased(Entry)
    counts = [
        Entry.volunteer_id == resident.c.volunteer_id,
        Entry.kind == EntryKind.CREDIT,
        Entry.served_on.between(basis.window.first_on, basis.window.last_on),
        ~exists().where(reversal.reverses_id == Entry.id),
    ]
    if basis.total is Total.STRICT:
        counts.append(Entry.source.in_(STRICT_SOURCES))
    minutes = func.coalesce(func.sum(Entry.minutes), 0)
    return (
        select(Volunteer.number, Volunteer.name, resident.c.effective_on, minutes)
        .select_from(resident)
        .join(Volunteer, Volunteer.id == resident.c.volunteer_id)
        .outerjoin(Entry, and_(*counts))
        .group_by(Volunteer.id, Volunteer.number, Volunteer.name, resident.c.effective_on)
        .order_by(minutes.desc(), Volunteer.number)
    )
