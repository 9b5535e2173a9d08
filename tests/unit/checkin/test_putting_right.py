"""What may be put right, what answers a spot check, which way of telling presence a shift takes."""

from datetime import UTC, datetime, timedelta

import pytest

from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import (
    Method,
    OpenPresence,
    PresenceState,
    ShiftFacts,
    may_check_in,
    may_check_out,
    may_mend,
    may_use,
)
from volunteer.checkin.spot_check_rules import (
    SPOT_CHECK_STATE_LABELS,
    SpotCheckState,
    may_answer,
    spot_check_state,
)
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import SignupStatus

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
PLAN = PlannedShift(START, START + timedelta(hours=2))
PLACED = PresenceState(SignupStatus.PLACED)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (OrganizationStatus.SUSPENDED, "organization_suspended"),
        *((status, "check_in") for status in OrganizationStatus if status is not OrganizationStatus.SUSPENDED),
    ],
)
def test_a_suspended_organization_takes_nobody_in(status: OrganizationStatus, rule: str) -> None:
    assert may_check_in(PLACED, ShiftFacts("a", PLAN, organization_status=status), START).rule == rule


def test_who_is_in_may_leave_a_suspended_organization() -> None:
    shift = ShiftFacts("a", PLAN, organization_status=OrganizationStatus.SUSPENDED)
    here = PresenceState(SignupStatus.PLACED, OpenPresence("a", "清理河岸", START, PLAN), last_at=START)
    assert may_check_out(here, shift, START + timedelta(hours=1)).allowed


def test_what_does_not_run_is_named_before_the_organization() -> None:
    shift = ShiftFacts("a", PLAN, ActivityStatus.CANCELLED, organization_status=OrganizationStatus.SUSPENDED)
    assert may_check_in(PLACED, shift, START).rule == "cancelled"


@pytest.mark.parametrize(
    ("allows", "risk", "allowed"),
    [(True, RiskLevel.ORDINARY, True), (False, RiskLevel.ORDINARY, False), (True, RiskLevel.DANGEROUS, False)],
)
def test_a_poster_needs_the_organizers_word_and_no_danger(allows: bool, risk: RiskLevel, allowed: bool) -> None:
    shift = ShiftFacts("a", PLAN, allows_poster=allows, risk=risk)
    assert may_use(Method.POSTER, shift).allowed is allowed
    assert may_use(Method.POSTER, shift).rule == ("ok" if allowed else "poster_not_allowed")


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.POSTER])
def test_every_other_way_needs_no_permission(method: Method) -> None:
    assert may_use(method, ShiftFacts("a", PLAN, risk=RiskLevel.DANGEROUS)).allowed


@pytest.mark.parametrize(
    ("later", "is_last", "rule"),
    [
        (timedelta(), True, "mend"),
        (timedelta(minutes=10), True, "mend"),
        (timedelta(minutes=10) + TICK, True, "mend_too_late"),
        (timedelta(minutes=1), False, "moved_on"),
        (timedelta(minutes=11), False, "moved_on"),
    ],
)
def test_a_wrong_choice_can_be_put_right_for_ten_minutes(later: timedelta, is_last: bool, rule: str) -> None:
    assert may_mend(START, START + later, is_last=is_last).rule == rule


DUE = START + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("scanned_at", "rule"),
    [
        (START - TICK, "scanned_before_draw"),
        (START, "spot_check"),
        (DUE, "spot_check"),
        (DUE + TICK, "spot_check_over"),
    ],
)
def test_a_scan_between_the_draw_and_its_end_answers(scanned_at: datetime, rule: str) -> None:
    assert may_answer(START, DUE, scanned_at, Method.VENUE_CODE).rule == rule


@pytest.mark.parametrize(
    "method", [Method.POSTER, Method.BY_HAND, Method.PAPER, Method.OFFLINE, Method.MENDED, Method.AUTO_CLOSE]
)
def test_what_shows_nobody_at_the_venue_now_answers_nothing(method: Method) -> None:
    assert may_answer(START, DUE, START, method).rule == "proves_nothing"


def test_a_spot_check_is_open_until_it_is_due() -> None:
    assert spot_check_state(was_seen=False, due_at=DUE, now=DUE) is SpotCheckState.OPEN
    assert spot_check_state(was_seen=False, due_at=DUE, now=DUE + TICK) is SpotCheckState.MISSED
    assert spot_check_state(was_seen=True, due_at=DUE, now=DUE + TICK) is SpotCheckState.SHOWN
    assert {state.label for state in SpotCheckState} == set(SPOT_CHECK_STATE_LABELS.values())
