"""Where a community stood and when: the tree has days, since a community may come under another street."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import say_last_day
from volunteer.kernel.text import N_

FIRST_YEAR = 1990


class Stay(NamedTuple):
    """A time at or below `area_id`: from `since` up to, not including, `until`; None is from ever, or for ever."""

    area_id: int
    since: date | None = None
    until: date | None = None


class Move(NamedTuple):
    """A community that stands below `to_parent_id` from `effective_on` on, and below `from_parent_id` before."""

    area_id: int
    from_parent_id: int
    to_parent_id: int
    effective_on: date


def stays(
    area_id: int, parent_id: int | None, moves: Iterable[Move], chains: Mapping[int, Sequence[int]]
) -> list[Stay]:
    """Return when an area stood where: itself first, then everything that was ever above it.

    `parent_id` is where it stands after its last move, `moves` its own in any order, `chains` by area id that area
    and all above it. Time below one area is one stay, however often the street in between changed.
    """
    in_turn = sorted(moves, key=lambda move: move.effective_on)
    first = in_turn[0].from_parent_id if in_turn else parent_id
    parents = [(first, None), *((move.to_parent_id, move.effective_on) for move in in_turn)]
    here: dict[int, date | None] = {}
    ended: list[Stay] = []
    for parent, since in parents:
        chain = chains[parent] if parent is not None else ()
        ended += [Stay(upper, here.pop(upper), since) for upper in list(here) if upper not in chain]
        for upper in chain:
            here.setdefault(upper, since)
    return [Stay(area_id), *ended, *(Stay(upper, since) for upper, since in here.items())]


def check_move_day(day: date, last_moved_on: date | None, today: date) -> None:
    """Raise Invalid on "effective_on" unless a community can come under another street on a day (our decision)."""
    if day > today:
        raise Invalid(N_("日期不能在今天以后；到了那天再来调整"), field="effective_on")
    if day.year < FIRST_YEAR:
        raise Invalid(N_("日期不能早于 %(first)s 年"), field="effective_on", first=FIRST_YEAR)
    if last_moved_on and day <= last_moved_on:
        words = N_("它在 %(day)s已经调整过一次，这次的日期要更晚")
        raise Invalid(words, field="effective_on", day=say_last_day(last_moved_on, today))
