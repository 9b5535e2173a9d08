"""No hidden cell can be computed, by someone who knows the rule, what is shown, and yesterday's table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from volunteer.metrics.small_cells import SMALLEST_SHOWN, hide_columns, hide_in_tree, is_small

Counts = Mapping[str, int]
Children = Mapping[str, Sequence[str]]

# A district's streets with their communities, the last of them the first to be hidden for another's sake.
COMMUNITIES = st.one_of(st.integers(0, 9), st.integers(0, 400))
DISTRICTS = st.lists(st.lists(COMMUNITIES, min_size=1, max_size=4), min_size=1, max_size=4)


def grown(streets: Sequence[Sequence[int]]) -> tuple[Counts, Children]:
    """Return the counts of a district, its streets and their communities, and what lies below each."""
    counts = {f"s{s}c{c}": count for s, street in enumerate(streets) for c, count in enumerate(street)}
    children = {f"s{s}": [f"s{s}c{c}" for c in range(len(street))] for s, street in enumerate(streets)}
    counts |= {street: sum(counts[one] for one in below) for street, below in children.items()}
    return counts | {"d": sum(map(sum, streets))}, children | {"d": list(children)}


def hidden_in(streets: Sequence[Sequence[int]]) -> frozenset[str]:
    """Return what is hidden of a district."""
    counts, children = grown(streets)
    return hide_in_tree(counts, children, "d")


@settings(deadline=None)
@given(DISTRICTS)
def test_no_sum_of_a_tree_lacks_a_single_cell_or_few_people(streets: list[list[int]]) -> None:
    counts, children = grown(streets)
    hidden = hidden_in(streets)
    assert all(area in hidden for area, count in counts.items() if is_small(count))
    for area, below in children.items():
        lacking = [counts[one] for one in below if one in hidden]
        assert len(lacking) + (area in hidden) != 1
        if lacking and area not in hidden:
            assert not is_small(sum(lacking))
            if max(lacking) < SMALLEST_SHOWN:
                assert sum(lacking) not in (len(lacking), 4 * len(lacking))


@settings(deadline=None)
@given(DISTRICTS)
def test_nothing_is_hidden_without_need_and_nobody_is_no_secret(streets: list[list[int]]) -> None:
    counts, _children = grown(streets)
    hidden = hidden_in(streets)
    assert all(counts[area] for area in hidden)
    if not any(is_small(count) for count in counts.values()):
        assert not hidden


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=4).map(tuple))
def test_every_hidden_cell_may_be_several_things_though_the_rule_is_known(counts: tuple[int, ...]) -> None:
    """Try every other street with the same sum, the same cells shown, and the same hidden ones by the same rule."""
    hidden = hidden_in([counts])
    assume(hidden and "d" not in hidden)
    places = [place for place in range(len(counts)) if f"s0c{place}" in hidden]
    values: defaultdict[int, set[int]] = defaultdict(set)
    for table in tables_like(counts, places):
        if hidden_in([table]) == hidden:
            for place in places:
                values[place].add(table[place])
    assert all(len(values[place]) > 1 for place in places)


def tables_like(counts: Sequence[int], hidden: Sequence[int]) -> Iterator[list[int]]:
    """Yield each table of the same total and the same cells where nothing is hidden."""
    together = sum(counts[place] for place in hidden)
    for tried in product(range(together + 1), repeat=len(hidden) - 1):
        if sum(tried) <= together:
            told = dict(zip(hidden, (*tried, together - sum(tried)), strict=True))
            yield [told.get(place, count) for place, count in enumerate(counts)]


# A day later: whoever counted nobody, few or more still does, however many there are. From six on: five and a single
# one told together tell both (see `_is_told`), and are hidden with a third cell.
MORE = st.tuples(st.integers(6, 400), st.integers(6, 400))
TWO_DAYS = st.lists(st.one_of(st.just((0, 0)), st.tuples(st.integers(1, 4), st.integers(1, 4)), MORE), max_size=3)
# Each street has one that counts more: where there are few alone it is their sum that decides.
TWO_DAYS_OF_A_STREET = st.tuples(TWO_DAYS, MORE, TWO_DAYS).map(lambda parts: [*parts[0], parts[1], *parts[2]])


@settings(deadline=None)
@given(st.lists(TWO_DAYS_OF_A_STREET, min_size=1, max_size=4))
def test_no_cell_is_hidden_one_day_and_shown_the_next_while_few_stay_few(
    streets: list[list[tuple[int, int]]],
) -> None:
    """Else the day on which it is shown would tell what was hidden beside it on the other."""
    one_day, next_day = ([[both[day] for both in street] for street in streets] for day in (0, 1))
    assert hidden_in(one_day) == hidden_in(next_day)


def test_the_least_of_the_day_as_company_would_have_told() -> None:
    # 3 registered in the last community on both days; 20 and 21, then 21 and 20 in those before it.
    one_day, next_day = hidden_in([[20, 21, 3]]), hidden_in([[21, 20, 3]])
    assert one_day == next_day == {"s0c0", "s0c2"}


def test_what_is_not_prevented_a_cell_that_is_few_no_longer_is_shown_with_its_company() -> None:
    # 24 together on one day; 20 and 5 on the next: who believes that the 20 were 20 before knows that the 5 were 4.
    assert hidden_in([[20, 4]]) == {"s0c0", "s0c1"}
    assert hidden_in([[20, 5]]) == set()


def test_what_is_not_prevented_few_alone_are_added_up_for_who_sees_the_street_on_both_days() -> None:
    # Seven for two is shown, eight is not: it would tell that they are four and four.
    assert "s0" not in hidden_in([[3, 4], [20]])
    assert "s0" in hidden_in([[4, 4], [20]])


@pytest.mark.parametrize(
    ("street", "expected"),
    [
        ([30, 3, 90], {"s0c0", "s0c1"}),
        ([3, 30, 90], {"s0c0", "s0c1"}),
        ([30, 1, 1], {"s0c0", "s0c1", "s0c2"}),
        ([5, 1, 60], {"s0c0", "s0c1", "s0c2"}),
        ([6, 1, 60], {"s0c0", "s0c1"}),
        ([3, 0, 0], {"d", "s0", "s0c0"}),
        ([4, 4], {"d", "s0", "s0c0", "s0c1"}),
        ([4, 3], {"s0c0", "s0c1"}),
        ([2, 2], {"d", "s0", "s0c0", "s0c1"}),
        ([4, 3, 30], {"s0c0", "s0c1", "s0c2"}),
        ([0, 30], set()),
    ],
)
def test_streets_one_can_check_in_the_head(street: list[int], expected: set[str]) -> None:
    assert hidden_in([street]) == expected


def test_a_street_hidden_for_anothers_sake_cannot_be_added_up_from_its_communities() -> None:
    assert hidden_in([[15, 25], [3], [60]]) == {"s0", "s0c0", "s1", "s1c0"}


def test_a_street_that_must_be_hidden_needs_another_beside_it() -> None:
    assert hidden_in([[50], [4, 4]]) == {"s0", "s0c0", "s1", "s1c0", "s1c1"}


def test_who_is_not_counted_counts_nobody_and_no_count_is_negative() -> None:
    assert hide_in_tree({"d": 7, "b": 7}, {"d": ["a", "b"]}, "d") == set()
    assert hide_in_tree({"d": 4}, {}, "d") == {"d"}
    with pytest.raises(ValueError, match="count people"):
        hide_in_tree({"d": -1}, {}, "d")


ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 9), st.integers(0, 90)), min_size=width, max_size=width), max_size=4
    )
)


@given(ROWS)
def test_a_part_that_is_small_anywhere_is_shown_nowhere(rows: list[list[int]]) -> None:
    hidden = hide_columns(rows)
    for row in rows:
        assert all(place in hidden for place, count in enumerate(row) if is_small(count))
        lacking = [row[place] for place in hidden if row[place]]
        if lacking and len(hidden) < len(row):
            assert len(lacking) > 1
            assert max(lacking) >= SMALLEST_SHOWN
    if not any(is_small(count) for row in rows for count in row):
        assert not hidden


@given(ROWS, st.integers(1, 300))
def test_parts_hidden_for_anothers_sake_stay_the_same_while_few_stay_few(rows: list[list[int]], more: int) -> None:
    later = [[count + more if count >= SMALLEST_SHOWN else count for count in row] for row in rows]
    assert hide_columns(later) == hide_columns(rows)
