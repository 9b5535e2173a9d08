from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.metrics.editions import (
    SHIPPED_CLAUSES,
    SHIPPED_EDITION,
    SHIPPED_SERIES,
    Choice,
    CityKind,
    Clause,
    Edition,
    Grade,
    MaterialKind,
    Standard,
    check_clause,
    check_edition,
    check_grades,
    chosen_series,
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
    assert str(refusal.value.words).endswith("有效期重叠，请先把它的截止日期改到 2020 年 12 月 31 日或更早")


def test_an_edition_that_runs_into_a_later_one_is_refused_with_the_day_that_one_begins():
    with pytest.raises(Conflict) as refusal:
        check_edition(SHIPPED_EDITION, [NEWER])

    assert refusal.value.field == "effective_to"
    assert str(refusal.value.words) == "与“2021 版”的有效期重叠，它从 2021 年 1 月 1 日起生效"


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


@pytest.mark.parametrize("series", ["", " 　"])
def test_an_edition_belongs_to_a_series(series):
    with pytest.raises(Invalid) as refusal:
        check_edition(replace(SHIPPED_EDITION, series=series), [])
    assert refusal.value.field == "series"


@pytest.mark.parametrize("field", ["effective_from", "effective_to"])
def test_an_edition_of_a_senseless_year_is_refused(field):
    days = {"effective_from": date(1949, 12, 31)} if field == "effective_from" else {"effective_to": date(2200, 1, 1)}
    with pytest.raises(Invalid) as refusal:
        check_edition(replace(SHIPPED_EDITION, **days), [])
    assert refusal.value.field == field


def test_without_a_choice_the_shipped_series_is_the_measure():
    assert chosen_series([], "420600/420602", date(2026, 1, 1)) == SHIPPED_SERIES


@pytest.mark.parametrize(
    ("lineage", "on", "expected"),
    [
        ("420600", date(2019, 12, 31), SHIPPED_SERIES),
        ("420600", date(2020, 1, 1), "新的"),
        ("420600/420682", date(2020, 1, 1), "新的"),
        ("420600/420682", date(2021, 1, 1), "县级"),
        ("420600/420682/420682001", date(2021, 6, 1), "县级"),
        ("420600/420682", date(2022, 1, 1), "再改"),
        ("420600/4206821", date(2022, 1, 1), "新的"),
    ],
)
def test_an_area_is_measured_by_its_own_choice_or_the_nearest_above(lineage, on, expected):
    choices = [
        Choice("420600", "新的", date(2020, 1, 1), 1),
        Choice("420600/420682", "县级", date(2021, 1, 1), 2),
        Choice("420600/420682", "改错了", date(2022, 1, 1), 3),
        Choice("420600/420682", "再改", date(2022, 1, 1), 4),
    ]
    assert chosen_series(choices, lineage, on) == expected


def test_an_edition_that_cannot_be_named_shows_no_threshold():
    nameless = replace(SHIPPED_EDITION, name=" ")
    assert all(nameless.threshold(code) is None for code in IndicatorCode)


GRADED = Standard(
    "标准",
    "条款",
    Fraction(1, 2),
    (Grade("A", Fraction(9, 10)), Grade("B", Fraction(7, 10)), Grade("C", Fraction(1, 2))),
)


@pytest.mark.parametrize(
    ("value", "grade", "words"),
    [
        (Fraction(1), "A", "A 级"),
        (Fraction(9, 10), "A", "A 级"),
        (Fraction(8999, 10000), "B", "B 级"),
        (Fraction(1, 2), "C", "C 级"),
        (Fraction(49, 100), None, "不到 C 级"),
    ],
)
def test_a_value_gets_the_best_grade_whose_floor_it_reaches(value, grade, words):
    edition = replace(SHIPPED_EDITION, standards={IndicatorCode.ACTIVE_SHARE: GRADED})
    assert edition.grade(IndicatorCode.ACTIVE_SHARE, value) == grade
    assert str(edition.grade_words(IndicatorCode.ACTIVE_SHARE, value)) == words


def test_without_grades_or_a_value_there_is_no_grade():
    assert SHIPPED_EDITION.grade_words(IndicatorCode.ACTIVE_SHARE, Fraction(1)) is None
    edition = replace(SHIPPED_EDITION, standards={IndicatorCode.ACTIVE_SHARE: GRADED})
    assert edition.grade_words(IndicatorCode.ACTIVE_SHARE, None) is None


@pytest.mark.parametrize(
    ("grades", "field", "words"),
    [
        ([Grade("B", Fraction(1, 2))], "active_share_grade_b", "要先填 A 级"),
        ([Grade("A", Fraction(1, 2)), Grade("B", Fraction(1, 2))], "active_share_grade_b", "要比 A 级低"),
        ([Grade("A", Fraction(1, 2)), Grade("B", Fraction(3, 5))], "active_share_grade_b", "要比 A 级低"),
        ([Grade("A", Fraction(10))], "active_share_grade_a", "超出了范围"),
        ([Grade("A", Fraction(0))], "active_share_grade_a", "超出了范围"),
        ([Grade("A", Fraction(1)), Grade("C", Fraction(1, 2))], "active_share_grade_c", "要先填 B 级"),
    ],
)
def test_grades_fall_strictly_from_a_on(grades, field, words):
    with pytest.raises(Invalid) as refusal:
        check_grades(IndicatorCode.ACTIVE_SHARE, grades)
    assert refusal.value.field == field
    assert words in str(refusal.value.words)


def test_the_shipped_clauses_hold_the_mechanisms_the_indicators_and_the_themes():
    by_code = {clause.code: clause for clause in SHIPPED_CLAUSES}
    assert len(by_code) == len(SHIPPED_CLAUSES)
    titles = "".join(clause.title for clause in SHIPPED_CLAUSES)
    for mechanism in ("组织协调", "注册培训", "活动运行", "服务记录", "回馈激励"):
        assert mechanism in titles
    assert [clause.indicator for clause in SHIPPED_CLAUSES if clause.indicator] == list(IndicatorCode)
    for clause in SHIPPED_CLAUSES:
        check_clause(clause, [other for other in SHIPPED_CLAUSES if other is not clause])
        assert list(clause.wants) == [kind for kind in MaterialKind if kind in clause.wants]


@pytest.mark.parametrize(
    ("clause", "field"),
    [
        (Clause("", "标题", "", (MaterialKind.NOTE,)), "code"),
        (Clause("1.1", " ", "", (MaterialKind.NOTE,)), "title"),
        (Clause("1.1", "标题", "", ()), "wants"),
        (Clause("2.1", "标题", "", (MaterialKind.NOTE,)), "code"),
    ],
)
def test_a_clause_that_cannot_stand_is_refused_on_its_field(clause, field):
    with pytest.raises((Invalid, Conflict)) as refusal:
        check_clause(clause, [SHIPPED_CLAUSES[5]])
    assert refusal.value.field == field
