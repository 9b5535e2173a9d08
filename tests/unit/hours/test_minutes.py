"""From presence to minutes."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.shift_rules import Break, PlannedShift
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import (
    RULES_VERSION,
    Credit,
    Derivation,
    Interval,
    Moment,
    Source,
    clip,
    credit,
    credit_span,
    derivation_words,
    pair,
)
from volunteer.kernel.clock import LOCAL_ZONE


def at(text: str, day: int = 20) -> datetime:
    """Return a Shanghai wall time of November 2026 as an aware UTC moment: "14:00", "14:00:59"."""
    hour, minute, *second = (int(part) for part in text.split(":"))
    return datetime(2026, 11, day, hour, minute, *second, tzinfo=LOCAL_ZONE).astimezone(UTC)


def event(ordinal: int, when: datetime, method: Method = Method.VENUE_CODE, shift: str = "a") -> Moment:
    direction = Direction.IN if ordinal % 2 else Direction.OUT
    return Moment(ordinal, direction, method, when, shift)


AFTERNOON = PlannedShift(at("14:00"), at("16:00"))
NIGHT = PlannedShift(at("22:00"), at("2:00", 21))


def words_of(found: Credit) -> list[str]:
    return [str(derivation_words(row.derivation)) for row in found.days]


class TestPairing:
    def test_each_coming_is_paired_with_the_going_after_it(self) -> None:
        events = [event(4, at("16:00")), event(1, at("9:00")), event(3, at("14:00")), event(2, at("11:00"))]
        assert [(i.arrived.ordinal, i.left and i.left.ordinal) for i in pair(events)] == [(1, 2), (3, 4)]

    def test_a_forgotten_going_leaves_the_last_interval_open(self) -> None:
        [interval] = pair([event(1, at("14:00"))])
        assert interval.is_open
        assert not credit(interval, AFTERNOON).days

    def test_nothing_pairs_into_nothing(self) -> None:
        assert pair([]) == []

    def test_a_stretch_may_begin_in_the_middle_of_a_life(self) -> None:
        assert len(pair([event(7, at("14:00")), event(8, at("15:00"))])) == 1

    @pytest.mark.parametrize("ordinals", [(2,), (1, 3), (1, 2, 4), (1, 1)])
    def test_a_broken_sequence_is_not_paired(self, ordinals: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="presence"):
            pair([event(ordinal, at("14:00")) for ordinal in ordinals])

    def test_a_direction_against_its_ordinal_is_not_paired(self) -> None:
        with pytest.raises(ValueError, match="out of order"):
            pair([Moment(1, Direction.OUT, Method.VENUE_CODE, at("14:00"), "a")])

    def test_an_interval_over_two_shifts_is_not_paired(self) -> None:
        with pytest.raises(ValueError, match="two shifts"):
            pair([event(1, at("14:00"), shift="a"), event(2, at("15:00"), shift="b")])

    def test_an_interval_closed_by_the_system_credits_nothing(self) -> None:
        [interval] = pair([event(1, at("14:00")), event(2, at("17:00"), Method.AUTO_CLOSE)])
        assert interval.is_forgotten
        assert credit(interval, AFTERNOON) == Credit()

    @pytest.mark.parametrize(
        ("arrived", "left", "source"),
        [
            (Method.VENUE_CODE, Method.OFFLINE, Source.ORGANIZER_SCAN),
            (Method.VENUE_CODE, Method.MENDED, Source.POSTER),
            (Method.ORGANIZER_SCAN, Method.POSTER, Source.POSTER),
            (Method.POSTER, Method.PAPER, Source.PAPER),
            (Method.VENUE_CODE, Method.ORGANIZER_SCAN, Source.ORGANIZER_SCAN),
            (Method.PAPER, Method.VENUE_CODE, Source.PAPER),
            (Method.VENUE_CODE, Method.BY_HAND, Source.MANUAL),
            (Method.VENUE_CODE, Method.AUTO_CLOSE, Source.MANUAL),
            (Method.BY_HAND, Method.PAPER, Source.MANUAL),
        ],
    )
    def test_an_interval_is_proved_by_the_weaker_of_its_ends(
        self, arrived: Method, left: Method, source: Source
    ) -> None:
        assert Interval(event(1, at("14:00"), arrived), event(2, at("15:00"), left)).source is source

    @pytest.mark.parametrize("method", Method)
    def test_every_method_has_a_source(self, method: Method) -> None:
        assert Interval(event(1, at("14:00"), method)).source in Source


class TestCredit:
    def test_presence_beyond_the_plan_counts_to_the_plan(self) -> None:
        found = credit_span(at("14:00"), at("16:10"), AFTERNOON)
        assert found.minutes == 120
        assert words_of(found) == ["14:00–16:10 在场，计划到 16:00 → 120 分钟"]

    def test_coming_early_is_worth_nothing(self) -> None:
        found = credit_span(at("13:35"), at("15:00"), AFTERNOON)
        assert found.minutes == 60
        assert found.days[0].started_at == at("14:00")
        assert words_of(found) == ["13:35–15:00 在场，计划 14:00 开始 → 60 分钟"]

    def test_seconds_are_dropped_once_a_day(self) -> None:
        assert credit_span(at("14:00:01"), at("15:00:00"), AFTERNOON).minutes == 59
        assert credit_span(at("14:00:30"), at("15:00:30"), AFTERNOON).minutes == 60

    def test_less_than_a_minute_makes_no_row(self) -> None:
        assert credit_span(at("14:00"), at("14:00:59"), AFTERNOON).days == ()

    def test_presence_that_misses_the_plan_makes_no_row(self) -> None:
        assert credit_span(at("12:00"), at("13:59"), AFTERNOON).days == ()
        assert credit_span(at("16:00"), at("17:00"), AFTERNOON).days == ()

    def test_a_going_before_its_coming_makes_no_row(self) -> None:
        assert credit_span(at("15:00"), at("14:30"), AFTERNOON).days == ()

    def test_overstay_counts_only_when_the_organizer_extended_with_a_reason(self) -> None:
        silent = PlannedShift(at("14:00"), at("16:00"), extended_until=at("17:00"), extension_reason=" ")
        told = PlannedShift(at("14:00"), at("16:00"), extended_until=at("17:00"), extension_reason="雨停得晚")
        assert credit_span(at("14:00"), at("17:30"), silent).minutes == 120
        extended = credit_span(at("14:00"), at("17:30"), told)
        assert extended.minutes == 180
        assert words_of(extended) == ["14:00–17:30 在场，延长到 17:00 → 180 分钟"]

    def test_a_presence_over_midnight_becomes_a_row_a_day(self) -> None:
        found = credit_span(at("21:50"), at("1:30", 21), NIGHT)
        assert [(row.served_on, row.minutes) for row in found.days] == [
            (date(2026, 11, 20), 120),
            (date(2026, 11, 21), 90),
        ]
        assert found.minutes == 210
        assert words_of(found) == [
            "21:50–次日 1:30 在场，计划 22:00 开始，零点以前的部分 → 120 分钟",
            "21:50–次日 1:30 在场，计划 22:00 开始，零点以后的部分 → 90 分钟",
        ]

    def test_midnight_is_that_of_shanghai(self) -> None:
        morning = PlannedShift(at("7:00"), at("9:00"))
        assert len(credit_span(at("7:00"), at("9:00"), morning).days) == 1  # 8:00 here is midnight in UTC

    def test_a_stated_break_is_taken_off_by_the_clock(self) -> None:
        shift = PlannedShift(at("9:00"), at("17:00"), breaks=(Break(at("12:00"), at("13:00")),))
        assert credit_span(at("9:00"), at("17:00"), shift).minutes == 420
        assert credit_span(at("9:00"), at("12:30"), shift).minutes == 180
        assert credit_span(at("13:00"), at("17:00"), shift).minutes == 240
        assert words_of(credit_span(at("9:00"), at("12:30"), shift)) == ["9:00–12:30 在场，扣除休息 30 分钟 → 180 分钟"]

    def test_overlapping_breaks_are_taken_off_once(self) -> None:
        breaks = (Break(at("12:30"), at("13:00")), Break(at("12:00"), at("12:45")))
        assert credit_span(at("9:00"), at("17:00"), PlannedShift(at("9:00"), at("17:00"), breaks=breaks)).minutes == 420

    def test_a_break_given_in_minutes_lies_in_the_middle_of_the_plan(self) -> None:
        shift = PlannedShift(at("9:00"), at("17:00"), break_minutes=60)
        assert shift.rests == (Break(at("12:30"), at("13:30")),)
        assert credit_span(at("9:00"), at("17:00"), shift).minutes == 420
        assert credit_span(at("9:00"), at("12:00"), shift).minutes == 180

    def test_who_leaves_for_the_break_loses_it_once(self) -> None:
        shift = PlannedShift(at("9:00"), at("17:00"), break_minutes=60)
        halves = (credit_span(at("9:00"), at("12:30"), shift), credit_span(at("13:30"), at("17:00"), shift))
        assert sum(half.minutes for half in halves) == 420

    def test_a_presence_inside_the_break_makes_no_row(self) -> None:
        shift = PlannedShift(at("9:00"), at("17:00"), break_minutes=60)
        assert credit_span(at("12:40"), at("13:20"), shift).days == ()

    def test_every_row_carries_the_version_of_the_rules(self) -> None:
        stored = credit_span(at("14:00"), at("16:10"), AFTERNOON).days[0].derivation.to_json()
        assert stored["rules"] == RULES_VERSION
        assert stored["words"] == "14:00–16:10 在场，计划到 16:00 → 120 分钟"

    def test_a_derivation_survives_being_stored(self) -> None:
        for row in credit_span(at("21:50"), at("1:30", 21), NIGHT).days:
            assert Derivation.from_json(row.derivation.to_json()) == row.derivation


BASE = at("0:00")
seconds = st.integers(0, 3 * 86_400)


@st.composite
def shifts(draw: st.DrawFn) -> PlannedShift:
    starts_at = BASE + timedelta(minutes=draw(st.integers(0, 2 * 1440)))
    length = draw(st.integers(1, 16 * 60))
    extension = draw(st.integers(0, 120))
    return PlannedShift(
        starts_at,
        starts_at + timedelta(minutes=length),
        break_minutes=draw(st.integers(0, length - 1)),
        extended_until=starts_at + timedelta(minutes=length + extension),
        extension_reason=draw(st.sampled_from(["", "雨停得晚"])),
    )


@st.composite
def presences(draw: st.DrawFn) -> tuple[datetime, datetime]:
    one, other = sorted((draw(seconds), draw(seconds)))
    return BASE + timedelta(seconds=one), BASE + timedelta(seconds=other)


class TestPropertiesOfCredit:
    @given(presences(), shifts())
    def test_minutes_are_never_negative_and_never_more_than_planned_or_present(
        self, presence: tuple[datetime, datetime], shift: PlannedShift
    ) -> None:
        found = credit_span(*presence, shift)
        planned = shift.last_ends_at - shift.starts_at - timedelta(minutes=shift.break_minutes)
        assert all(row.minutes >= 1 for row in found.days)
        assert timedelta(minutes=found.minutes) <= min(planned, presence[1] - presence[0])

    @given(presences(), shifts())
    def test_rows_lie_in_their_day_one_after_another_and_hold_their_minutes(
        self, presence: tuple[datetime, datetime], shift: PlannedShift
    ) -> None:
        rows = credit_span(*presence, shift).days
        for row in rows:
            assert row.started_at.astimezone(LOCAL_ZONE).date() == row.served_on
            assert (row.ended_at - timedelta(microseconds=1)).astimezone(LOCAL_ZONE).date() == row.served_on
            assert timedelta(minutes=row.minutes) <= row.ended_at - row.started_at
        assert all(one.ended_at <= other.started_at for one, other in itertools.pairwise(rows))

    @given(presences(), shifts())
    def test_splitting_by_day_loses_less_than_a_minute_a_day(
        self, presence: tuple[datetime, datetime], shift: PlannedShift
    ) -> None:
        started_at, ended_at = clip(*presence, shift)
        rest = sum(
            (max(min(ended_at, rest.ends_at) - max(started_at, rest.starts_at), timedelta()) for rest in shift.rests),
            timedelta(),
        )
        lost = ended_at - started_at - rest - timedelta(minutes=credit_span(*presence, shift).minutes)
        assert timedelta() <= lost < timedelta(minutes=2)

    @given(presences(), shifts())
    def test_whole_minutes_split_at_midnight_without_loss(
        self, presence: tuple[datetime, datetime], shift: PlannedShift
    ) -> None:
        whole = [moment.replace(second=0) for moment in presence]
        started_at, ended_at = clip(whole[0], whole[1], shift)
        restless = PlannedShift(shift.starts_at, shift.last_ends_at)
        assert timedelta(minutes=credit_span(whole[0], whole[1], restless).minutes) == ended_at - started_at

    @given(presences(), shifts())
    def test_clipping_twice_is_clipping_once(self, presence: tuple[datetime, datetime], shift: PlannedShift) -> None:
        once = clip(*presence, shift)
        if once[0] < once[1]:
            assert clip(*once, shift) == once

    @given(presences(), shifts(), st.integers(0, 7200), st.integers(0, 7200))
    def test_being_present_longer_is_never_worth_less(
        self, presence: tuple[datetime, datetime], shift: PlannedShift, before: int, after: int
    ) -> None:
        longer = presence[0] - timedelta(seconds=before), presence[1] + timedelta(seconds=after)
        assert credit_span(*longer, shift).minutes >= credit_span(*presence, shift).minutes

    @given(presences(), shifts())
    def test_every_derivation_survives_being_stored(
        self, presence: tuple[datetime, datetime], shift: PlannedShift
    ) -> None:
        for row in credit_span(*presence, shift).days:
            assert Derivation.from_json(row.derivation.to_json()) == row.derivation
            assert str(derivation_words(row.derivation)).endswith(f" → {row.minutes} 分钟")
