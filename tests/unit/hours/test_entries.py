"""What stands between minutes and the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import (
    Interval,
    Moment,
    Source,
    is_strict,
)
from volunteer.hours.rules import (
    Cause,
    DayVerdict,
    EntryKind,
    EntryState,
    ProposalAct,
    ProposalState,
    cause_of,
    check_proposed_end,
    check_reason,
    check_typed_span,
    confirm_by,
    confirming_act,
    deadline_words,
    hours_text,
    judge_day,
    may_confirm,
    minutes_to_next_star,
    needs_evidence,
    needs_notice,
    next_state,
    notice_until,
    star_level,
)
from volunteer.kernel.errors import Conflict, Invalid

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
SHIFT = PlannedShift(START, START + timedelta(hours=2))
LATER = START + timedelta(days=1)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def interval(arrived: Method = Method.VENUE_CODE, left: Method = Method.VENUE_CODE) -> Interval:
    return Interval(
        Moment(1, Direction.IN, arrived, START, "a"), Moment(2, Direction.OUT, left, START + timedelta(hours=2), "a")
    )


class TestDay:
    @pytest.mark.parametrize(
        ("already", "new", "verdict"),
        [
            (0, 1, DayVerdict.EFFECTIVE),
            (0, 480, DayVerdict.EFFECTIVE),
            (400, 80, DayVerdict.EFFECTIVE),
            (0, 481, DayVerdict.SECOND_PERSON),
            (480, 1, DayVerdict.SECOND_PERSON),
            (0, 720, DayVerdict.SECOND_PERSON),
            (719, 1, DayVerdict.SECOND_PERSON),
            (0, 721, DayVerdict.REFUSED),
            (720, 1, DayVerdict.REFUSED),
        ],
    )
    def test_the_limits_of_a_day_are_exact(self, already: int, new: int, verdict: DayVerdict) -> None:
        assert judge_day(already, new).verdict is verdict

    def test_the_reason_says_the_total_and_the_limit(self) -> None:
        assert str(judge_day(480, 30).reason) == "当天共 8.50 小时，超过 8 小时，要第二个人确认"
        assert str(judge_day(700, 60).reason) == "当天共 12.66 小时，一天最多记 12 小时"

    @given(st.integers(0, 1440), st.integers(1, 960))
    def test_only_the_total_decides(self, already: int, new: int) -> None:
        assert judge_day(already, new).verdict is judge_day(0, already + new).verdict


class TestWhatIsAsked:
    def test_only_scans_are_strict(self) -> None:
        assert {source for source in Source if is_strict(source)} == {Source.SCAN, Source.ORGANIZER_SCAN}

    def test_a_scanned_short_day_needs_nobody(self) -> None:
        judgement = judge_day(0, 120)
        assert cause_of(interval(), judgement) is None

    def test_a_scanned_long_day_needs_a_second_person(self) -> None:
        judgement = judge_day(400, 120)
        assert cause_of(interval(), judgement) is Cause.LONG_DAY

    @pytest.mark.parametrize("arrived", Method)
    @pytest.mark.parametrize("left", Method)
    def test_what_no_scan_proves_needs_a_second_person(self, arrived: Method, left: Method) -> None:
        present = interval(arrived, left)
        is_seen = {arrived, left} != {Method.OFFLINE}
        assert (cause_of(present, judge_day(0, 1)) is None) == (is_strict(present.source) and is_seen)

    @pytest.mark.parametrize(
        ("arrived", "left", "cause"),
        [
            (Method.VENUE_CODE, Method.AUTO_CLOSE, Cause.FORGOTTEN_CHECK_OUT),
            (Method.BY_HAND, Method.AUTO_CLOSE, Cause.FORGOTTEN_BY_HAND),
            (Method.POSTER, Method.AUTO_CLOSE, Cause.FORGOTTEN_BY_HAND),
            (Method.POSTER, Method.VENUE_CODE, Cause.POSTER),
            (Method.POSTER, Method.BY_HAND, Cause.BY_HAND),
            (Method.VENUE_CODE, Method.BY_HAND, Cause.BY_HAND),
            (Method.BY_HAND, Method.ORGANIZER_SCAN, Cause.BY_HAND),
            (Method.BY_HAND, Method.BY_HAND, Cause.ALL_BY_HAND),
            (Method.PAPER, Method.BY_HAND, Cause.ALL_BY_HAND),
            (Method.VENUE_CODE, Method.PAPER, Cause.PAPER),
            (Method.OFFLINE, Method.OFFLINE, Cause.OFFLINE),
            (Method.OFFLINE, Method.AUTO_CLOSE, Cause.FORGOTTEN_CHECK_OUT),
            (Method.OFFLINE, Method.BY_HAND, Cause.BY_HAND),
        ],
    )
    def test_an_interval_that_waits_says_why(self, arrived: Method, left: Method, cause: Cause) -> None:
        assert cause_of(interval(arrived, left), judge_day(0, 120)) is cause
        assert cause_of(interval(arrived, left), judge_day(0, 120), is_cancelled=True) is Cause.CANCELLED_SHIFT

    @pytest.mark.parametrize("live", [Method.VENUE_CODE, Method.ORGANIZER_SCAN, Method.KIOSK, Method.TYPED_CODE])
    def test_one_scan_while_the_server_looks_on_is_enough(self, live: Method) -> None:
        assert cause_of(interval(live, Method.OFFLINE), judge_day(0, 120)) is None
        assert cause_of(interval(Method.OFFLINE, live), judge_day(0, 120)) is None

    def test_what_was_scanned_without_a_network_is_strict_and_not_shown_to_the_public_once_somebody_confirms(
        self,
    ) -> None:
        assert is_strict(interval(Method.OFFLINE, Method.OFFLINE).source)
        assert confirming_act(Cause.OFFLINE) is ProposalAct.CONFIRM
        assert not needs_evidence(Cause.OFFLINE)

    def test_scans_at_a_cancelled_shift_wait(self) -> None:
        assert cause_of(interval(), judge_day(0, 120), is_cancelled=True) is Cause.CANCELLED_SHIFT

    def test_a_doubt_asks_for_a_second_person_and_never_for_less(self) -> None:
        assert cause_of(interval(), judge_day(0, 120), is_doubted=True) is Cause.SIGNAL
        assert cause_of(interval(), judge_day(400, 120), is_doubted=True) is Cause.SIGNAL
        by_hand = interval(Method.BY_HAND, Method.BY_HAND)
        assert cause_of(by_hand, judge_day(0, 120), is_doubted=True) is Cause.ALL_BY_HAND

    def test_what_only_words_stand_behind_goes_on_public_notice(self) -> None:
        typed = {Cause.MANUAL, Cause.PAPER, Cause.IMPORT, Cause.CORRECTION}
        assert {cause for cause in Cause if needs_evidence(cause)} == typed
        noticed = {cause for cause in Cause if needs_notice(cause)}
        assert noticed == typed | {Cause.FORGOTTEN_BY_HAND, Cause.ALL_BY_HAND, Cause.CANCELLED_SHIFT}
        assert confirming_act(Cause.MANUAL) is ProposalAct.PUT_ON_NOTICE
        assert confirming_act(Cause.LONG_DAY) is ProposalAct.CONFIRM

    def test_a_notice_lasts_seven_days_counting_its_first(self) -> None:
        assert notice_until(date(2026, 11, 20)) == date(2026, 11, 26)

    def test_a_manual_entry_needs_reason_and_evidence(self) -> None:
        with pytest.raises(Invalid) as no_reason:
            check_reason(Cause.MANUAL, "  ", "签到表")
        with pytest.raises(Invalid) as no_evidence:
            check_reason(Cause.MANUAL, "平板没电", "")
        assert (no_reason.value.field, no_evidence.value.field) == ("reason", "evidence")
        check_reason(Cause.MANUAL, "平板没电", "签到表在社区档案柜")
        check_reason(Cause.FORGOTTEN_CHECK_OUT, "忘了", "")
        check_reason(Cause.LONG_DAY, "", "")


class TestLifeOfAProposal:
    def test_a_typed_entry_goes_through_confirmation_and_notice(self) -> None:
        noticed = next_state(ProposalState.AWAITING, ProposalAct.PUT_ON_NOTICE)
        assert next_state(noticed, ProposalAct.FINISH_NOTICE) is ProposalState.EFFECTIVE

    def test_an_objection_brings_it_back_to_the_table(self) -> None:
        assert next_state(ProposalState.ON_NOTICE, ProposalAct.OBJECT) is ProposalState.AWAITING

    @pytest.mark.parametrize("state", [ProposalState.EFFECTIVE, ProposalState.RETURNED])
    @pytest.mark.parametrize("act", ProposalAct)
    def test_nothing_moves_what_is_final(self, state: ProposalState, act: ProposalAct) -> None:
        with pytest.raises(Conflict):
            next_state(state, act)

    def test_no_act_skips_the_notice(self) -> None:
        with pytest.raises(Conflict, match="公示"):
            next_state(ProposalState.ON_NOTICE, ProposalAct.CONFIRM)
        with pytest.raises(Conflict):
            next_state(ProposalState.AWAITING, ProposalAct.FINISH_NOTICE)

    def test_states_are_said_as_people_know_them(self) -> None:
        assert [state.label for state in EntryState] == ["待确认", "公示中", "已生效", "已冲销", "已退回"]
        assert ProposalState.ON_NOTICE.label == "公示中"


class TestSecondPerson:
    def test_another_person_confirms(self) -> None:
        assert may_confirm(maker="m", checker="c", volunteer="v").allowed

    def test_nobody_confirms_what_they_made(self) -> None:
        assert may_confirm(maker="p", checker="p", volunteer="v").rule == "own_proposal"

    def test_nobody_confirms_their_own_hours(self) -> None:
        assert may_confirm(maker="m", checker="v", volunteer="v").rule == "own_hours"
        assert may_confirm(maker=None, checker="v", volunteer="v", made_by_system=True).rule == "own_hours"

    def test_a_volunteer_may_propose_their_own_forgotten_end(self) -> None:
        assert may_confirm(maker="v", checker="c", volunteer="v").allowed

    def test_an_account_without_a_real_name_cannot_be_told_apart(self) -> None:
        assert may_confirm(maker="m", checker=None, volunteer="v").rule == "checker_unknown"
        assert may_confirm(maker=None, checker="c", volunteer="v").rule == "maker_unknown"

    @pytest.mark.parametrize("by_system", [True, False])
    def test_whoever_had_a_hand_in_it_does_not_confirm(self, by_system: bool) -> None:
        asked = {"maker": None if by_system else "m", "volunteer": "v", "made_by_system": by_system}
        assert may_confirm(checker="h", hands={"h"}, **asked).rule == "own_hand"
        assert may_confirm(checker="c", hands={"h", None}, **asked).rule == "hand_unknown"
        assert may_confirm(checker="c", hands={"h"}, **asked).allowed

    def test_what_the_system_made_needs_one_person(self) -> None:
        assert may_confirm(maker=None, checker="c", volunteer="v", made_by_system=True).allowed

    @given(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("abc"), st.booleans())
    def test_whoever_may_confirm_is_neither_maker_nor_volunteer(
        self, maker: str, checker: str, volunteer: str, by_system: bool
    ) -> None:
        decision = may_confirm(
            maker=None if by_system else maker, checker=checker, volunteer=volunteer, made_by_system=by_system
        )
        assert decision.allowed == (checker != volunteer and (by_system or checker != maker))


class TestTypedTimes:
    def test_times_inside_the_plan_give_their_minutes(self) -> None:
        assert check_typed_span(minutes(0), minutes(90), SHIFT, LATER).minutes == 90

    @pytest.mark.parametrize(
        ("start", "end", "now", "field"),
        [
            (60, 60, LATER, "ended_at"),
            (60, 30, LATER, "ended_at"),
            (-1, 60, LATER, "started_at"),
            (120, 130, LATER, "started_at"),
            (-1440, -1380, LATER, "started_at"),
            (0, 121, LATER, "ended_at"),
            (0, 14400, LATER, "ended_at"),
            (0, 60, minutes(59), "ended_at"),
            (0, 0.5, LATER, "ended_at"),
        ],
    )
    def test_other_times_are_refused_on_their_field(self, start: float, end: float, now: datetime, field: str) -> None:
        with pytest.raises(Invalid) as refused:
            check_typed_span(minutes(start), minutes(end), SHIFT, now)
        assert refused.value.field == field

    def test_the_refusal_says_the_planned_time(self) -> None:
        with pytest.raises(Invalid) as refused:
            check_typed_span(minutes(-30), minutes(60), SHIFT, LATER)
        assert str(refused.value) == "到达时间要在计划的 14:00–16:00 以内"

    def test_a_forgotten_check_out_takes_a_proposed_end(self) -> None:
        forgotten = interval(left=Method.AUTO_CLOSE)
        assert check_proposed_end(forgotten, minutes(100), SHIFT, LATER).minutes == 100

    @pytest.mark.parametrize(("end", "now"), [(0, LATER), (-5, LATER), (121, LATER), (100, minutes(90))])
    def test_an_impossible_end_is_refused(self, end: float, now: datetime) -> None:
        with pytest.raises(Invalid) as refused:
            check_proposed_end(interval(left=Method.AUTO_CLOSE), minutes(end), SHIFT, now)
        assert refused.value.field == "ended_at"


class TestShown:
    @pytest.mark.parametrize(
        ("count", "text"),
        [(0, "0.00"), (750, "12.50"), (59, "0.98"), (1, "0.01"), (90_001, "1,500.01"), (-90, "-1.50")],
    )
    def test_hours_are_rounded_down_to_a_hundredth(self, count: int, text: str) -> None:
        assert hours_text(count) == text

    @given(st.integers(0, 10**9))
    def test_hours_shown_are_never_more_than_served_nor_a_hundredth_less(self, count: int) -> None:
        hundredths = int(hours_text(count).replace(",", "").replace(".", ""))
        assert hundredths * 60 <= count * 100 < (hundredths + 1) * 60

    @pytest.mark.parametrize(
        ("hours", "stars"), [(0, 0), (99, 0), (100, 1), (299, 1), (300, 2), (600, 3), (1000, 4), (1500, 5), (9000, 5)]
    )
    def test_stars_come_at_their_hours(self, hours: int, stars: int) -> None:
        assert star_level(hours * 60) == stars

    def test_a_minute_short_is_a_star_short(self) -> None:
        assert star_level(100 * 60 - 1) == 0
        assert minutes_to_next_star(100 * 60 - 1) == 1
        assert minutes_to_next_star(1500 * 60) is None

    def test_records_are_due_on_the_tenth_working_day(self) -> None:
        assert confirm_by(date(2026, 11, 20)) == date(2026, 12, 4)
        assert confirm_by(date(2026, 9, 28)) == date(2026, 10, 16)  # 1 to 7 October off, Saturday the 10th worked


class TestFamilyAndReversals:
    def test_nobody_confirms_for_a_child_or_elder_of_their_account(self) -> None:
        decision = may_confirm(maker="a", checker="b", volunteer="c", acts_for_volunteer=True)
        assert (decision.allowed, decision.rule) == (False, "own_family")

    def test_taking_minutes_back_is_not_put_on_notice(self) -> None:
        assert confirming_act(Cause.CORRECTION, EntryKind.REVERSAL) is ProposalAct.CONFIRM
        assert confirming_act(Cause.CORRECTION) is ProposalAct.PUT_ON_NOTICE


@pytest.mark.parametrize(
    ("last_on", "words"),
    [
        (date(2026, 11, 13), "已超期 5 个工作日"),
        (date(2026, 11, 19), "已超期 1 个工作日"),
        (date(2026, 11, 20), "今天要记完"),
        (date(2026, 12, 4), "最晚 12 月 4 日记完"),
    ],
)
def test_a_deadline_is_said_by_its_date_and_in_working_days(last_on: date, words: str) -> None:
    assert str(deadline_words(last_on, date(2026, 11, 20))) == words
