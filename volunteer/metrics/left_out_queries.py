"""What a number leaves out, counted: rows that do not count yet or any more, people who are not registered any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import RegistrationEvent
from volunteer.areas.tree import Tree, tree_on
from volunteer.hours.rules import EntryKind, ProposalState
from volunteer.kernel.periods import Window
from volunteer.kernel.text import N_, Words
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.ledger import STRICT_SOURCES
from volunteer.metrics.rules import IndicatorCode
from volunteer.volunteers.rules import EndReason, RegistrationKind

_STATES = {
    ProposalState.AWAITING: N_("待确认的记录"),
    ProposalState.ON_NOTICE: N_("公示中的记录"),
    ProposalState.RETURNED: N_("已退回的记录"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One kind of what does not count: how many people or rows, and the minutes of rows; `minutes` None for people."""

    label: Words
    count: int
    minutes: int | None = None


def left_out(area: Area, code: IndicatorCode, basis: Basis) -> Sequence[LeftOut]:
    """Return what one indicator of an area leaves out, kind by kind, those of which there are none as well.

    Rows are those of the window, of people who are registered in the area on its last day; one or two statements for
    people, three for rows, however large the area.
    """
    if code is IndicatorCode.SUPPORT_SHARE:
        return []
    tree = tree_on(basis.window.last_on)
    here = tree.inside(tree.lineage_of(area))
    if code is IndicatorCode.REGISTERED_SHARE:
        return [*_ended(here, basis.window.last_on), *_moved_away(area, tree, basis.window)]
    return [*_undecided(here, basis), _reversed(here, basis), _of_nobody(here, basis)]


def _ended(here: ColumnElement[bool], on: date) -> list[LeftOut]:
    """Return by reason the people whom an end took out of the area's register."""
    end = aliased(RegistrationEvent)
    query = _ended_here(select(end.reason, func.count()).select_from(end), end, here, on).group_by(end.reason)
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    return [LeftOut(Words(reason.label), counts.get(reason.value, 0)) for reason in EndReason]


def _ended_here(query: Any, end: Any, here: ColumnElement[bool], on: date) -> Any:
    """Let a query see the ends alone that hold on a day, of people who stood in the area right before."""
    holds = (end.area_id.is_(None), end.effective_on <= on, ~_is_superseded(end, on))
    return query.join(Area, Area.id == _area_before(end)).where(*holds, here)


def _moved_away(area: Area, tree: Tree, window: Window) -> list[LeftOut]:
    """Return how many people left the area for another within the window, and how many came; none to a whole city."""
    if area.parent_id is None:
        return []
    inside = set(db.session.scalars(select(Area.id).where(tree.inside(tree.lineage_of(area)))))
    ever_here = select(RegistrationEvent.volunteer_id).join(Area, Area.id == RegistrationEvent.area_id)
    move = aliased(RegistrationEvent)
    moves = db.session.execute(
        select(_area_before(move), move.area_id).where(
            move.kind == RegistrationKind.MOVED,
            move.effective_on.between(window.first_on, window.last_on),
            move.volunteer_id.in_(ever_here.where(tree.inside(tree.lineage_of(area)))),
        )
    ).all()
    left = sum(before in inside and after not in inside for before, after in moves)
    came = sum(before not in inside and after in inside for before, after in moves)
    return [
        LeftOut(Words(N_("统计期内从这里搬走，算在新住处")), left),
        LeftOut(Words(N_("统计期内搬来，已算在这里")), came),
    ]


def _undecided(here: ColumnElement[bool], basis: Basis) -> list[LeftOut]:
    row = Proposal
    query = (
        select(row.state, func.count(), func.sum(row.minutes))
        .join(Area, Area.id == _area_on(row.volunteer_id, basis.window.last_on))
        .where(row.state.in_(_STATES), row.kind == EntryKind.CREDIT, *_counted_rows(row, basis), here)
        .group_by(row.state)
    )
    found = {state: (count, int(minutes)) for state, count, minutes in db.session.execute(query)}
    return [LeftOut(Words(words), *found.get(state, (0, 0))) for state, words in _STATES.items()]


def _reversed(here: ColumnElement[bool], basis: Basis) -> LeftOut:
    # Above 0, and not merely known: then every database looks the few reversals up by their index.
    query = (
        select(func.count(), func.coalesce(func.sum(-Entry.minutes), 0))
        .join(Area, Area.id == _area_on(Entry.volunteer_id, basis.window.last_on))
        .where(Entry.reverses_id > 0, *_counted_rows(Entry, basis), here)
    )
    count, minutes = db.session.execute(query).one()
    return LeftOut(Words(N_("已冲销的记录")), count, int(minutes))


def _of_nobody(here: ColumnElement[bool], basis: Basis) -> LeftOut:
    """Return the effective service of people who have left the register by the day."""
    end = aliased(RegistrationEvent)
    reversal = aliased(Entry)
    people = _ended_here(select(end.volunteer_id), end, here, basis.window.last_on)
    query = select(func.count(), func.coalesce(func.sum(Entry.minutes), 0)).where(
        Entry.volunteer_id.in_(people),
        Entry.kind == EntryKind.CREDIT,
        *_counted_rows(Entry, basis),
        ~exists().where(reversal.reverses_id == Entry.id),
    )
    count, minutes = db.session.execute(query).one()
    return LeftOut(Words(N_("这一天已不在册的人的记录")), count, int(minutes))


def _counted_rows(row: Any, basis: Basis) -> list[ColumnElement[bool]]:
    """Return the conditions that a row is of the window, and of a source that the total counts."""
    conditions = [row.served_on.between(basis.window.first_on, basis.window.last_on)]
    return [*conditions, row.source.in_(STRICT_SOURCES)] if basis.total is Total.STRICT else conditions


def _is_superseded(event: Any, on: date) -> ColumnElement[bool]:
    later = aliased(RegistrationEvent)
    is_later = or_(
        later.effective_on > event.effective_on, and_(later.effective_on == event.effective_on, later.id > event.id)
    )
    return exists().where(later.volunteer_id == event.volunteer_id, later.effective_on <= on, is_later)


def _area_on(volunteer_id: Any, on: date) -> ScalarSelect[int | None]:
    """Select where a volunteer is registered on a day; nothing for who is not."""
    event = aliased(RegistrationEvent)
    last = select(event.area_id).where(event.volunteer_id == volunteer_id, event.effective_on <= on)
    return last.order_by(event.effective_on.desc(), event.id.desc()).limit(1).scalar_subquery()


def _area_before(event: Any) -> ScalarSelect[int | None]:
    """Select where a volunteer was registered right before an event of theirs."""
    former = aliased(RegistrationEvent)
    is_before = or_(
        former.effective_on < event.effective_on, and_(former.effective_on == event.effective_on, former.id < event.id)
    )
    last = select(former.area_id).where(former.volunteer_id == event.volunteer_id, is_before)
    return last.order_by(former.effective_on.desc(), former.id.desc()).limit(1).scalar_subquery()
