"""Cells that count so few people that somebody could be recognized are not shown, nor what would give them away.

Who may not see people by name, and whatever leaves the house, is shown no cell that counts one to four people (our
decision, after 个人信息保护法 art. 6 and 51: no more than the purpose needs). Where a total stands below the cells,
hiding one alone would leave it to be computed, so others are hidden with it. All hidden cells look alike: a mark that
told the small ones from those hidden for their sake would tell too much.

What this cannot do: two tables of neighbouring days or windows, or of the two totals, laid side by side, may still
tell how one cell changed or what lies between them.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from volunteer.kernel.text import N_

SMALLEST_SHOWN = 5
MARK = N_("不显示")
WHY = N_("人数太少，为保护个人信息不显示")
TOO_LOW = N_("街道和社区不分开列：人数太少，怕认出人，不显示")
REMARK = N_("不到 5 人的格子不显示；为了不让人从合计推算出来，旁边的格子有时也不显示")

Key = TypeVar("Key", bound=Hashable)


class Hidden(NamedTuple):
    """Which cells are not shown, in the order of the counts, and whether the total is not either."""

    cells: tuple[bool, ...]
    total: bool


def is_small(count: int) -> bool:
    """Return whether a cell counts anybody, but fewer than five people."""
    return 0 < count < SMALLEST_SHOWN


def suppress(counts: Sequence[int], total: int | None) -> Sequence[bool]:
    """Return which of the cells are not to be shown; see `hide`, which also says whether the total may stand."""
    return hide(counts, total).cells


def hide(counts: Sequence[int], total: int | None, *, is_total_shown: bool = True) -> Hidden:
    """Return what is not to be shown of people counted in cells that add up to `total`, each of them in one cell.

    `total` is None where none stands beside the cells or they do not add up to it: then the small ones alone are
    hidden. With `is_total_shown` false the total is hidden elsewhere, and one cell at least is hidden so that it
    cannot be added up. Whoever knows this rule, the cells that are shown and the total still finds two values or more
    for each hidden cell: the least cells are added, equal ones together, until the hidden ones differ or leave room.
    Raises ValueError for a negative count or cells that do not make the total.
    """
    if any(count < 0 for count in counts) or (total is not None and sum(counts) != total):
        raise ValueError("cells count people and make the total")
    hidden = {place for place, count in enumerate(counts) if is_small(count)}
    if total is None:
        return _mask(counts, hidden, is_total_hidden=False)
    if is_small(total) or not is_total_shown:
        return _mask(counts, hidden or _least(counts, hidden), is_total_hidden=True)
    while hidden and not _leaves_room([counts[place] for place in hidden]):
        added = _least(counts, hidden)
        if not added:
            return _mask(counts, hidden, is_total_hidden=True)
        hidden |= added
    return _mask(counts, hidden, is_total_hidden=False)


def hide_in_tree(counts: Mapping[Key, int], children: Mapping[Key, Sequence[Key]], top: Key) -> frozenset[Key]:
    """Return which areas' counts are not shown, when each is the sum of those right below it, from `top` down.

    An area and those right below it make one sum. Hidden cells are added until no sum holds exactly one that is not
    shown: on a tree that is enough that none can be computed from all the others, of any page and any level. Judged
    from the whole city, therefore, so that every reader is shown the same. Raises ValueError for a negative count.
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("cells count people and make the total")
    families = [(area, below) for area, below in children.items() if below]
    hidden = {area for area in (top, *(one for _, below in families for one in below)) if is_small(counts[area])}
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for area, below in families:
            hidden |= _missing(counts, area, below, hidden)
    return frozenset(hidden)


def hide_columns(rows: Sequence[Sequence[int]]) -> frozenset[int]:
    """Return the places of the columns that are shown in no row, when the columns of a row may make its total.

    The rows are areas that may add up to each other, so a column with one small cell goes everywhere, and others with
    it until what is hidden in each row is nobody, or five people or more in cells that are not small and equal.
    """
    width = len(rows[0]) if rows else 0
    hidden = {place for place in range(width) if any(is_small(row[place]) for row in rows)}
    while hidden and len(hidden) < width:
        if all(_may_lack([row[place] for place in hidden]) for row in rows):
            break
        sums = {place: sum(row[place] for row in rows) for place in range(width) if place not in hidden}
        hidden.add(min(sums, key=lambda place: (sums[place], place)))
    return frozenset(hidden)


def _may_lack(values: Sequence[int]) -> bool:
    """Return whether the hidden cells of a row cannot be told apart by what the rest leaves of its total."""
    if not any(values):
        return True
    is_told_apart = len(values) > 1 and (len(set(values)) > 1 or not is_small(values[0]))
    return is_told_apart and not is_small(sum(values))


def _missing(counts: Mapping[Key, int], area: Key, below: Sequence[Key], hidden: set[Key]) -> set[Key]:
    """Return what must be hidden besides of an area and those right below it."""
    cells = [counts[one] for one in below]
    known = {place for place, one in enumerate(below) if one in hidden}
    if area in hidden:
        return set() if known else {below[place] for place in _least(cells, known)}
    while known and not _leaves_room([cells[place] for place in known]):
        added = _least(cells, known)
        if not added:
            return {area, *below}
        known |= added
    return {below[place] for place in known}


def _leaves_room(hidden: Sequence[int]) -> bool:
    """Return whether other values of the hidden cells would give the same sum and be hidden just the same."""
    if len(set(hidden)) > 1:
        return True  # any two of them might be the other way round
    least, largest = len(hidden), len(hidden) * (SMALLEST_SHOWN - 1)
    return len(hidden) > 1 and least < sum(hidden) < largest


def _least(counts: Sequence[int], hidden: set[int]) -> set[int]:
    """Return the least cells that count anybody and are not hidden yet, all that are equal; else the empty ones."""
    left = [place for place in range(len(counts)) if place not in hidden]
    filled = [place for place in left if counts[place]] or left
    if not filled:
        return set()
    least = min(counts[place] for place in filled)
    return {place for place in filled if counts[place] == least}


def _mask(counts: Sequence[int], hidden: set[int], *, is_total_hidden: bool) -> Hidden:
    return Hidden(tuple(place in hidden for place in range(len(counts))), is_total_hidden)
