from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.facts import Deltas, Total
from volunteer.metrics.rules import (
    INDICATORS,
    Figures,
    IndicatorCode,
    Measurement,
    Unit,
    figures,
    measure,
    rank,
    threshold_from,
    trend,
)

TENTH, SEVENTY, NINETY = Fraction(1, 10), Fraction(7, 10), Fraction(9, 10)
CITY = Figures(
    population=900_000, registered=90_000, active=63_000, minutes=135_000_000, supporting=900, valid_answers=1_000
)


def measured(code: IndicatorCode, counted: Figures, threshold: Fraction | None) -> Measurement:
    return measure(INDICATORS[code], counted, threshold)


def test_each_indicator_of_the_plan_is_declared_once_with_all_its_texts():
    assert list(INDICATORS) == list(IndicatorCode)
    for code, indicator in INDICATORS.items():
        assert indicator.code is code
        texts = [indicator.name, indicator.question, indicator.clause, indicator.formula, indicator.sentence]
        assert all([*texts, indicator.short_name, indicator.numerator_name, indicator.denominator_name])
        assert all([indicator.numerator_source, indicator.denominator_source, *indicator.left_out])
        assert indicator.left_out


@pytest.mark.parametrize(
    ("code", "threshold", "shown"),
    [
        (IndicatorCode.REGISTERED_SHARE, TENTH, "10.00%"),
        (IndicatorCode.ACTIVE_SHARE, SEVENTY, "70.00%"),
        (IndicatorCode.HOURS_PER_HEAD, Fraction(25), "25.00"),
        (IndicatorCode.SUPPORT_SHARE, NINETY, "90.00%"),
    ],
)
def test_a_threshold_reached_exactly_is_met_and_leaves_no_gap(code, threshold, shown):
    found = measured(code, CITY, threshold)

    assert found.value == threshold
    assert found.is_met is True
    assert found.gap is None
    assert found.value_text == shown


@pytest.mark.parametrize(
    ("code", "threshold", "short", "shown", "gap"),
    [
        (IndicatorCode.REGISTERED_SHARE, TENTH, {"registered": 89_999}, "9.99%", "还差 1 人"),
        (IndicatorCode.REGISTERED_SHARE, TENTH, {"registered": 88_766}, "9.86%", "还差 1,234 人"),
        (IndicatorCode.ACTIVE_SHARE, SEVENTY, {"active": 62_999}, "69.99%", "还差 1 人"),
        (
            IndicatorCode.HOURS_PER_HEAD,
            Fraction(25),
            {"minutes": 134_999_999},
            "24.99",
            "还差 0.02 小时（人均还差 0.01 小时）",
        ),
        (
            IndicatorCode.HOURS_PER_HEAD,
            Fraction(25),
            {"registered": 3_868, "minutes": 3_868 * 1_500 - 192_630},
            "24.16",
            "还差 3,210.50 小时（人均还差 0.84 小时）",
        ),
        (IndicatorCode.SUPPORT_SHARE, NINETY, {"supporting": 888}, "88.80%", "比标准低 1.20 个百分点"),
    ],
)
def test_what_is_missing_is_said_in_words_people_use(code, threshold, short, shown, gap):
    found = measured(code, replace(CITY, **short), threshold)

    assert found.is_met is False
    assert found.value_text == shown
    assert str(found.gap) == gap


def test_half_a_person_short_is_a_person_short():
    found = measured(IndicatorCode.REGISTERED_SHARE, Figures(population=15, registered=1), TENTH)

    assert found.is_met is False
    assert str(found.gap) == "还差 1 人"


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.builds(Fraction, st.integers(1, 1_000_000), st.just(1_000_000)))
def test_the_gap_in_persons_is_exactly_what_would_meet_the_threshold(population, registered, threshold):
    counted = Figures(population=population, registered=registered)
    found = measured(IndicatorCode.REGISTERED_SHARE, counted, threshold)

    if found.gap is None:
        assert found.is_met
        assert registered * threshold.denominator >= population * threshold.numerator
    else:
        missing = int(found.gap.params["count"].replace(",", ""))
        enough, nearly = (replace(counted, registered=registered + more) for more in (missing, missing - 1))
        assert measured(IndicatorCode.REGISTERED_SHARE, enough, threshold).is_met
        assert not measured(IndicatorCode.REGISTERED_SHARE, nearly, threshold).is_met


