"""No hidden cell can be computed, by someone who knows the rule, the shown cells and the total."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volunteer.metrics.small_cells import hide, hide_columns, hide_in_tree, is_small, suppress

COUNTS = st.lists(st.one_of(st.integers(0, 7), st.integers(0, 400)), max_size=12)


def possible_values(counts: tuple[int, ...]) -> list[set[int]]:
    """Return for each cell what it may be for a reader who tries every table of the same total."""
    total = sum(counts)
    shown = hide(counts, total)
    values: list[set[int]] = [set() for _ in counts]
    free = [place for place, is_hidden in enumerate(shown.cells) if is_hidden]
    for tried in product(range(total + 1), repeat=len(free)):
        table = list(counts)
        for place, value in zip(free, tried, strict=True):
            table[place] = value
        if (sum(table) == total or shown.total) and hide(table, sum(table)) == shown:
            for place, value in enumerate(table):
                values[place].add(value)
    return values


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=4).map(tuple))
def test_every_hidden_cell_may_be_several_things_though_the_rule_is_known(counts: tuple[int, ...]) -> None:
    shown = hide(counts, sum(counts))
    if not shown.total:
        for is_hidden, values in zip(shown.cells, possible_values(counts), strict=True):
            assert len(values) > 1 if is_hidden else len(values) == 1


@given(COUNTS)
def test_no_small_cell_is_shown_and_the_hidden_ones_are_not_what_the_rest_leaves(counts: list[int]) -> None:
    cells, total = hide(counts, sum(counts))
    assert all(is_hidden for count, is_hidden in zip(counts, cells, strict=True) if is_small(count))
    left = [count for count, is_hidden in zip(counts, cells, strict=True) if is_hidden]
    assert total or len(left) != 1
    assert len(set(left)) != 1 or total or sum(left) not in (len(left), len(left) * 4)


@given(COUNTS)
def test_nothing_is_hidden_without_need(counts: list[int]) -> None:
    if not any(map(is_small, counts)):
        assert not any(suppress(counts, sum(counts)))
    assert [is_small(count) for count in counts] == list(suppress(counts, None))


@given(COUNTS)
def test_the_order_of_the_cells_makes_no_difference(counts: list[int]) -> None:
    backwards = suppress(counts[::-1], sum(counts))
    assert list(backwards)[::-1] == list(suppress(counts, sum(counts)))


@pytest.mark.parametrize(
    ("counts", "expected", "total"),
    [
        ([30, 3, 90], [True, True, False], False),
        ([30, 3, 2], [False, True, True], False),
        ([30, 2, 2], [False, True, True], False),
        ([30, 1, 1], [True, True, True], False),
        ([30, 4, 4, 40], [True, True, True, False], False),
        ([3, 0, 0], [True, False, False], True),
        ([4, 4], [True, True], True),
        ([], [], False),
    ],
)
def test_tables_one_can_check_in_the_head(counts: list[int], expected: list[bool], total: bool) -> None:
    assert hide(counts, sum(counts)) == (tuple(expected), total)


def test_what_adds_up_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="make the total"):
        hide([1, 2], 4)
    with pytest.raises(ValueError, match="count people"):
        hide([-1, 2], 1)


def test_a_street_hidden_for_anothers_sake_cannot_be_added_up_from_its_communities() -> None:
    counts = {"district": 103, "a": 3, "b": 40, "c": 60, "b1": 15, "b2": 25}
    hidden = hide_in_tree(counts, {"district": ["a", "b", "c"], "b": ["b1", "b2"]}, "district")
    assert hidden == {"a", "b", "b1"}
    assert (
        hide_in_tree(counts | {"a": 0, "c": 63}, {"district": ["a", "b", "c"], "b": ["b1", "b2"]}, "district") == set()
    )


SMALL_TREES = st.lists(
    st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 9, 30]), min_size=1, max_size=3), min_size=1, max_size=3
)


def grown(streets: list[list[int]]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return the counts of a district, its streets and their communities, and what lies below each."""
    counts = {f"s{s}c{c}": count for s, street in enumerate(streets) for c, count in enumerate(street)}
    children = {f"s{s}": [f"s{s}c{c}" for c in range(len(street))] for s, street in enumerate(streets)}
    counts |= {street: sum(counts[one] for one in below) for street, below in children.items()}
    return counts | {"d": sum(map(sum, streets))}, children | {"d": list(children)}


@settings(deadline=None)
@given(SMALL_TREES)
def test_no_sum_of_a_tree_lacks_a_single_cell(streets: list[list[int]]) -> None:
    counts, children = grown(streets)
    hidden = hide_in_tree(counts, children, "d")
    assert all(area in hidden for area, count in counts.items() if is_small(count))
    for area, below in children.items():
        lacking = [one for one in below if one in hidden]
        assert len(lacking) + (area in hidden) != 1
        if lacking and area not in hidden:
            values = [counts[one] for one in lacking]
            assert len(set(values)) > 1 or sum(values) not in (len(values), 4 * len(values))


@settings(deadline=None)
@given(SMALL_TREES)
def test_every_hidden_cell_of_a_tree_may_be_something_else(streets: list[list[int]]) -> None:
    """Push each hidden cell by one and let others take it up: the cells that are shown stay as they are."""
    counts, children = grown(streets)
    hidden = hide_in_tree(counts, children, "d")
    above = {one: area for area, below in children.items() for one in below}
    for cell in hidden:
        # Up through hidden areas until one is shown, or the top; down through hidden ones to the communities.
        area = cell
        while area in above and above[area] in hidden:
            area = above[area]
        assert area not in above or any(one in hidden for one in children[above[area]] if one != area)
        while cell in children:
            cell = next(one for one in children[cell] if one in hidden)


def test_a_total_hidden_for_its_cells_is_not_what_its_neighbours_leave() -> None:
    counts, children = grown([[50], [4, 4]])
    assert hide_in_tree(counts, children, "d") == {"s0", "s0c0", "s1", "s1c0", "s1c1"}


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(st.integers(0, 9), min_size=width, max_size=width), max_size=4)
    )
)
def test_a_part_that_is_small_anywhere_is_shown_nowhere(rows: list[list[int]]) -> None:
    hidden = hide_columns(rows)
    for row in rows:
        assert all(place in hidden for place, count in enumerate(row) if is_small(count))
        lacking = [row[place] for place in hidden]
        if lacking and len(hidden) < len(row):
            assert not is_small(sum(lacking))
            assert not any(lacking) or len(lacking) > 1
    if not any(is_small(count) for row in rows for count in row):
        assert not hidden
