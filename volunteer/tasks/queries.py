"""Reading tasks: one of its asker's, all of theirs, the next to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from models.base import db
from models.tasks import Task
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_
from volunteer.tasks.rules import LEFT_LYING, TaskStatus


def task_of(account_id: int, public_id: str) -> Task:
    """Return a task of its asker; raise NotFound for anybody else."""
    task = db.session.scalar(select(Task).where(Task.public_id == public_id, Task.requested_by == account_id))
    if task is None:
        raise NotFound(N_("没有找到这个任务，可能已经过期清理了"))
    return task


def tasks_of(account_id: int) -> Select[Task]:
    """Select the tasks of an account, the newest first."""
    return select(Task).where(Task.requested_by == account_id).order_by(Task.id.desc())


def waiting_of(account_id: int) -> int:
    """Return how many tasks of an account are not over."""
    open_ones = (Task.requested_by == account_id, Task.status.in_((TaskStatus.WAITING, TaskStatus.RUNNING)))
    return db.session.scalar(select(func.count()).select_from(Task).where(*open_ones)) or 0


def same_asked(account_id: int, kind: str, params: Mapping[str, Any]) -> Task | None:
    """Return the latest task of an account and kind with these params, unless it failed."""
    query = select(Task).where(Task.requested_by == account_id, Task.kind == kind, Task.status != TaskStatus.FAILED)
    latest = db.session.scalars(query.order_by(Task.id.desc()).limit(20))
    return next((one for one in latest if params.items() <= one.params.items()), None)


def next_task_id(now: datetime) -> int | None:
    """Return the oldest task that waits or was left lying; None when there is nothing to do."""
    lying = and_(Task.status == TaskStatus.RUNNING, or_(Task.seen_at.is_(None), Task.seen_at < now - LEFT_LYING))
    query = select(Task.id).where(or_(Task.status == TaskStatus.WAITING, lying)).order_by(Task.id).limit(1)
    return db.session.scalar(query)
