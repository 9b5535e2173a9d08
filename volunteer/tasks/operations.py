"""Asking for long work, doing it, and clearing away what is old."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, update

from models.base import db
from models.tasks import Task
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind, packed
from volunteer.tasks import queries
from volunteer.tasks.rules import KEPT, MOST_WAITING, Made, TaskStatus

Progress = Callable[[int, int], None]
"""Hears how many steps are done and how many there are in all; commits, so that pages see it."""
Worker = Callable[[Mapping[str, Any], Progress], Made]
"""Does the work of one kind from its params. Reads what it needs in several transactions: `Progress` ends one."""

workers: dict[str, Worker] = {}
"""Filled by app.py: by kind who does it."""


def ask(kind: str, title: str, params: Mapping[str, Any], *, lineage: str, account_id: int | None) -> Task:
    """Put long work into the line. `params` are JSON values; whoever asks has checked the right to it.

    Raises KeyError for a kind that nobody does, Conflict where the account waits for too much already.
    """
    workers[kind]
    if account_id is not None and queries.waiting_of(account_id) >= MOST_WAITING:
        raise Conflict(N_("您已经有 %(most)s 个任务在排队，等它们做完再来"), most=MOST_WAITING)
    task = Task(
        kind=kind,
        title=title[:300],
        params=dict(params),
        lineage=lineage,
        requested_by=account_id,
        requested_at=clock.now(),
    )
    db.session.add(task)
    db.session.flush()
    record("tasks.ask", "task", task.public_id, account_id=account_id, lineage=lineage, kind=kind)
    return task


def claim(task_id: int) -> Task | None:
    """Take a task to do it; None where somebody else took it. The caller commits."""
    task = db.session.get(Task, task_id, populate_existing=True)
    if task is None:
        return None
    now = clock.now()
    seen = Task.seen_at.is_(None) if task.seen_at is None else Task.seen_at == task.seen_at
    taken = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.status == task.status, seen)
        .values(status=TaskStatus.RUNNING, started_at=now, seen_at=now, done=0)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(task)
    return task if taken.rowcount else None  # type: ignore[attr-defined]


def do(task: Task) -> None:
    """Do a claimed task and keep what it made, or why it did not; commits along the way and at the end."""
    task_id, account_id = task.id, task.requested_by

    def progress(done: int, total: int) -> None:
        values = {"done": done, "total": total, "seen_at": clock.now()}
        db.session.execute(update(Task).where(Task.id == task_id).values(**values))
        db.session.commit()

    try:
        made = workers[task.kind](task.params, progress)
        _keep(task_id, made)
    except DomainError as error:
        db.session.rollback()
        _fail(task_id, error.words)
    except Exception:
        db.session.rollback()
        _fail(task_id, Words(N_("程序出错了，已经记下；请稍后再试一次")))
        db.session.commit()
        raise
    _tell_asker(task_id, account_id)
    db.session.commit()


def forget_old() -> int:
    """Delete tasks that ended long ago, with their files; return how many."""
    old = (Task.finished_at.is_not(None), Task.finished_at < clock.now() - KEPT)
    return int(db.session.execute(delete(Task).where(*old)).rowcount)  # type: ignore[attr-defined]


def _keep(task_id: int, made: Made) -> None:
    task = db.session.get_one(Task, task_id, populate_existing=True)
    task.status, task.finished_at = TaskStatus.DONE, clock.now()
    task.total = task.total or 1
    task.done = task.total
    task.result, task.result_name, task.result_type = made.content, made.name[:300], made.type
    task.result_href = made.href


def _fail(task_id: int, words: Words) -> None:
    task = db.session.get_one(Task, task_id, populate_existing=True)
    task.status, task.finished_at = TaskStatus.FAILED, clock.now()
    task.why = {"text": words.msgid, "params": packed(words.params)}


def _tell_asker(task_id: int, account_id: int | None) -> None:
    if account_id is None:
        return
    task = db.session.get_one(Task, task_id)
    is_done = task.status is TaskStatus.DONE
    words = N_("“%(title)s”已经做好，可以去看了") if is_done else N_("“%(title)s”没有做成，请去看原因")
    tell(account_id, NoticeKind.TASK, Words(words, {"title": task.title}), link=f"/tasks/{task.public_id}")
