"""Stars: the scale as it is typed and as it holds, and what effective minutes change about the stars that stand."""

from datetime import date

import pytest

from volunteer.hours.rules import StarAct
from volunteer.hours.star_rules import (
    DEFAULT_SCALE,
    STAR_LABELS,
    Scale,
    check_begin,
    next_star,
    scale_on,
    star_changes,
    typed_hours,
)
from volunteer.kernel.errors import Invalid

GRANTED, REVOKED = StarAct.GRANTED, StarAct.REVOKED


def changes(standing: dict[int, int], hours: float, scale: Scale = DEFAULT_SCALE) -> list[tuple[StarAct, int, int]]:
    found = star_changes(standing, int(hours * 60), scale)
    return [(one.act, one.level, one.hours) for one in found]


class TestTypedScale:
    @pytest.mark.parametrize(
        ("text", "hours"),
        [
            ("100 300 600", (100, 300, 600)),
            (" 1，2、3 ", (1, 2, 3)),
            ("１００ ３００", (100, 300)),
            ("100000", (100000,)),
            ("1 2 3 4 5 6 7 8 9", tuple(range(1, 10))),
        ],
    )
    def test_is_read_as_people_write_it(self, text: str, hours: tuple[int, ...]) -> None:
        assert typed_hours(text) == hours

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "请填各星级的小时数"),
            ("，、", "请填各星级的小时数"),
            ("100 百 300", "“百”不是整数"),
            ("1.5", "“1.5”不是整数"),
            ("-1 5", "“-1”不是整数"),
            ("0 5", "一星志愿者要 1 到 100000 小时"),
            ("5 100001", "二星志愿者要 1 到 100000 小时"),
            ("1e9", "不是整数"),
            ("300 300", "二星志愿者的 300 小时要比前一个星级的 300 多"),
            ("100 600 300", "三星志愿者的 300 小时要比前一个星级的 600 多"),
            ("1 2 3 4 5 6 7 8 9 10", "最多 9 个星级，现在是 10 个"),
        ],
    )
    def test_says_what_is_wrong(self, text: str, words: str) -> None:
        with pytest.raises(Invalid) as refused:
            typed_hours(text)
        assert words in str(refused.value.words)
        assert refused.value.field == "hours"

    def test_begins_on_a_future_day(self) -> None:
        today = date(2026, 11, 22)
        check_begin(date(2026, 11, 23), today)
        for wrong in (today, date(2020, 1, 1), date(9999, 12, 31)):
            with pytest.raises(Invalid):
                check_begin(wrong, today)

    def test_has_a_name_for_every_level(self) -> None:
        assert len(STAR_LABELS) == len(set(STAR_LABELS)) == 9


class TestScaleInForce:
    def test_is_the_usual_one_until_another_begins(self) -> None:
        later = Scale((50,), date(2027, 1, 1))
        assert scale_on([later], date(2026, 12, 31)) == DEFAULT_SCALE
        assert scale_on([later], date(2027, 1, 1)) == later

    def test_is_the_latest_that_has_begun_and_of_one_day_the_last_set(self) -> None:
        first, second = Scale((50,), date(2027, 1, 1)), Scale((60,), date(2027, 1, 1))
        early = Scale((40,), date(2026, 1, 1))
        assert scale_on([first, second, early], date(2027, 2, 1)) == second


class TestChanges:
    def test_grant_each_level_once(self) -> None:
        assert changes({}, 99.9) == []
        assert changes({}, 100) == [(GRANTED, 1, 100)]
        assert changes({}, 650) == [(GRANTED, 1, 100), (GRANTED, 2, 300), (GRANTED, 3, 600)]
        assert changes({1: 100, 2: 300, 3: 600}, 650) == []

    def test_revoke_what_a_reversal_took_the_highest_first(self) -> None:
        assert changes({1: 100, 2: 300, 3: 600}, 299) == [(REVOKED, 3, 600), (REVOKED, 2, 300)]
        assert changes({1: 100}, 0) == [(REVOKED, 1, 100)]

    def test_a_higher_scale_takes_nothing(self) -> None:
        higher = Scale((200, 400), date(2027, 1, 1))
        assert changes({1: 100}, 150, higher) == []
        assert changes({1: 100}, 99, higher) == [(REVOKED, 1, 100)]

    def test_a_lower_scale_gives_more_and_keeps_what_it_covers(self) -> None:
        lower = Scale((50, 150), date(2027, 1, 1))
        assert changes({1: 100}, 160, lower) == [(GRANTED, 2, 150)]
        assert changes({1: 100}, 60, lower) == []

    def test_a_shorter_scale_keeps_the_levels_above_it(self) -> None:
        assert changes({1: 100, 2: 300}, 300, Scale((100,), date(2027, 1, 1))) == []

    def test_all_levels_below_a_standing_one_stand(self) -> None:
        assert changes({1: 100, 2: 60}, 80) == []


class TestNextStar:
    def test_is_the_first_that_is_missing(self) -> None:
        found = next_star(90 * 60, DEFAULT_SCALE, 0)
        assert found is not None
        assert (found.level, found.minutes) == (1, 600)

    def test_comes_after_those_kept_from_another_scale(self) -> None:
        found = next_star(150 * 60, Scale((200, 400)), 1)
        assert found is not None
        assert (found.level, found.minutes) == (2, 250 * 60)

    def test_is_none_with_all_of_them(self) -> None:
        assert next_star(1500 * 60, DEFAULT_SCALE, 5) is None
        assert next_star(10, Scale((5,)), 3) is None
