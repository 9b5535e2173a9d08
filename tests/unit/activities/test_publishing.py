"""What may be published, and what a change means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.change_rules import FIELD_LABELS, ActivityFacts, Change, changes
from volunteer.activities.publishing_rules import Draft, GateQuestion, judge_gate, publish_problems
from volunteer.activities.rules import ActivityAct, ActivityStatus, RiskLevel, may_close, next_status
from volunteer.activities.shift_rules import (
    Break,
    PlannedShift,
    check_capacity,
    check_extension,
    check_shift,
    may_change_time,
)
from volunteer.checkin.rules import CHECK_IN_OPENS_BEFORE
from volunteer.kernel.errors import Conflict, Invalid

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # Sunday 9:00 in Shanghai
START = NOW + timedelta(days=6)
HOUR = timedelta(hours=1)
PLAN = PlannedShift(START, START + 2 * HOUR)
ALL_NO = dict.fromkeys(GateQuestion, False)
DRAFT = Draft(
    title="清理河岸",
    place="檀溪社区东门",
    contact_name="王芳",
    contact_phone="0710-3612345",
    minimum_age=16,
    risk=RiskLevel.ORDINARY,
    risks="",
    insurance="",
    gate=ALL_NO,
)


def field_of(check: object, *given: object, **named: object) -> str | None:
    with pytest.raises(Invalid) as refused:
        check(*given, **named)  # type: ignore[operator]
    return refused.value.field


class TestShift:
    def test_a_plain_shift_passes(self) -> None:
        check_shift(PLAN, 20, NOW)

    @pytest.mark.parametrize(
        ("length", "field"),
        [
            (timedelta(0), "ends_at"),
            (-HOUR, "ends_at"),
            (timedelta(days=10), "ends_at"),
            (16 * HOUR + timedelta(minutes=1), "ends_at"),
        ],
    )
    def test_a_shift_that_ends_before_it_starts_or_lasts_too_long_is_refused(
        self, length: timedelta, field: str
    ) -> None:
        assert field_of(check_shift, PlannedShift(START, START + length), 20, NOW) == field

    def test_sixteen_hours_are_the_longest(self) -> None:
        check_shift(PlannedShift(START, START + 16 * HOUR), 20, NOW)

    @pytest.mark.parametrize("capacity", [0, -1, 10_001])
    def test_a_senseless_capacity_is_refused(self, capacity: int) -> None:
        assert field_of(check_shift, PLAN, capacity, NOW) == "capacity"

    @pytest.mark.parametrize("capacity", [1, 10_000])
    def test_the_limits_of_the_capacity_belong_to_it(self, capacity: int) -> None:
        check_capacity(capacity)

    def test_a_capacity_holds_those_who_have_a_place(self) -> None:
        check_capacity(12, taken=12)
        assert field_of(check_capacity, 11, 12) == "capacity"

    def test_a_new_shift_lies_ahead(self) -> None:
        past = PlannedShift(NOW, NOW + HOUR)
        assert field_of(check_shift, past, 20, NOW) == "starts_at"
        check_shift(past, 20, NOW, is_new=False)

    def test_a_shift_years_ahead_is_a_slip_of_the_pen(self) -> None:
        far = NOW + timedelta(days=367)
        assert field_of(check_shift, PlannedShift(far, far + HOUR), 20, NOW) == "starts_at"

    @pytest.mark.parametrize("minutes", [-1, 120, 500])
    def test_a_break_is_shorter_than_its_shift(self, minutes: int) -> None:
        assert field_of(check_shift, replace(PLAN, break_minutes=minutes), 20, NOW) == "break_minutes"

    @given(st.integers(1, 960), st.data())
    def test_a_break_given_in_minutes_lies_inside_the_shift(self, length: int, data: st.DataObject) -> None:
        minutes = data.draw(st.integers(0, length - 1))
        plan = PlannedShift(START, START + timedelta(minutes=length), break_minutes=minutes)
        for rest in plan.rests:
            assert plan.starts_at <= rest.starts_at
            assert rest.ends_at <= plan.ends_at
            assert rest.ends_at - rest.starts_at == timedelta(minutes=minutes)
        assert bool(plan.rests) == bool(minutes)

    def test_breaks_by_the_clock_go_before_minutes(self) -> None:
        rest = Break(START + HOUR, START + HOUR + timedelta(minutes=10))
        assert replace(PLAN, breaks=(rest,), break_minutes=30).rests == (rest,)


class TestExtension:
    def test_an_extension_with_a_reason_is_taken_while_people_can_check_out(self) -> None:
        check_extension(PLAN, PLAN.ends_at + HOUR, "雨停得晚", PLAN.ends_at + HOUR)

    @pytest.mark.parametrize(
        ("until", "reason", "now", "field"),
        [
            (3 * HOUR, " ", 2 * HOUR, "extension_reason"),
            (2 * HOUR, "雨", 2 * HOUR, "extended_until"),
            (17 * HOUR, "雨", 2 * HOUR, "extended_until"),
            (3 * HOUR, "雨", 3 * HOUR + timedelta(seconds=1), "extended_until"),
        ],
    )
    def test_other_extensions_are_refused(self, until: timedelta, reason: str, now: timedelta, field: str) -> None:
        assert field_of(check_extension, PLAN, START + until, reason, START + now) == field


class TestGate:
    def test_six_noes_are_volunteering(self) -> None:
        assert judge_gate(ALL_NO).allowed

    @pytest.mark.parametrize("question", GateQuestion)
    def test_one_yes_is_not_volunteering_and_says_which(self, question: GateQuestion) -> None:
        decision = judge_gate({**ALL_NO, question: True})
        assert decision.rule == f"not_volunteering_{question}"
        assert "不算志愿服务" in str(decision.reason)

    @pytest.mark.parametrize("question", GateQuestion)
    def test_every_question_is_answered(self, question: GateQuestion) -> None:
        assert judge_gate({**ALL_NO, question: None}).rule == "gate_unanswered"
        assert judge_gate({q: False for q in GateQuestion if q is not question}).rule == "gate_unanswered"

    def test_answers_read_back_from_json_are_understood(self) -> None:
        assert judge_gate({"own_job": True, **{q.value: False for q in GateQuestion if q != "own_job"}}).rule == (
            "not_volunteering_own_job"
        )


class TestPublishing:
    def test_a_complete_draft_has_no_problems(self) -> None:
        assert publish_problems(DRAFT, [(PLAN, 20)], NOW) == ()

    def test_all_problems_are_told_at_once_each_on_its_field(self) -> None:
        draft = replace(
            DRAFT, title=" ", contact_phone="", risk=RiskLevel.DANGEROUS, gate={**ALL_NO, GateQuestion.PAID: True}
        )
        problems = publish_problems(draft, [(PLAN, 20), (PLAN, 0)], NOW)
        assert [problem.field for problem in problems] == [
            "title", "contact_phone", "minimum_age", "risks", "insurance", "gate", "shifts-1-capacity",
        ]  # fmt: skip

    def test_an_activity_needs_a_shift(self) -> None:
        assert [problem.field for problem in publish_problems(DRAFT, [], NOW)] == ["shifts"]

    def test_dangerous_work_passes_with_insurance_told_risks_and_adults(self) -> None:
        safe = replace(DRAFT, risk=RiskLevel.DANGEROUS, minimum_age=18, risks="水边湿滑，穿救生衣", insurance="人保 A1")
        assert publish_problems(safe, [(PLAN, 20)], NOW) == ()

    @pytest.mark.parametrize("age", [7, 71, -1])
    def test_a_senseless_age_is_refused(self, age: int) -> None:
        assert [p.field for p in publish_problems(replace(DRAFT, minimum_age=age), [(PLAN, 1)], NOW)] == ["minimum_age"]


class TestLife:
    def test_a_draft_is_published_and_then_closed(self) -> None:
        published = next_status(ActivityStatus.DRAFT, ActivityAct.PUBLISH)
        assert next_status(published, ActivityAct.CLOSE) is ActivityStatus.CLOSED

    @pytest.mark.parametrize("status", [ActivityStatus.CANCELLED, ActivityStatus.CLOSED])
    @pytest.mark.parametrize("act", ActivityAct)
    def test_what_is_over_stays_over(self, status: ActivityStatus, act: ActivityAct) -> None:
        with pytest.raises(Conflict):
            next_status(status, act)

    def test_publishing_twice_is_told(self) -> None:
        with pytest.raises(Conflict, match="已经发布"):
            next_status(ActivityStatus.PUBLISHED, ActivityAct.PUBLISH)

    def test_closing_waits_for_the_last_shift(self) -> None:
        refused = may_close(ActivityStatus.PUBLISHED, PLAN.ends_at, NOW)
        assert str(refused.reason) == "最后一个班次 下周六 11:00 才结束，结束后再结项"
        assert may_close(ActivityStatus.PUBLISHED, PLAN.ends_at, PLAN.ends_at).allowed
        assert may_close(ActivityStatus.DRAFT, None, NOW).rule == "not_published"

    def test_times_stand_once_people_may_be_there(self) -> None:
        opens_at = START - CHECK_IN_OPENS_BEFORE
        assert may_change_time(START, opens_at - timedelta(seconds=1)).allowed
        assert may_change_time(START, opens_at).rule == "arrivals_open"


FACTS = ActivityFacts(title="清理河岸", place="东门", starts_at=START, ends_at=START + 2 * HOUR, capacity=20)


class TestChanges:
    def test_nothing_changed_is_no_change(self) -> None:
        assert changes(FACTS, replace(FACTS)) == []

    def test_a_change_is_said_in_words(self) -> None:
        after = replace(FACTS, place="西门", starts_at=START + HOUR, bring="手套", description="新的说明")
        assert [str(change.words(NOW)) for change in changes(FACTS, after)] == [
            "地点由 东门 改为 西门",
            "活动说明有改动",
            "携带物品新增：手套",
            "开始时间由 下周六 9:00 改为 下周六 10:00",
        ]

    def test_what_is_taken_away_is_said_too(self) -> None:
        [change] = changes(replace(FACTS, bring="手套"), FACTS)
        assert str(change.words(NOW)) == "携带物品已删去：手套"

    def test_a_risk_is_said_by_its_name(self) -> None:
        [change] = changes(FACTS, replace(FACTS, risk=RiskLevel.DANGEROUS))
        assert str(change.words(NOW)) == "风险由 一般 改为 有人身危险"

    def test_time_and_place_matter_and_the_capacity_does_not(self) -> None:
        after = replace(FACTS, place="西门", ends_at=START + 3 * HOUR, capacity=30, description="更长的说明")
        found = changes(FACTS, after)
        assert {change.field for change in found if change.matters} == {"place", "ends_at"}
        assert {change.field for change in found if not change.matters} == {"capacity", "description"}

    def test_a_change_survives_being_stored(self) -> None:
        for change in changes(FACTS, replace(FACTS, starts_at=None, risk=RiskLevel.DANGEROUS, minimum_age=18)):
            assert Change.from_json(change.to_json()) == change

    def test_every_field_has_its_word(self) -> None:
        assert list(FIELD_LABELS) == list(ActivityFacts.__dataclass_fields__)
