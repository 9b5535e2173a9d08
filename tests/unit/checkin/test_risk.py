"""Who may not come: reasons to call somebody, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from volunteer.checkin.risk import Standing, doubts, weight

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def words(**known: object) -> list[str]:
    return [str(one) for one in doubts(Standing(**{"signed_up_at": NOW - DAY, **known}), NOW)]  # type: ignore[arg-type]


def test_nothing_speaks_against_somebody_who_always_came() -> None:
    assert words(places=7) == []


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"places": 5, "missed": 2}, "90 天里报了 5 次，有 2 次没签到也没取消"),
        ({"has_unread_change": True}, "活动有改动，还没看过"),
        ({"is_first_time": True}, "第一次参加"),
        ({"signed_up_at": NOW - 31 * DAY}, "31 天前报的名"),
    ],
)
def test_each_reason_is_said(known: dict[str, object], told: str) -> None:
    assert words(**known) == [told]


def test_thirty_days_are_not_yet_long_ago() -> None:
    assert words(signed_up_at=NOW - 30 * DAY) == []
    assert words(signed_up_at=NOW - 30 * DAY - timedelta(seconds=1)) == ["30 天前报的名"]


def test_all_reasons_come_the_weightiest_first() -> None:
    known = {"places": 1, "missed": 1, "has_unread_change": True, "signed_up_at": NOW - 40 * DAY}
    assert words(**known) == ["90 天里报了 1 次，有 1 次没签到也没取消", "活动有改动，还没看过", "40 天前报的名"]


def test_who_missed_the_larger_share_is_called_first_then_who_has_more_reasons() -> None:
    often = Standing(NOW, places=10, missed=5)
    always = Standing(NOW, places=1, missed=1)
    new = Standing(NOW, is_first_time=True)
    new_and_unread = Standing(NOW, is_first_time=True, has_unread_change=True)
    fine = Standing(NOW, places=3)
    people = [fine, new, often, new_and_unread, always]
    assert sorted(people, key=lambda one: weight(one, NOW), reverse=True) == [always, often, new_and_unread, new, fine]
