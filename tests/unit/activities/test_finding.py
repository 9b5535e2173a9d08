"""Which days a reader means, what can be done about a shift, and how a copy moves ahead."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.change_rules import Change
from volunteer.activities.finding_rules import When, days_meant
from volunteer.activities.publishing_rules import NotReady
from volunteer.activities.shift_rules import (
    PlannedShift,
    ShiftPhase,
    ShiftStatus,
    check_shape,
    shift_phase,
    weeks_ahead,
)
from volunteer.kernel.errors import Invalid

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SATURDAY, SUNDAY = date(2026, 11, 21), date(2026, 11, 22)


class TestDaysMeant:
    @pytest.mark.parametrize(
        ("when", "today", "days"),
        [
            (When.ANY, SATURDAY, None),
            (When.TODAY, SATURDAY, (SATURDAY, SATURDAY)),
            (When.WEEK, date(2026, 11, 18), (date(2026, 11, 18), SUNDAY)),
            (When.WEEKEND, date(2026, 11, 16), (SATURDAY, SUNDAY)),
            (When.WEEKEND, SUNDAY, (SUNDAY, SUNDAY)),
            (When.DAY, SATURDAY, None),
        ],
    )
    def test_a_week_ends_on_sunday(self, when: When, today: date, days: tuple[date, date] | None) -> None:
        assert days_meant(when, today) == days

    def test_a_chosen_day_is_that_day(self) -> None:
        assert days_meant(When.DAY, SATURDAY, SUNDAY) == (SUNDAY, SUNDAY)

    @given(st.sampled_from(When), st.dates(date(2000, 1, 1), date(2199, 1, 1)))
    def test_nothing_lies_before_today(self, when: When, today: date) -> None:
        days = days_meant(when, today)
        assert days is None or today <= days[0] <= days[1] <= today + timedelta(days=6)


class TestPhase:
    plan = PlannedShift(NOW, NOW + 2 * HOUR)

    @pytest.mark.parametrize(
        ("status", "free", "now", "phase"),
        [
            (ShiftStatus.OPEN, 1, NOW - HOUR, ShiftPhase.OPEN),
            (ShiftStatus.OPEN, 0, NOW - HOUR, ShiftPhase.FULL),
            (ShiftStatus.CLOSED, 1, NOW - HOUR, ShiftPhase.CLOSED),
            (ShiftStatus.OPEN, 1, NOW, ShiftPhase.RUNNING),
            (ShiftStatus.CLOSED, 1, NOW + HOUR, ShiftPhase.RUNNING),
            (ShiftStatus.OPEN, 1, NOW + 2 * HOUR, ShiftPhase.OVER),
            (ShiftStatus.CANCELLED, 1, NOW - HOUR, ShiftPhase.CANCELLED),
        ],
    )
    def test_follows_the_clock(self, status: ShiftStatus, free: int, now: datetime, phase: ShiftPhase) -> None:
        assert shift_phase(status, self.plan, free, now) is phase

    def test_an_extension_keeps_it_running(self) -> None:
        longer = PlannedShift(NOW, NOW + HOUR, 0, (), NOW + 3 * HOUR, "人手不够")
        assert shift_phase(ShiftStatus.OPEN, longer, 1, NOW + 2 * HOUR) is ShiftPhase.RUNNING


class TestCopies:
    @given(st.timedeltas(timedelta(days=-3000), timedelta(days=300)))
    def test_lie_ahead_on_the_same_weekday_and_hour(self, distance: timedelta) -> None:
        starts_at = NOW + distance
        moved = starts_at + weeks_ahead(starts_at, NOW)
        assert moved > NOW
        assert (moved - starts_at) % timedelta(weeks=1) == timedelta(0)
        assert moved - max(starts_at, NOW) <= timedelta(weeks=1)


def test_a_draft_may_lie_in_the_past_but_must_be_a_shift() -> None:
    check_shape(PlannedShift(NOW - 9 * HOUR, NOW - 7 * HOUR), 3)
    for plan, capacity in [
        (PlannedShift(NOW, NOW - HOUR), 3),
        (PlannedShift(NOW, NOW + timedelta(days=10)), 3),
        (PlannedShift(NOW, NOW + HOUR), 0),
        (PlannedShift(NOW, NOW + HOUR), -1),
        (PlannedShift(NOW, NOW + HOUR, 60), 3),
        (PlannedShift(NOW, NOW + HOUR, -1), 3),
    ]:
        with pytest.raises(Invalid):
            check_shape(plan, capacity)


def test_several_problems_travel_as_one() -> None:
    several = NotReady([Invalid("名额至少 1 人", field="capacity"), Invalid("请写地点", field="place")])
    assert several.field == "capacity"
    assert [problem.field for problem in several.problems] == ["capacity", "place"]


def test_what_happens_to_a_shift_is_said_in_words() -> None:
    assert str(Change("cancelled", "", "下雨").words(NOW)) == "这个班次取消了：下雨"
    until = Change("extended_until", NOW.isoformat(), (NOW + HOUR).isoformat())
    assert str(until.words(NOW)) == "这个班次延长到 今天 10:00"
