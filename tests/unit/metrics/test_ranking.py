"""Places, movement, how far behind an area is, and that causes add up whatever is told late."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.metrics.differences import Cause, changes, in_turn, plus
from volunteer.metrics.facts import Deltas
from volunteer.metrics.ranking import lag, reasons, standings
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, measure

THRESHOLDS = {
    IndicatorCode.REGISTERED_SHARE: Fraction(1, 10),
    IndicatorCode.ACTIVE_SHARE: Fraction(7, 10),
    IndicatorCode.HOURS_PER_HEAD: Fraction(25),
}
deltas = st.lists(st.integers(-50, 50), min_size=9, max_size=9).map(lambda numbers: Deltas(*numbers))


def active(of: int, out_of: int) -> Measurement:
    """Return an active share."""
    figures = Figures(registered=out_of, active=of)
    return measure(INDICATORS[IndicatorCode.ACTIVE_SHARE], figures, THRESHOLDS[IndicatorCode.ACTIVE_SHARE])


def test_equal_areas_share_a_place_and_those_without_data_have_none() -> None:
    now = {"a": active(1, 2), "b": active(9, 10), "c": active(2, 4), "d": active(0, 0)}
    before = {"a": active(3, 4), "b": active(1, 4), "c": active(0, 0)}
    found = standings(now, before)
    assert {key: (one.place, one.place_before, one.rise) for key, one in found.items()} == {
        "b": (1, 2, 1),
        "a": (2, 1, -1),
        "c": (2, None, None),
        "d": (None, None, None),
    }
    assert str(found["b"].movement) == "升 1 位"
    assert str(found["a"].movement) == "降 1 位"
    assert found["c"].movement is None
    assert found["a"].change == Fraction(-1, 4)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (Figures(population=100, registered=10, active=7, minutes=10 * 25 * 60), Fraction(0)),
        (Figures(population=100, registered=5, active=5, minutes=5 * 25 * 60), Fraction(1, 2)),
        (Figures(population=100, registered=0), Fraction(3)),
        (Figures(missing_population_areas=1, registered=10, active=0, minutes=0), Fraction(2)),
    ],
)
def test_an_area_is_as_far_behind_as_shares_of_the_thresholds_are_missing(figures: Figures, expected: Fraction) -> None:
    assert lag(figures, THRESHOLDS) == expected
    assert lag(figures, {}) == 0


def test_the_reasons_name_what_is_not_met_and_when_somebody_last_served() -> None:
    figures = Figures(population=2000, registered=90, active=28, minutes=90 * 25 * 60)
    measured = {code: measure(one, figures, THRESHOLDS.get(code)) for code, one in INDICATORS.items()}
    said = [str(words) for words in reasons(figures, measured, date(2026, 10, 6), date(2026, 11, 22))]
    assert said == [
        "注册的人少：占常住人口 4.50%，还差 110 人",
        "来的人少：90 人里有 62 人统计期内没有服务过",
        "最近一次服务在 47 天前（10 月 6 日）",
    ]
    assert [str(words) for words in reasons(Figures(), measured, None, date(2026, 11, 22))] == ["还没有注册志愿者"]


@given(st.dictionaries(st.sampled_from(list(Cause)[:-1]), deltas), deltas)
def test_causes_add_up_to_the_whole_difference(counted: dict[Cause, Deltas], total: Deltas) -> None:
    found = changes(counted, {}, total)
    assert plus(one.deltas for one in found) == total
    assert [one.cause for one in found] == [cause for cause in Cause if cause in {one.cause for one in found}]


@given(st.dictionaries(st.sampled_from(list(Cause)), st.sets(st.integers(0, 20), min_size=1)))
def test_causes_are_told_one_after_the_other_until_nothing_is_unknown(late: dict[Cause, set[int]]) -> None:
    steps = in_turn(late)
    assert [cause for cause, _ in steps] == [cause for cause in Cause if cause in late]
    unknown = [left for _, left in steps]
    assert all(later <= earlier for earlier, later in pairwise(unknown))
    assert not unknown or not unknown[-1]
