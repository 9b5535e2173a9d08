"""Corrections: which times may be wanted, and what is told of where one is."""

from datetime import date, datetime, timedelta

import pytest

from tests.unit.hours.test_minutes import AFTERNOON, NIGHT, at
from volunteer.hours.correction_rules import Correction, StepState, as_recorded, check_wanted_span, steps_of
from volunteer.hours.rules import ProposalState
from volunteer.kernel.errors import Invalid

DAY = date(2026, 11, 20)
NOW = at("12:00", 22)


class TestWantedTimes:
    def test_are_worth_what_typed_times_are_worth(self) -> None:
        wanted = check_wanted_span(at("14:10"), at("15:40"), DAY, AFTERNOON, NOW)
        assert wanted is not None
        assert (wanted.served_on, wanted.minutes) == (DAY, 90)

    def test_may_be_left_open(self) -> None:
        assert check_wanted_span(None, None, DAY, AFTERNOON, NOW) is None

    @pytest.mark.parametrize(
        ("wanted_from", "wanted_to", "field", "words"),
        [
            (at("14:00"), None, "wanted_to", "离开时间也要填"),
            (None, at("15:00"), "wanted_from", "到达时间也要填"),
            (at("15:00"), at("15:00"), "wanted_to", "要晚于到达"),
            (at("13:59"), at("15:00"), "wanted_from", "14:00–16:00 以内"),
            (at("14:00"), at("16:01"), "wanted_to", "14:00–16:00 以内"),
        ],
    )
    def test_outside_the_plan_or_half_told_are_refused_on_their_field(
        self, wanted_from: datetime | None, wanted_to: datetime | None, field: str, words: str
    ) -> None:
        with pytest.raises(Invalid, match=words) as refused:
            check_wanted_span(wanted_from, wanted_to, DAY, AFTERNOON, NOW)
        assert refused.value.field == field

    def test_of_the_future_are_refused(self) -> None:
        with pytest.raises(Invalid, match="还没有到"):
            check_wanted_span(at("14:00"), at("15:00"), DAY, AFTERNOON, at("14:30"))

    def test_stay_on_the_day_of_the_record(self) -> None:
        first = check_wanted_span(at("22:30"), at("0:00", 21), DAY, NIGHT, NOW)
        second = check_wanted_span(at("0:00", 21), at("1:00", 21), DAY + timedelta(days=1), NIGHT, NOW)
        assert first is not None
        assert second is not None
        assert (first.minutes, second.minutes) == (90, 60)
        for wanted_to in (at("1:00", 21), at("0:30", 21)):
            with pytest.raises(Invalid, match="11 月 20 日的"):
                check_wanted_span(at("23:00"), wanted_to, DAY, NIGHT, NOW)

    def test_of_the_same_minute_are_the_recorded_moment(self) -> None:
        recorded = at("14:00:23")
        assert as_recorded(at("14:00"), recorded) == recorded
        assert as_recorded(at("14:01"), recorded) == at("14:01")
        assert as_recorded(None, recorded) is None


class TestSteps:
    ASKED, ANSWERED, CHECKED = at("9:00", 20), at("9:00", 21), at("9:00", 22)
    UNTIL = date(2026, 11, 28)

    TODAY = date(2026, 11, 23)

    def told(self, correction: Correction | None, answered_at: datetime | None = ANSWERED) -> list[tuple[str, str]]:
        steps = steps_of(self.ASKED, answered_at, correction, self.TODAY)
        return [(str(step.words), step.state.value) for step in steps]

    def test_a_question_waits_for_its_answer_until_the_fifth_working_day(self) -> None:
        step = steps_of(self.ASKED, None, None, date(2026, 11, 27))[-1]
        assert (str(step.words), step.on, step.state) == ("等组织答复，最晚到", date(2026, 11, 27), StepState.NOW)

    def test_a_question_that_nobody_answered_in_time_says_so(self) -> None:
        step = steps_of(self.ASKED, None, None, date(2026, 11, 28))[-1]
        assert (step.state, step.on) == (StepState.WRONG, date(2026, 11, 27))
        assert "过期" in str(step.words)

    def test_an_answer_without_a_correction_ends_it(self) -> None:
        assert self.told(None) == [("问题已发出", "done"), ("组织已答复", "done")]

    @pytest.mark.parametrize(
        ("correction", "now"),
        [
            (Correction(ProposalState.AWAITING), "更正待第二个人确认"),
            (Correction(ProposalState.AWAITING, was_objected=True), "公示时有人提出异议，组织在核对"),
            (Correction(ProposalState.ON_NOTICE, CHECKED, UNTIL), "公示中，到这天为止"),
        ],
    )
    def test_a_correction_on_its_way_says_what_is_now_and_that_effect_comes_last(
        self, correction: Correction, now: str
    ) -> None:
        told = self.told(correction)
        assert [words for words, state in told if state == "now"] == [now]
        assert told[-1] == ("更正生效", "next")

    def test_a_correction_in_effect_is_done_with_its_days(self) -> None:
        correction = Correction(ProposalState.EFFECTIVE, self.CHECKED, self.UNTIL)
        steps = steps_of(self.ASKED, self.ANSWERED, correction, self.TODAY)
        assert {step.state for step in steps} == {StepState.DONE}
        days = [step.on for step in steps]
        assert days == [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22), self.UNTIL, date(2026, 11, 29)]

    def test_a_returned_correction_says_why(self) -> None:
        returned = Correction(ProposalState.RETURNED, self.CHECKED, returned_because="表上没有")
        assert self.told(returned)[-1] == ("更正被退回。原因：表上没有", "wrong")
