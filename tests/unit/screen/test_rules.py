"""The wall's sentence, in all its cases."""

from fractions import Fraction

import pytest

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.rules import Verdict
from volunteer.kernel.text import Words
from volunteer.metrics.ranking import subject, weakest
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, measure
from volunteer.screen.rules import Mark, Outlook, caveats, detail, headline, lagging, mark, short_name

THRESHOLDS = dict(zip(INDICATORS, (Fraction(1, 10), Fraction(7, 10), Fraction(25), Fraction(9, 10)), strict=True))
ALL_MET = Figures(
    population=10_000, registered=2_000, active=1_500, minutes=2_000 * 60 * 30, supporting=95, valid_answers=100
)
NOTHING = Figures()


def measured(figures: Figures, *, judged: bool = True) -> list[Measurement]:
    return [measure(one, figures, THRESHOLDS[code] if judged else None) for code, one in INDICATORS.items()]


def changed(**values: int | bool | None) -> list[Measurement]:
    base = {name: getattr(ALL_MET, name) for name in ALL_MET.__slots__}
    return measured(Figures(**{**base, **values}))


@pytest.mark.parametrize(
    "found, words",
    [
        (measured(ALL_MET), "全市志愿服务四项指标，全部达标"),
        (changed(active=1_300), "全市志愿服务四项指标，三项达标，一项未达标"),
        (changed(active=1_300, minutes=60), "全市志愿服务四项指标，两项达标，两项未达标"),
        (changed(registered=900, active=1, minutes=60, supporting=1), "全市志愿服务四项指标，都还没有达标"),
        (changed(valid_answers=None, supporting=None), "全市志愿服务四项指标，三项达标，一项还没有结论"),
        (
            changed(valid_answers=None, supporting=None, active=1),
            "全市志愿服务四项指标，两项达标，一项未达标，一项还没有结论",
        ),
        (
            changed(population=None, registered=900, active=1, minutes=1, supporting=1),
            "全市志愿服务四项指标，三项未达标，一项还没有结论",
        ),
        (measured(NOTHING), "全市志愿服务四项指标，都还没有数据"),
        (measured(ALL_MET, judged=False), "全市志愿服务四项指标，现在都还没有结论"),
        (changed(is_self_test=True), "全市志愿服务四项指标，三项达标，一项还没有结论"),
        (changed(supporting=19, valid_answers=20), "全市志愿服务四项指标，三项达标，一项还没有结论"),
    ],
)
def test_the_headline_counts_what_is_met(found: list[Measurement], words: str):
    assert str(headline(AreaLevel.CITY, "襄阳市", found)) == words


def test_an_area_below_the_city_is_called_by_its_name():
    assert str(headline(AreaLevel.DISTRICT, "樊城区", measured(ALL_MET))).startswith("樊城区志愿服务四项指标")


def test_the_weakest_is_farthest_below_as_a_part_of_its_threshold():
    found = changed(active=1_300, minutes=2_000 * 60 * 20)
    worst = weakest(found)
    assert worst is not None
    assert worst.indicator.code is IndicatorCode.HOURS_PER_HEAD
    assert subject(dict(zip(INDICATORS, found, strict=True))) is IndicatorCode.HOURS_PER_HEAD


HOURS_SHORT = "差得最多的是人均服务时间 20.00 小时，现在人均还差 5.00 小时"
BEHIND = changed(active=1_390, minutes=2_000 * 60 * 20)


@pytest.mark.parametrize(
    "found, outlook, words",
    [
        (changed(active=1_248), None, "参加活动占比 62.40%，现在还差 152 人"),
        (
            changed(active=1_248),
            Outlook(Fraction(689, 1000), Verdict.WILL_MISS, Words("还差 22 人")),
            "参加活动占比 62.40%，现在还差 152 人，照现在的势头年底到 68.90%，到时还差 22 人",
        ),
        (BEHIND, None, HOURS_SHORT),
        (
            BEHIND,
            Outlook(Fraction(24), Verdict.WILL_MISS, Words("人均还差 1.00 小时")),
            f"{HOURS_SHORT}，照现在的势头年底到 24.00 小时，到时人均还差 1.00 小时",
        ),
        (
            BEHIND,
            Outlook(Fraction(2507, 100), Verdict.OPEN),
            f"{HOURS_SHORT}，照现在的势头年底到 25.07 小时左右，能不能达标看不准",
        ),
        (
            BEHIND,
            Outlook(Fraction(2492, 100), Verdict.OPEN, Words("人均还差 0.08 小时")),
            f"{HOURS_SHORT}，照现在的势头年底到 24.92 小时左右，能不能达标看不准",
        ),
        (
            BEHIND,
            Outlook(Fraction(27), Verdict.WILL_MEET),
            f"{HOURS_SHORT}，照现在的势头年底到 27.00 小时，可望达标",
        ),
        (BEHIND, Outlook(Fraction(24), Verdict.NONE), f"{HOURS_SHORT}，照现在的势头年底到 24.00 小时"),
    ],
)
def test_the_second_line_tells_of_the_weakest_and_where_it_goes(
    found: list[Measurement], outlook: Outlook | None, words: str
):
    assert str(detail(found, outlook)) == words


@pytest.mark.parametrize("found", [measured(ALL_MET), measured(NOTHING), measured(ALL_MET, judged=False)])
def test_where_nothing_is_below_its_threshold_there_is_no_second_line(found: list[Measurement]):
    assert detail(found, Outlook(Fraction(1), Verdict.NONE)) is None


def test_a_self_test_and_too_few_answers_are_said():
    told = [str(words) for words in caveats(changed(is_self_test=True))]
    assert told == ["支持率自测 95.00%，不作正式依据"]
    assert len(caveats(changed(is_self_test=True, supporting=3, valid_answers=3))) == 2
    assert caveats(measured(ALL_MET)) == []


def test_each_mark_has_its_case():
    assert [mark(one) for one in changed(active=1, valid_answers=None)][1::2] == [Mark.SHORT, Mark.NO_DATA]
    assert mark(measured(ALL_MET)[0]) is Mark.MET
    assert mark(measured(ALL_MET, judged=False)[0]) is Mark.NO_VERDICT


def share(active: int, registered: int = 100) -> Measurement:
    return measure(
        INDICATORS[IndicatorCode.ACTIVE_SHARE], Figures(active=active, registered=registered), Fraction(7, 10)
    )


def test_those_behind_are_the_three_lowest_below_the_threshold_with_enough_people():
    rows = {"a": share(50), "b": share(20), "c": share(70), "d": share(60), "e": share(40), "f": share(0, 29)}
    registered = dict.fromkeys(rows, 100) | {"f": 29}
    assert lagging(rows.items(), registered) == ["b", "e", "a"]
    assert lagging({"b": share(20).hidden(), "c": share(70)}.items(), registered) == []


@pytest.mark.parametrize(
    "name, short",
    [("新街社区居委会", "新街社区"), ("高庄村委会", "高庄村"), ("汉江街道", "汉江街道"), ("前进村民委员会", "前进村")],
)
def test_on_the_wall_a_community_is_called_without_its_committee(name: str, short: str):
    assert short_name(name) == short