@given(st.integers(1, 10**6), st.integers(0, 10**10))
def test_the_gap_in_hours_is_enough_when_served(registered, minutes):
    counted = Figures(registered=registered, minutes=minutes)
    found = measured(IndicatorCode.HOURS_PER_HEAD, counted, Fraction(25))

    if found.gap is None:
        assert minutes >= registered * 1_500
    else:
        served = Fraction(found.gap.params["hours"].replace(",", "")) * 60
        assert minutes + served >= registered * 1_500
        assert minutes + served - registered * 1_500 < 1


@pytest.mark.parametrize(
    ("code", "counted", "explanation"),
    [
        (IndicatorCode.REGISTERED_SHARE, Figures(registered=5), "还没有建成区常住人口数据"),
        (
            IndicatorCode.REGISTERED_SHARE,
            Figures(registered=5, population=100, missing_population_areas=1_203),
            "1,203 个社区没有常住人口数据，补齐后才能算",
        ),
        (IndicatorCode.REGISTERED_SHARE, Figures(registered=5, population=0), "建成区常住人口是 0，算不出比例"),
        (IndicatorCode.ACTIVE_SHARE, Figures(population=100), "还没有注册志愿者，算不出来"),
        (IndicatorCode.HOURS_PER_HEAD, Figures(population=100), "还没有注册志愿者，算不出来"),
        (IndicatorCode.SUPPORT_SHARE, Figures(), "还没有调查结果"),
        (IndicatorCode.SUPPORT_SHARE, Figures(supporting=0, valid_answers=0), "这次调查没有有效答卷，算不出支持率"),
    ],
)
def test_without_data_there_is_no_value_no_verdict_and_a_reason(code, counted, explanation):
    found = measured(code, counted, TENTH)

    assert (found.value, found.value_text, found.is_met, found.gap) == (None, None, None, None)
    assert str(found.explanation) == explanation


def test_a_missing_population_is_missing_and_never_nothing():
    found = measured(IndicatorCode.REGISTERED_SHARE, Figures(registered=5, missing_population_areas=2), TENTH)

    assert found.denominator is None
    assert found.denominator_text is None
    assert found.numerator_text == "5"


def test_nobody_registered_among_many_is_a_real_zero():
    found = measured(IndicatorCode.REGISTERED_SHARE, Figures(population=100), TENTH)

    assert (found.value, found.is_met, str(found.gap)) == (0, False, "还差 10 人")


@pytest.mark.parametrize("code", IndicatorCode)
def test_without_a_threshold_there_is_a_value_and_no_verdict(code):
    found = measured(code, CITY, None)

    assert found.value is not None
    assert (found.threshold_text, found.is_met, found.gap) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "explanation"),
    [
        (IndicatorCode.REGISTERED_SHARE, "注册志愿者 90,000 人 ÷ 建成区常住人口 900,000 人 = 10.00%"),
        (IndicatorCode.ACTIVE_SHARE, "参加过活动的 63,000 人 ÷ 注册志愿者 90,000 人 = 70.00%"),
        (IndicatorCode.HOURS_PER_HEAD, "有效服务 2,250,000 小时 ÷ 注册志愿者 90,000 人 = 人均 25.00 小时"),
        (IndicatorCode.SUPPORT_SHARE, "支持的答卷 900 份 ÷ 有效答卷 1,000 份 = 90.00%"),
    ],
)
def test_every_value_explains_itself(code, explanation):
    assert str(measured(code, CITY, None).explanation) == explanation


def test_a_threshold_is_shown_as_the_edition_writes_it():
    assert measured(IndicatorCode.REGISTERED_SHARE, CITY, Fraction(5, 8)).threshold_text == "62.5%"
    assert measured(IndicatorCode.HOURS_PER_HEAD, CITY, Fraction(25)).threshold_text == "25"


def test_figures_take_the_window_and_total_that_were_chosen():
    facts = Deltas(90, 1, 2, 3, 4, 10, 20, 30, 40)

    assert figures(facts, WindowKind.CALENDAR_YEAR, Total.STRICT, population=900) == Figures(
        population=900, registered=90, active=1, minutes=10
    )
    assert figures(facts, WindowKind.MATERIAL, Total.INCLUSIVE, supporting=1, valid_answers=2) == Figures(
        registered=90, active=4, minutes=40, supporting=1, valid_answers=2
    )


