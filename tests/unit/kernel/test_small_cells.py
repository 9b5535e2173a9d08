"""Which cells are few, and how much company they get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.small_cells import in_company, is_small


@pytest.mark.parametrize(("count", "expected"), [(0, False), (1, True), (4, True), (5, False), (900, False)])
def test_nobody_is_not_few_and_enough_is_not_few(count: int, expected: bool) -> None:
    assert is_small(count, 5) is expected


def test_company_comes_in_its_order_until_it_is_enough() -> None:
    assert in_company(["a"], ["b", "c", "d"], lambda found: len(found) > 2) == ["a", "b", "c"]
    assert in_company(["a"], ["b", "c"], lambda found: len(found) > 9) == ["a", "b", "c"]
    assert in_company(["a"], ["b"], lambda _found: True) == ["a"]


@given(st.lists(st.integers()), st.booleans())
def test_where_none_is_few_none_needs_company(others: list[int], is_enough: bool) -> None:
    assert in_company([], others, lambda _found: is_enough) == []
