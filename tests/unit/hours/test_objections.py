"""Objections: by when they are answered, by whom, and what each one says of itself."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from volunteer.hours.correction_rules import StepState, answer_by
from volunteer.hours.objection_rules import (
    ObjectionState,
    may_answer,
    objection_state,
    office_may_step_in,
    way_of_objection,
)
from volunteer.hours.rules import ObjectionOutcome, ProposalState

TODAY = date(2026, 11, 27)


class TestTime:
    @pytest.mark.parametrize(
        ("raised_on", "last_on"),
        [
            (date(2026, 11, 20), date(2026, 11, 27)),
            (date(2026, 11, 21), date(2026, 11, 27)),  # a Saturday
            (date(2026, 9, 30), date(2026, 10, 13)),  # over the National Day week; Saturday 10 October is worked
        ],
    )
    def test_ends_with_the_fifth_working_day_after_it(self, raised_on: date, last_on: date) -> None:
        assert answer_by(raised_on) == last_on

    def test_is_over_the_day_after(self) -> None:
        assert objection_state(None, TODAY, TODAY) is ObjectionState.OPEN
        assert objection_state(None, date(2026, 11, 26), TODAY) is ObjectionState.OVERDUE
        assert objection_state(ObjectionOutcome.UPHELD, date(2026, 11, 26), TODAY) is ObjectionState.UPHELD


def asked(**changes: Any) -> dict[str, Any]:
    return {"answerer": "third", "hands": {"maker", "checker"}, "volunteer": "who", **changes}


class TestWhoAnswers:
    def test_is_a_third_person(self) -> None:
        assert may_answer(**asked()).allowed
        assert may_answer(**asked(objector="neighbour")).allowed

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"answerer": None}, "answerer_unknown"),
            ({"answerer": "maker"}, "own_hand"),
            ({"answerer": "checker"}, "own_hand"),
            ({"answerer": "who"}, "own_hours"),
            ({"acts_for_volunteer": True}, "own_hours"),
            ({"objector": "third"}, "own_objection"),
            ({"is_own_objection": True}, "own_objection"),
        ],
    )
    def test_is_nobody_with_a_hand_in_it(self, changes: dict[str, Any], rule: str) -> None:
        decision = may_answer(**asked(**changes))
        assert (decision.allowed, decision.rule) == (False, rule)

    def test_is_the_office_when_time_is_over_or_nobody_else_is_there(self) -> None:
        assert not office_may_step_in(TODAY, TODAY, has_third_person=True).allowed
        assert office_may_step_in(date(2026, 11, 26), TODAY, has_third_person=True).allowed
        assert office_may_step_in(TODAY, TODAY, has_third_person=False).allowed


class TestWay:
    def way(self, **changes: Any) -> list[tuple[str, StepState, date | None]]:
        told: dict[str, Any] = {
            "raised_at": datetime(2026, 11, 20, 4, tzinfo=UTC),
            "answer_by_on": TODAY,
            "answered_at": None,
            "outcome": None,
            "by_office": False,
            "proposal_state": ProposalState.AWAITING,
            "notice_until_on": None,
            "today": TODAY,
            **changes,
        }
        return [(str(step.words), step.state, step.on) for step in way_of_objection(**told)]

    def test_waits_with_its_last_day(self) -> None:
        assert self.way()[-1] == ("等组织答复，最晚到", StepState.NOW, TODAY)

    def test_says_when_nobody_answered_in_time(self) -> None:
        words, state, _on = self.way(today=date(2026, 11, 28))[-1]
        assert (state, "主管单位" in words) == (StepState.WRONG, True)

    @pytest.mark.parametrize(
        ("outcome", "state", "words"),
        [
            (ObjectionOutcome.UPHELD, ProposalState.RETURNED, "异议成立，时长已退回，不记入"),
            (ObjectionOutcome.DISMISSED, ProposalState.ON_NOTICE, "异议不成立，重新公示 7 天，到"),
            (ObjectionOutcome.DISMISSED, ProposalState.EFFECTIVE, "异议不成立，重新公示以后已经生效"),
            (ObjectionOutcome.DISMISSED, ProposalState.RETURNED, "异议不成立；时长后来退回了，不记入"),
            (ObjectionOutcome.DISMISSED, ProposalState.AWAITING, "异议不成立；还有别的异议没有答复"),
        ],
    )
    def test_ends_with_what_became_of_the_minutes(
        self, outcome: ObjectionOutcome, state: ProposalState, words: str
    ) -> None:
        answered = {"answered_at": datetime(2026, 11, 23, 4, tzinfo=UTC), "outcome": outcome, "proposal_state": state}
        assert self.way(**answered)[-1][0] == words

    def test_says_who_answered(self) -> None:
        answered = {"answered_at": datetime(2026, 11, 23, 4, tzinfo=UTC), "outcome": ObjectionOutcome.UPHELD}
        assert self.way(**answered)[1][0] == "组织已答复"
        assert self.way(**answered, by_office=True)[1][0] == "主管单位已答复"
