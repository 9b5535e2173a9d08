"""Cells that count so few people that somebody could be recognized are not shown, nor what would give them away.

Who may not see people by name, and whatever leaves the house, is shown no cell that counts one to four people (our
decision, after 个人信息保护法 art. 6 and 51: no more than the purpose needs). Where a total stands above the cells,
hiding one alone would leave it to be computed, so another is hidden with it. All hidden cells look alike: a mark that
told the small ones from those hidden for their sake would tell too much.

Which one is hidden with the small ones does not depend on how many it counts on the day, but on an order that stays:
else it would be one today and another tomorrow, and the two days side by side would tell. What this cannot do is
written in docs/decisions/0028.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from math import inf
from typing import NamedTuple, TypeVar

from volunteer.kernel import small_cells
from volunteer.kernel.small_cells import in_company
from volunteer.kernel.text import N_

SMALLEST_SHOWN = 5
MARK = N_("不显示")
WHY = N_("人数太少，为保护个人信息不显示")
TOO_LOW = N_("街道和社区不分开列：人数太少，怕认出人，不显示")
REMARK = N_("不到 5 人的格子不显示；为了不让人从合计推算出来，旁边的格子有时也不显示")

Key = TypeVar("Key", bound=Hashable)


def is_small(count: int) -> bool:
    """Return whether a cell counts anybody, but fewer than five people."""
    return small_cells.is_small(count, SMALLEST_SHOWN)


def hide_in_tree(counts: Mapping[Key, int], children: Mapping[Key, Sequence[Key]], top: Key) -> frozenset[Key]:
    """Return which areas' counts are not shown, when each is the sum of those right below it, from `top` down.

    `children` come in an order that stays the same from day to day; who is not in `counts` counts nobody. Beside small
    cells the first of the others that counts anybody is hidden too; where all are small or nobody's and their sum
    would tell them, so is the area above. No sum then lacks a single cell: nothing hidden can be computed from all
    that is shown, of any page and any level. It depends on nothing but which areas count nobody, few, or more, save
    where the sum of the hidden ones is so little or so much that it tells each (see `_is_told`).
    Raises ValueError for a negative count.
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("cells count people")
    if not any(map(is_small, counts.values())):
        return frozenset()
    downwards = _downwards(counts, children, top)
    hidden: set[Key] = set()
    few: set[Key] = set()
    rooms: dict[Key, _Room] = {}
    for area in reversed(downwards):
        count = counts.get(area, 0)
        counted = [one for one in children.get(area, ()) if counts.get(one)]
        company = _company(counted, few, counts, rooms)
        hidden |= company
        if is_small(count) or (company and _is_told(company, counts, rooms)):
            few.add(area)
        # Were the area hidden and nothing below it, the first one there would be hidden with it.
        rooms[area] = _room(count, [rooms[one] for one in company or counted[:1]])
    if top in few:
        hidden.add(top)
    for area in downwards:
        below = children.get(area, ())
        if area in hidden and hidden.isdisjoint(below):
            hidden.update([one for one in below if counts.get(one)][:1])
    return frozenset(hidden)


def hide_columns(rows: Sequence[Sequence[int]]) -> frozenset[int]:
    """Return the places of the columns that are shown in no row, when the columns of a row may make its total.

    The rows are areas that may add up to each other, so a column with one small cell goes everywhere, and others with
    it, in their order, until every row lacks nothing, or several cells with one that is not small. The columns' order
    should stay the same from day to day. All go where that is not to be had.
    """
    width = len(rows[0]) if rows else 0
    hidden = [place for place in range(width) if any(is_small(row[place]) for row in rows)]
    for place in range(width):
        if place not in hidden and any(row[place] and not _may_lack(row, hidden) for row in rows):
            hidden.append(place)
    return frozenset(hidden if all(_may_lack(row, hidden) for row in rows) else range(width))


def _may_lack(row: Sequence[int], hidden: Iterable[int]) -> bool:
    """Return whether the hidden cells of a row cannot be told apart by what the rest leaves of its total."""
    lacking = [row[place] for place in hidden if row[place]]
    return not lacking or (len(lacking) > 1 and max(lacking) >= SMALLEST_SHOWN)


def _downwards(counts: Mapping[Key, int], children: Mapping[Key, Sequence[Key]], top: Key) -> list[Key]:
    """Return the areas that count anybody from the top down, each after the one above it."""
    found = [top]
    for area in found:
        found.extend(one for one in children.get(area, ()) if counts.get(one))
    return found


class _Room(NamedTuple):
    """By how many a hidden cell may count less or more, for who knows whether it counts few or more than few."""

    less: float
    more: float


def _room(count: int, hidden_below: Sequence[_Room]) -> _Room:
    """Return the room that a cell has, no more than what is hidden below it has together."""
    less = float(max(count - 1, 0)) if count < SMALLEST_SHOWN else float(count - SMALLEST_SHOWN)
    more = float(SMALLEST_SHOWN - 1 - count) if count < SMALLEST_SHOWN else inf
    if not hidden_below:
        return _Room(less, more)
    return _Room(min(less, sum(one.less for one in hidden_below)), min(more, sum(one.more for one in hidden_below)))


def _company(
    below: Sequence[Key], few: Collection[Key], counts: Mapping[Key, int], rooms: Mapping[Key, _Room]
) -> set[Key]:
    """Return which of the areas right below one are hidden: the few, with at least one other where there is one."""
    small = [one for one in below if one in few]
    others = (one for one in below if one not in few)
    return set(in_company(small, others, lambda found: len(found) > len(small) and not _is_told(found, counts, rooms)))


def _is_told(hidden: Collection[Key], counts: Mapping[Key, int], rooms: Mapping[Key, _Room]) -> bool:
    """Return whether the sum of hidden cells tells too much: of few, of one alone, or what each of them counts.

    Six for one that is few and one that is not are one and five; eight for two that are few are four and four.
    """
    is_of_few = len(hidden) == 1 or is_small(sum(counts[one] for one in hidden))
    return is_of_few or not all(sum(rooms[one][way] for one in hidden) for way in (0, 1))
