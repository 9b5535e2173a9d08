from datetime import datetime, timedelta

import pytest

from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Direction
from volunteer.home.rules import NextStep, greeting, next_step
from volunteer.kernel.clock import LOCAL_ZONE

STARTS_AT = datetime(2026, 3, 7, 14, tzinfo=LOCAL_ZONE)
PLAN = PlannedShift(STARTS_AT, STARTS_AT + timedelta(hours=2))


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "晚上好"), (4, "晚上好"), (5, "早上好"), (10, "早上好"), (11, "中午好"), (13, "下午好"), (18, "晚上好")],
)
def test_the_greeting_follows_the_local_hour(hour: int, words: str) -> None:
    assert greeting(datetime(2026, 3, 7, hour, 30, tzinfo=LOCAL_ZONE)).msgid == words


@pytest.mark.parametrize(
    ("minutes", "presences", "step"),
    [
        (-31, [None], NextStep.CANCEL),
        (-30, [None], NextStep.CHECK_IN),
        (10, [None], NextStep.CHECK_IN),
        (10, [Direction.IN, None], NextStep.CHECK_IN),
        (10, [Direction.IN], NextStep.CHECK_OUT),
        (125, [Direction.IN], NextStep.CHECK_OUT),
        (125, [Direction.IN, None], NextStep.CHECK_OUT),
        (125, [None], NextStep.NOTHING),
        (60, [Direction.OUT], NextStep.NOTHING),
        (-10, [], NextStep.CANCEL),
        (0, [], NextStep.NOTHING),
    ],
)
def test_one_thing_can_be_done_about_the_next_shift(
    minutes: int, presences: list[Direction | None], step: NextStep
) -> None:
    assert next_step(PLAN, presences, STARTS_AT + timedelta(minutes=minutes)) is step


def test_an_extension_keeps_the_check_in_open() -> None:
    longer = PlannedShift(
        PLAN.starts_at, PLAN.ends_at, extended_until=PLAN.ends_at + timedelta(hours=1), extension_reason="雨"
    )
    assert next_step(longer, [None], PLAN.ends_at + timedelta(minutes=30)) is NextStep.CHECK_IN