@pytest.mark.parametrize(
    ("unit", "typed", "stored"),
    [
        (Unit.PERCENT, "10", Fraction(1, 10)),
        (Unit.PERCENT, "62.5", Fraction(5, 8)),
        (Unit.PERCENT, "100", Fraction(1)),
        (Unit.PERCENT, "0.0001", Fraction(1, 1_000_000)),
        (Unit.HOURS, "25", Fraction(25)),
        (Unit.HOURS, "8784", Fraction(8784)),
    ],
)
def test_a_threshold_is_kept_exactly_as_typed(unit, typed, stored):
    kept = threshold_from(unit, Decimal(typed))

    assert kept == stored
    assert unit.threshold_text(kept).removesuffix("%") == typed


@pytest.mark.parametrize(
    ("unit", "typed", "words"),
    [
        (Unit.PERCENT, "1000", "标准要大于 0%，不超过 100%"),
        (Unit.PERCENT, "100.0001", "标准要大于 0%，不超过 100%"),
        (Unit.PERCENT, "0", "标准要大于 0%，不超过 100%"),
        (Unit.PERCENT, "-10", "标准要大于 0%，不超过 100%"),
        (Unit.PERCENT, "NaN", "标准要大于 0%，不超过 100%"),
        (Unit.HOURS, "8784.5", "标准要大于 0 小时，不超过 8,784 小时"),
        (Unit.HOURS, "Infinity", "标准要大于 0 小时，不超过 8,784 小时"),
        (Unit.PERCENT, "10.00001", "标准最多填四位小数"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused_on_its_field(unit, typed, words):
    with pytest.raises(Invalid) as refusal:
        threshold_from(unit, Decimal(typed), field="active_share")

    assert refusal.value.field == "active_share"
    assert str(refusal.value.words) == words


def test_a_trend_measures_each_day_in_order_of_time():
    series = [
        (date(2026, 2, 28), replace(CITY, registered=90_000)),
        (date(2026, 1, 31), replace(CITY, registered=45_000)),
    ]

    points = trend(INDICATORS[IndicatorCode.REGISTERED_SHARE], series, TENTH)

    assert [(point.day, point.measurement.value_text, point.measurement.is_met) for point in points] == [
        (date(2026, 1, 31), "5.00%", False),
        (date(2026, 2, 28), "10.00%", True),
    ]


def test_equal_values_share_a_place_and_areas_without_data_have_none():
    places = rank(
        {"樊城": Fraction(1, 2), "新区": None, "襄城": Fraction(2, 4), "襄州": Fraction(9, 10), "东津": Fraction(1, 3)}
    )

    assert places == {"襄州": 1, "樊城": 2, "襄城": 2, "东津": 4, "新区": None}
    assert list(places) == ["襄州", "樊城", "襄城", "东津", "新区"]


def test_nothing_to_rank_is_no_ranking():
    assert rank({}) == {}


def test_in_a_cell_hours_are_missing_by_head_and_persons_as_ever():
    half = replace(CITY, active=1, minutes=135_000_000 // 2)

    assert str(measured(IndicatorCode.HOURS_PER_HEAD, half, Fraction(25)).short_gap) == "人均还差 12.50 小时"
    assert str(measured(IndicatorCode.ACTIVE_SHARE, half, SEVENTY).short_gap) == "还差 62,999 人"
    assert measured(IndicatorCode.HOURS_PER_HEAD, CITY, Fraction(25)).short_gap is None


def test_a_self_test_says_so_and_few_answers_get_an_interval_without_a_verdict():
    indicator = INDICATORS[IndicatorCode.SUPPORT_SHARE]
    three = measure(indicator, Figures(supporting=3, valid_answers=3, is_self_test=True), Fraction(9, 10))
    assert (three.value_text, three.is_met, three.gap) == ("100.00%", None, None)
    assert str(three.interval_words) == "95% 的把握在 43.85% 到 100.00% 之间"
    too_few = "样本太少（95% 的把握在 43.85% 到 100.00% 之间），不判断是否达标"
    assert [str(words) for words in three.remarks] == ["自测（不作正式依据）", too_few]
    thirty = measure(indicator, Figures(supporting=27, valid_answers=30), Fraction(9, 10))
    assert (thirty.is_met, thirty.remarks) == (True, ())
