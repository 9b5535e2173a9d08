"""When a task may begin, and when it has lost its process."""

from datetime import UTC, datetime, timedelta

import pytest

from volunteer.tasks.rules import LEFT_LYING, TaskStatus, is_left_lying, may_begin

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "status, seen_at, lies",
    [
        (TaskStatus.RUNNING, None, True),
        (TaskStatus.RUNNING, NOW - LEFT_LYING, False),
        (TaskStatus.RUNNING, NOW - LEFT_LYING - timedelta(seconds=1), True),
        (TaskStatus.WAITING, None, False),
        (TaskStatus.DONE, NOW - timedelta(days=1), False),
        (TaskStatus.FAILED, NOW - timedelta(days=1), False),
    ],
)
def test_only_a_running_task_that_was_long_not_heard_of_is_left_lying(
    status: TaskStatus, seen_at: datetime | None, lies: bool
):
    assert is_left_lying(status, seen_at, NOW) is lies
    assert may_begin(status, seen_at, NOW) is (lies or status is TaskStatus.WAITING)


def test_what_is_done_or_failed_is_over_and_every_state_has_a_word():
    assert [status for status in TaskStatus if status.is_over] == [TaskStatus.DONE, TaskStatus.FAILED]
    assert len({status.label for status in TaskStatus}) == len(TaskStatus)
