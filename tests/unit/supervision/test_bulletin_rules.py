"""Bulletins: exact scores, places that are shared, and what is not shown."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import Words
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, measure
from volunteer.supervision.bulletin_documents import BulletinFacts, bulletin_table, draw_bulletin
from volunteer.supervision.bulletin_rules import Content, OrderCounts, check_month, last_month
from volunteer.supervision.bulletin_words import formula, why_lagging
from volunteer.supervision.scores import (
    USUAL_WEIGHTS,
    Part,
    Row,
    Weights,
    achievement,
    check_weights,
    improvement_of,
    made_up,
    ranked,
    score_of,
    scored,
)
from volunteer.web.assets import document_fonts

SHARES = st.fractions(min_value=0, max_value=2)


def part(code: IndicatorCode, reached: Fraction | None, people: int = 100, active: int = 50) -> Part:
    numerator = {IndicatorCode.REGISTERED_SHARE: people, IndicatorCode.ACTIVE_SHARE: active}.get(code, 600)
    is_met = None if reached is None else reached >= 1
    return Part(code, numerator, people, reached, reached, is_met, None if is_met else Words("还差 3 人"))


def row(code: str, *reached: Fraction | None, people: int = 100, active: int = 50, place: int | None = None) -> Row:
    values = (*reached, *[None] * (4 - len(reached)))
    parts = {one: part(one, value, people, active) for one, value in zip(IndicatorCode, values, strict=True)}
    score = score_of(parts, None, USUAL_WEIGHTS)
    return Row(code, f"{code}街道", AreaLevel.STREET, "樊城区", parts, None, score, place)


HALF = Fraction(1, 2)


def test_a_threshold_that_is_just_reached_is_full_and_just_missed_is_not() -> None:
    assert achievement(Fraction(90_000, 900_000), Fraction(1, 10)) == 1
    assert achievement(Fraction(89_999, 900_000), Fraction(1, 10)) == Fraction(89_999, 90_000)


@given(SHARES, SHARES)
def test_a_part_is_never_above_full_nor_below_none(value: Fraction, before: Fraction) -> None:
    reached = achievement(value, Fraction(1))
    assert 0 <= reached <= 1
    assert 0 <= made_up(reached, achievement(before, Fraction(1))) <= 1


def test_improvement_is_what_was_made_up_for_of_what_was_missing() -> None:
    assert made_up(Fraction(3, 4), HALF) == HALF
    assert made_up(Fraction(1), Fraction(1)) == 1
    assert made_up(HALF, Fraction(1)) == 0
    assert made_up(Fraction(1, 4), HALF) == 0
    assert improvement_of(row("a", HALF, HALF, HALF).parts, None, USUAL_WEIGHTS) is None


def test_scores_are_exact_and_scaled_to_what_has_data() -> None:
    full = row("a", Fraction(1), Fraction(1), Fraction(1), Fraction(1))
    assert full.score == 100
    assert row("b", HALF, Fraction(1), Fraction(1)).score == Fraction(250, 3)
    assert row("c", None, Fraction(1), Fraction(1)).score is None
    assert "常住人口" in str(row("c", None, Fraction(1), Fraction(1)).why_not_ranked)
    assert score_of(full.parts, Fraction(0), USUAL_WEIGHTS) == 90


def test_equal_scores_share_a_place_and_movement_is_against_last_month() -> None:
    rows = [row("a", HALF, HALF, HALF), row("b", Fraction(1), HALF, HALF), row("c", HALF, HALF, HALF), row("d")]
    found = ranked(rows, {"a": 1, "b": 3, "d": 2})
    assert [(one.code, one.place, one.moved) for one in found] == [
        ("b", 1, 2),
        ("a", 2, -1),
        ("c", 2, None),
        ("d", None, None),
    ]


@pytest.mark.parametrize(
    "points",
    [
        (25, 25, 25, 15, 9),
        (25, 25, 25, 15, 11),
        (-5, 30, 30, 30, 15),
        (101, 0, 0, 0, -1),
        (0, 0, 0, 90, 10),
    ],
)
def test_weights_that_make_no_score_are_refused(points: tuple[int, ...]) -> None:
    weights = Weights(dict(zip(IndicatorCode, points[:4], strict=True)), points[4])
    with pytest.raises(Invalid):
        check_weights(weights)
    check_weights(USUAL_WEIGHTS)


def test_only_a_month_that_is_over_has_a_bulletin() -> None:
    assert check_month(date(2026, 10, 17), date(2026, 11, 1)) == date(2026, 10, 1)
    with pytest.raises(Invalid):
        check_month(date(2026, 10, 1), date(2026, 10, 31))
    assert last_month(date(2026, 1, 1)) == date(2025, 12, 1)


def test_a_row_that_hides_something_tells_nothing_by_its_score() -> None:
    whole = row("a", HALF, HALF, HALF)
    few = replace(whole, parts={code: one.hidden() for code, one in whole.parts.items() if code in _OF_ACTIVE})
    few = replace(few, code="b", parts={**whole.parts, **few.parts})
    shown, hidden = ranked([scored(one, whole.parts, USUAL_WEIGHTS) for one in (few, whole)], {"a": 1, "b": 1})
    assert shown.place == 1
    assert (hidden.score, hidden.improvement, hidden.place, hidden.moved) == (None, None, None, None)
    assert str(hidden.why_not_ranked) == "人数太少"
    assert [hidden.parts[code].value_text for code in _OF_ACTIVE] == ["*", "*"]
    # Nor does it when what is hidden weighs nothing, or all.
    for points in ((100, 0, 0, 0), (0, 100, 0, 0)):
        weights = Weights(dict(zip(IndicatorCode, points, strict=True)), 0)
        assert scored(few, None, weights).score is None
        assert scored(whole, None, weights).score == 50


_OF_ACTIVE = (IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD)


def test_what_is_not_shown_leaves_nothing_to_be_kept() -> None:
    kept = part(IndicatorCode.ACTIVE_SHARE, HALF).hidden().to_json()
    assert {name: value for name, value in kept.items() if value is not None} == {"is_small": True}


def test_an_indicator_that_the_edition_does_not_ask_for_does_not_count() -> None:
    asked = USUAL_WEIGHTS.only([IndicatorCode.REGISTERED_SHARE, IndicatorCode.ACTIVE_SHARE])
    assert row("a", HALF, Fraction(1)).score is None
    assert score_of(row("a", HALF, Fraction(1)).parts, None, asked) == 75


def content(month: date = date(2026, 10, 1), count: int = 7) -> Content:
    streets = [row(f"s{number}", HALF, Fraction(number, 20), HALF) for number in range(count)]
    communities = [
        replace(row(f"c{number}", HALF, Fraction(number, 90), HALF), level=AreaLevel.COMMUNITY)
        for number in range(count * 12)
    ]
    whole = replace(row("w", Fraction(1), HALF, HALF, Fraction(1)), level=AreaLevel.DISTRICT, name="樊城区")
    return Content(
        area_code="420606",
        area_name="樊城区",
        level=AreaLevel.DISTRICT,
        month=month,
        first_on=date(month.year, 1, 1),
        edition="2017 版",
        thresholds=dict.fromkeys(IndicatorCode, "10%"),
        weights=USUAL_WEIGHTS,
        whole=whole,
        sentences=(Words("注册志愿者 %(people)s 人 ÷ 建成区常住人口 10 人", {"people": 1}),) * 4,
        groups={
            AreaLevel.STREET: tuple(ranked(streets, {})),
            AreaLevel.COMMUNITY: tuple(ranked(communities, {})),
        },
        orders=OrderCounts(sent=3, settled=1, overdue=1, still_open=2),
        compared_with="",
        figures_version=7,
        checkpoint_size=1200,
        made_at="2026-11-01T05:30:00+08:00",
    )


def test_what_is_kept_reads_back_the_same() -> None:
    first = content()
    assert Content.from_json(first.to_json()) == first


def test_the_formula_says_that_january_is_not_compared() -> None:
    assert any("12 月不可比" in str(one) for one in formula(content(date(2026, 1, 1))))
    assert not any("不可比" in str(one) for one in formula(content()))


def test_the_lagging_are_named_with_what_they_lack() -> None:
    last = content().lagging(AreaLevel.STREET)[0]
    assert last.code == "s0"
    assert "还差 3 人" in str(why_lagging(last))


def test_the_paper_is_the_same_each_time_and_its_table_goes_on() -> None:
    facts = BulletinFacts(
        content=content(),
        number="通报〔2026〕3 号",
        issuer="樊城区文明办",
        dated_on=date(2026, 11, 2),
        opening="",
        closing="",
        product_name="志愿台",
    )
    paper = draw_bulletin(facts, document_fonts())
    assert paper == draw_bulletin(facts, document_fonts())
    pages = [page.extract_text() for page in PdfReader(BytesIO(paper)).pages]
    assert all(f"{number} / {len(pages)}" in text for number, text in enumerate(pages, start=1))
    assert sum("名次" in text and "人均小时" in text for text in pages) >= 3
    table = bulletin_table(content(), title="通报", number="", speak=str)
    assert len(list(table.rows)) == 7 + 84


def test_a_self_test_and_too_small_a_sample_are_shown_and_not_scored() -> None:
    indicator = INDICATORS[IndicatorCode.SUPPORT_SHARE]
    official = Figures(supporting=95, valid_answers=100)
    kept = {
        name: Part.of(measure(indicator, figures, Fraction(9, 10)))
        for name, figures in (
            ("official", official),
            ("self-test", replace(official, is_self_test=True)),
            ("small", Figures(supporting=3, valid_answers=3)),
        )
    }
    assert (kept["official"].reached, kept["official"].is_met, kept["official"].value_text) == (1, True, "95.00%")
    assert (kept["self-test"].reached, kept["self-test"].is_met, kept["self-test"].value_text) == (
        None,
        None,
        "95.00% △",
    )
    assert (kept["small"].reached, kept["small"].is_met) == (None, None)
