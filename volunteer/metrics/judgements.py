"""Judgements of what is not shown, kept as long as nothing changes that they were made from.

They are made from the figures of all areas and from the tree. Whoever changes figures counts up their version in the
same transaction; the tree's part of the mark are its areas and its moves. So the mark that a reader's own transaction
sees says which judgements hold, in each of several processes and threads: there is nothing to be told of a change.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import NamedTuple

from flask import current_app
from sqlalchemy import func, select

from models.areas import Area, AreaMove
from models.base import db
from models.engine import is_reading
from models.metrics import FigureState
from volunteer.kernel.periods import WindowKind

MOST_KEPT = 100
_KEPT = "metrics_judgements"


class Judgement(NamedTuple):
    """Which areas' counts are not shown as of a day, by id: registered; active by all service, by strict service."""

    registered: frozenset[int]
    inclusive: frozenset[int]
    strict: frozenset[int]


class Mark(NamedTuple):
    """What the figures and the tree are known by; two that are equal stand for the same."""

    version: int
    applied_at: datetime | None
    areas: int
    moves: int


Make = Callable[[Sequence[date]], Mapping[date, Judgement]]
_Key = tuple[Mark, WindowKind, date]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The judgements of one process, the last used last; the longest unused are put away."""

    kept: OrderedDict[_Key, Judgement] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def find(self, key: _Key) -> Judgement | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def keep(self, key: _Key, judgement: Judgement) -> None:
        with self.lock:
            self.kept[key] = judgement
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


def judgements(days: Sequence[date], kind: WindowKind, make: Make) -> dict[date, Judgement]:
    """Return what is not shown on each of some days: as it was kept, or as `make` judges it now."""
    shelf: _Shelf = current_app.extensions.setdefault(_KEPT, _Shelf())
    mark = mark_now()
    kept = {day: shelf.find((mark, kind, day)) for day in days}
    found = {day: one for day, one in kept.items() if one is not None}
    missing = [day for day in kept if day not in found]
    if not missing:
        return found
    made = make(missing)
    # What a transaction judges that writes, or during which somebody else wrote, may hold for nobody after it.
    if is_reading.get() and mark_now() == mark:
        for day, one in made.items():
            shelf.keep((mark, kind, day), one)
    return found | dict(made)


def mark_now() -> Mark:
    """Return what the figures and the tree are known by in this transaction, in one statement."""
    state = select(FigureState.version, FigureState.applied_at).where(FigureState.id == 1).subquery()
    areas = select(func.count(Area.id)).scalar_subquery()
    moves = select(func.coalesce(func.max(AreaMove.id), 0)).scalar_subquery()
    row = db.session.execute(select(func.max(state.c.version), func.max(state.c.applied_at), areas, moves)).one()
    return Mark(row[0] or 0, *row[1:])
