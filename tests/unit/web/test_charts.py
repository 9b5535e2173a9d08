"""Charts are valid pictures that say what they show, escape what they are given, and never carry a style."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from volunteer.web import charts

MONTHS = ["9 月", "10 月", "11 月"]


def parse(markup: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup))


def width_of(markup: Markup, style: str) -> float:
    return next(float(rect.get("width", "")) for rect in parse(markup) if rect.get("class") == style)


def test_a_sparkline_beside_its_number_is_silent_and_ends_in_a_dot() -> None:
    picture = parse(charts.sparkline([1, 2, 4]))
    assert picture.get("aria-hidden") == "true"
    dot = picture.find("circle")
    assert dot is not None
    assert (dot.get("cx"), dot.get("cy")) == ("101", "4")


def test_a_labelled_sparkline_is_an_image_with_that_name() -> None:
    picture = parse(charts.sparkline([1, 2], label="近一年上升"))
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "近一年上升")


def test_a_missing_month_breaks_the_line_instead_of_falling_to_zero() -> None:
    path = parse(charts.sparkline([1, 2, None, 3, 4])).find("path")
    assert path is not None
    assert re.sub(r"[\d. ]", "", path.get("d", "")) == "MLML"


def test_no_known_value_draws_no_sparkline() -> None:
    assert charts.sparkline([None, None]) == ""
    assert charts.sparkline([]) == ""


def test_equal_values_draw_a_level_line_in_the_middle() -> None:
    path = parse(charts.sparkline([5, 5])).find("path")
    assert path is not None
    assert path.get("d") == "M3 18L101 18"


def test_a_line_chart_is_named_and_shows_every_label_and_the_threshold() -> None:
    picture = charts.line_chart(
        [("全市", [60, None, 71])], MONTHS, 70, title="活跃率", desc="三个月", unit="%", threshold_label="门槛 70 %"
    )
    svg = parse(picture).find("svg")
    assert svg is not None
    assert svg.findtext("title") == "活跃率"
    assert svg.findtext("desc") == "三个月"
    texts = [text.text for text in svg.iter("text")]
    assert [text for text in texts if text in MONTHS] == MONTHS
    assert "门槛 70 %" in texts
    assert "全市" in texts
    assert "0%" in texts
    assert "80%" in texts


def test_names_are_escaped() -> None:
    picture = charts.line_chart([("<b>队", [1])], ["<i>"], title="a & b")
    assert "<b>" not in picture
    assert "&lt;b&gt;队" in picture
    assert parse(picture).findtext("svg/title") == "a & b"


def test_series_must_fit_the_labels() -> None:
    with pytest.raises(ValueError, match="one value per label"):
        charts.line_chart([("全市", [1, 2])], MONTHS, title="活跃率")


def test_names_of_lines_that_end_together_do_not_overlap() -> None:
    picture = parse(charts.line_chart([("甲", [5]), ("乙", [5]), ("丙", [5])], ["11 月"], title="三条"))[0]
    heights = sorted(
        float(text.get("y", "")) for text in picture.iter("text") if text.get("class") == "chart-series-label"
    )
    assert [later - sooner for sooner, later in pairwise(heights)] == [16, 16]


def test_a_year_of_days_shows_few_labels_and_always_the_last() -> None:
    labels = [str(day) for day in range(365)]
    picture = parse(charts.line_chart([("全市", [1.0] * 365)], labels, title="每天"))[0]
    shown = [text.text for text in picture.iter("text") if text.get("text-anchor") == "middle"]
    assert len(shown) <= 12
    assert shown[-1] == "364"


def test_a_bar_turns_met_exactly_at_its_threshold() -> None:
    assert width_of(charts.bar(10, 20, 10), "bar-met") == 50
    assert width_of(charts.bar(9.99, 20, 10), "bar-part") == 49.95


def test_a_bar_can_be_told_that_it_is_met_because_ratios_compare_as_integers() -> None:
    assert width_of(charts.bar(10, 20, 10, is_met=False), "bar-part") == 50


def test_a_bar_without_a_value_shows_only_track_and_threshold() -> None:
    picture = parse(charts.bar(None, 20, 10, label="暂无数据"))
    assert [part.get("class") for part in picture] == ["bar-track", "bar-threshold"]
    assert picture.get("aria-label") == "暂无数据"


@pytest.mark.parametrize(("value", "width"), [(-5, 0), (0, 0), (40, 100)])
def test_a_bar_never_leaves_its_track(value: float, width: float) -> None:
    assert width_of(charts.bar(value, 20), "bar-part") == width
    assert width_of(charts.bar(value, 0), "bar-part") == 0


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_ticks_start_at_zero_rise_evenly_and_cover_the_highest(highest: float) -> None:
    ticks = charts.round_ticks(highest)
    assert ticks[0] == 0
    assert ticks == sorted(ticks)
    assert ticks[-1] >= highest * (1 - 1e-6)
    assert 3 <= len(ticks) <= 6


def test_nothing_to_show_still_has_a_scale() -> None:
    assert charts.round_ticks(0) == [0, 1]


@given(st.lists(st.none() | st.floats(min_value=0, max_value=1e6), min_size=1, max_size=30))
def test_any_values_make_well_formed_pictures_without_styles(values: list[float | None]) -> None:
    labels = [str(index) for index in range(len(values))]
    for picture in (charts.line_chart([("全市", values)], labels, 10, title="图"), charts.sparkline(values)):
        assert "style" not in picture
        assert "nan" not in picture
        if picture:
            parse(picture)


def test_a_band_is_shaded_between_its_lows_and_highs_and_the_scale_holds_it() -> None:
    band = [None, (2.0, 3.0), (2.5, 40.0)]
    picture = parse(charts.line_chart([("预计", [None, 2, 3])], MONTHS, title="预计", band=band))
    shade = next(one for one in picture.iter() if one.get("class") == "chart-band")
    assert len((shade.get("points") or "").split()) == 4
    assert any((one.text or "").startswith("40") for one in picture.iter() if one.tag.endswith("text"))
    with pytest.raises(ValueError, match="one value per label"):
        charts.line_chart([("预计", [None, 2, 3])], MONTHS, title="预计", band=band[:2])


def test_a_phone_has_a_drawing_of_its_own_with_every_letter_inside_it() -> None:
    months = [f"{month} 月" for month in range(1, 12)] + ["11 月 22 日", "12 月"]
    values = [float(month) for month in range(13)]
    drawn = parse(charts.line_chart([("实际", values), ("预计", values)], months, 10, title="图", unit="%"))
    wide, phone = drawn
    assert [one.get("class") for one in drawn] == ["chart chart-wide", "chart chart-phone"]
    width = float(phone.get("viewBox", "").split()[2])
    for text in phone.iter("text"):
        x, room = float(text.get("x", "")), sum(13 if ord(letter) > 0x2E80 else 8 for letter in text.text or "")
        starts = {"middle": x - room / 2, "end": x - room}.get(text.get("text-anchor", ""), x)
        assert starts >= 0, text.text
        assert starts + room <= width, text.text
    names = [text.text for text in phone.iter("text") if text.get("class") == "chart-series-label"]
    assert names == ["实际", "预计"]
    assert sum(text.get("text-anchor") == "end" for text in wide.iter("text")) == sum(
        text.get("text-anchor") == "end" for text in phone.iter("text")
    )


def test_a_count_that_begins_anew_breaks_the_line_and_says_so():
    drawn = charts.line_chart([("", [20.0, 24.0, 2.0, 3.0])], list("abcd"), title="t", restart=(2, "1 月 1 日重新累计"))
    assert drawn.count("1 月 1 日重新累计") == 2  # for a wide page and for a phone
    assert [way.count("M") for way in ways(drawn, "chart-line")] == [2, 2]
    assert "L" not in ways(charts.sparkline([24.0, 2.0], restart=1), "sparkline-line")[0]


def ways(drawn: Markup, style: str) -> list[str]:
    return re.findall(f'class="{style}" d="([^"]+)"', drawn)
