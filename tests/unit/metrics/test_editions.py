from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.metrics.editions import (
    SHIPPED_EDITION,
    SHIPPED_SERIES,
    CityKind,
    Edition,
    Standard,
    check_edition,
    edition_in_force,
)
from volunteer.metrics.rules import IndicatorCode

NEWER = replace(SHIPPED_EDITION, name="2021 版", effective_from=date(2021, 1, 1))
CLOSED = replace(SHIPPED_EDITION, effective_to=date(2020, 12, 31))


def with_threshold(code: IndicatorCode, threshold: Fraction) -> Edition:
    return replace(SHIPPED_EDITION, standards={code: Standard("标准", "条款", threshold)})


def test_the_shipped_edition_asks_what_the_plan_asks():
    assert {code: SHIPPED_EDITION.threshold(code) for code in IndicatorCode} == {
        IndicatorCode.REGISTERED_SHARE: Fraction(1, 10),
        IndicatorCode.ACTIVE_SHARE: Fraction(7, 10),
        IndicatorCode.HOURS_PER_HEAD: 25,
        IndicatorCode.SUPPORT_SHARE: Fraction(9, 10),
    }
    assert SHIPPED_EDITION.city_kind is CityKind.PREFECTURE_AND_ABOVE
    assert all(standard.label and standard.clause for standard in SHIPPED_EDITION.standards.values())
    check_edition(SHIPPED_EDITION, [])


def test_an_edition_that_does_not_ask_for_an_indicator_has_no_threshold_for_it():
    assert with_threshold(IndicatorCode.ACTIVE_SHARE, Fraction(1, 2)).threshold(IndicatorCode.HOURS_PER_HEAD) is None


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2016, 12, 31), None),
        (date(2017, 1, 1), CLOSED),
        (date(2020, 12, 31), CLOSED),
        (date(2021, 1, 1), NEWER),
        (date(2099, 1, 1), NEWER),
    ],
)
def test_the_edition_in_force_is_the_one_whose_days_hold_the_date(on, expected):
    assert edition_in_force([NEWER, CLOSED], on, SHIPPED_SERIES) == expected


def test_an_edition_for_another_kind_of_city_is_not_in_force_here():
    assert edition_in_force([SHIPPED_EDITION], date(2018, 1, 1), "县级") is None


def test_a_newer_edition_over_an_open_one_is_refused_with_the_day_to_close_it_by():
    with pytest.raises(Conflict) as refusal:
        check_edition(NEWER, [SHIPPED_EDITION])

    assert refusal.value.field == "effective_from"
    assert str(refusal.value.words).endswith("有效期重叠，请先把它的截止日期改到 2020-12-31 或更早")


def test_an_edition_that_runs_into_a_later_one_is_refused_with_the_day_that_one_begins():
    with pytest.raises(Conflict) as refusal:
        check_edition(SHIPPED_EDITION, [NEWER])

    assert refusal.value.field == "effective_to"
    assert str(refusal.value.words) == "与“2021 版”的有效期重叠，它从 2021-01-01 起生效"


def test_editions_that_follow_each_other_or_speak_of_other_cities_stand_side_by_side():
    check_edition(NEWER, [CLOSED])
    check_edition(replace(NEWER, series="县级"), [SHIPPED_EDITION])


def test_editions_that_share_a_single_day_overlap():
    shares_a_day = replace(CLOSED, effective_to=date(2021, 1, 1))

    assert shares_a_day.overlaps(NEWER)
    assert NEWER.overlaps(shares_a_day)
    assert not CLOSED.overlaps(NEWER)


@pytest.mark.parametrize(
    ("edition", "field"),
    [
        (replace(SHIPPED_EDITION, name=" 　"), "name"),
        (replace(SHIPPED_EDITION, effective_to=date(2016, 12, 31)), "effective_to"),
        (replace(SHIPPED_EDITION, standards={}), "standards"),
        (with_threshold(IndicatorCode.ACTIVE_SHARE, Fraction(10)), "standards"),
        (with_threshold(IndicatorCode.ACTIVE_SHARE, Fraction(0)), "standards"),
        (with_threshold(IndicatorCode.HOURS_PER_HEAD, Fraction(8785)), "standards"),
    ],
)
def test_an_edition_that_makes_no_sense_is_refused_on_its_field(edition, field):
    with pytest.raises(Invalid) as refusal:
        check_edition(edition, [])

    assert refusal.value.field == field


def test_each_kind_of_city_has_its_name():
    assert {kind.label for kind in CityKind} == {"地级以上", "县级"}
