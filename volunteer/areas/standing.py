"""Where a community stood and when: the tree has days, since a community may come under another street."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple


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
