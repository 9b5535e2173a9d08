"""The states of long work, and when it counts as left lying. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from volunteer.kernel.permissions import Scope
from volunteer.kernel.text import N_

KEPT = timedelta(days=30)
LEFT_LYING = timedelta(minutes=10)
"""A running task that was not heard of for so long has lost its process and begins anew."""
MOST_WAITING = 5
MOST_TRIES = 3
"""What took its process down so often is not begun again."""


class TaskStatus(StrEnum):
    """What became of a task."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _LABELS[self]

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (TaskStatus.DONE, TaskStatus.FAILED)


_LABELS = {
    TaskStatus.WAITING: N_("排队中"),
    TaskStatus.RUNNING: N_("正在做"),
    TaskStatus.DONE: N_("已完成"),
    TaskStatus.FAILED: N_("没有做成"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What a worker gives back: a file (`name`, media `type`, `content`), or the page where its result stands."""

    name: str = ""
    type: str = ""
    content: bytes | None = None
    href: str = ""


def scopes_of(params: Mapping[str, Any], lineage: str) -> tuple[Scope, ...]:
    """Return all that a task takes its result from: areas, or one organization where it is about one."""
    lineages = tuple(params.get("lineages", ())) or (lineage,)
    return tuple(Scope(one, params.get("organization_id")) for one in lineages)


def may_begin(status: TaskStatus, seen_at: datetime | None, now: datetime) -> bool:
    """Return whether a task waits to be done: nobody does it, or whoever did has gone."""
    return status is TaskStatus.WAITING or is_left_lying(status, seen_at, now)


def is_left_lying(status: TaskStatus, seen_at: datetime | None, now: datetime) -> bool:
    """Return whether a running task has to begin anew."""
    return status is TaskStatus.RUNNING and (seen_at is None or now - seen_at > LEFT_LYING)
