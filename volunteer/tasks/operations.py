"""Asking for long work, doing it, and clearing away what is old."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update

from models.base import db
from models.tasks import Task
from volunteer.accounts.queries import principal_now
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Forbidden
from volunteer.kernel.permissions import Permission, Principal, Scope
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind, packed
from volunteer.tasks import queries
from volunteer.tasks.rules import KEPT, MOST_TRIES, MOST_WAITING, Made, TaskStatus, may_begin, scopes_of
from volunteer.web.addresses import as_carried, carried

Progress = Callable[[int, int], None]
"""Hears how many steps are done and how many there are in all; commits, so that pages see it."""
Worker = Callable[[Mapping[str, Any], Progress], Made]
"""Does the work of one kind from its params. Reads what it needs in several transactions: `Progress` ends one."""

ADDRESS = "address"
"""The parameter that tells the work by which address it was asked for, where the configuration does not say it."""

workers: dict[str, Worker] = {}
"""Filled by app.py: by kind who does it."""
rights: dict[str, Permission] = {}
"""Filled by app.py: by kind the right that its asker must still hold when it is made, and to fetch what it made."""
further: dict[str, Callable[[Principal, Mapping[str, Any], Scope], bool]] = {}
"""Filled by app.py: by kind what a file asks of its asker beyond that right, by what its params say is in it."""


def ask(kind: str, title: str, params: Mapping[str, Any], *, lineage: str, account_id: int | None) -> Task:
    """Put long work into the line. `params` are JSON values; whoever asks has checked the right to it;
    where it takes several areas, `params["lineages"]` tells them all, and `lineage` the first.

    Raises KeyError for a kind that nobody does, Conflict where the account waits for too much already.
    """
    workers[kind]
    if account_id is not None and queries.waiting_of(account_id) >= MOST_WAITING:
        raise Conflict(N_("您已经有 %(most)s 个任务在排队，等它们做完再来"), most=MOST_WAITING)
    task = Task(
        kind=kind,
        title=title[:300],
        params=_with_address(params),
        lineage=lineage,
        requested_by=account_id,
        requested_at=clock.now(),
    )
    db.session.add(task)
    db.session.flush()
    record("tasks.ask", "task", task.public_id, account_id=account_id, lineage=lineage, kind=kind)
    return task


def _with_address(params: Mapping[str, Any]) -> dict[str, Any]:
    address = carried()
    return {**params, ADDRESS: address} if address else dict(params)


def claim(task_id: int) -> Task | None:
    """Take a task to do it; None where there is nothing to take any more: somebody else has it, or it was begun too
    often and has failed with that. The caller commits.
    """
    task = db.session.get(Task, task_id, populate_existing=True)
    now = clock.now()
    # Between the look for the next task and this one another process may have begun it.
    if task is None or not may_begin(task.status, task.seen_at, now):
        return None
    seen = Task.seen_at.is_(None) if task.seen_at is None else Task.seen_at == task.seen_at
    taken = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.status == task.status, seen)
        .values(status=TaskStatus.RUNNING, started_at=now, seen_at=now, done=0, tries=Task.tries + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(task)
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    if task.tries > MOST_TRIES:
        _fail(task_id, Words(N_("试了 %(count)s 次都没有做完，请缩小范围再试"), {"count": MOST_TRIES}))
        _tell_asker(task_id, task.requested_by)
        return None
    return task


class _TakenOver(Exception):
    """Another process has begun the task anew, since this one was not heard of for too long."""


def do(task: Task) -> None:
    """Do a claimed task and keep what it made, or why it did not; commits along the way and at the end.

    Raises what the worker raised where that is no domain error, after the asker was told. Whoever lost the task to
    another process leaves it alone.
    """
    task_id, account_id, started_at = task.id, task.requested_by, task.started_at

    def progress(done: int, total: int) -> None:
        values = {"done": done, "total": total, "seen_at": clock.now()}
        _write(task_id, started_at, values)
        db.session.commit()

    try:
        _require_right(task)
        with as_carried(str(task.params.get(ADDRESS, ""))):
            made = workers[task.kind](task.params, progress)
        _keep(task_id, started_at, made)
    except _TakenOver:
        db.session.rollback()
        return
    except DomainError as error:
        _give_up(task_id, account_id, started_at, error.words)
        return
    except Exception:
        _give_up(task_id, account_id, started_at, Words(N_("程序出错了，已经记下；请稍后再试一次")))
        raise
    _tell_asker(task_id, account_id)
    db.session.commit()


def may_have(who: Principal, task: Task) -> bool:
    """Whether the asker of a task may still have what it makes, beyond the right that its kind asks for."""
    asks = further.get(task.kind)
    return asks is None or all(asks(who, task.params, scope) for scope in scopes_of(task.params, task.lineage))


def _require_right(task: Task) -> None:
    """Make nothing for who has lost the right to any part of it since asking; what the system asks for needs none."""
    right = rights.get(task.kind)
    if right is None or task.requested_by is None:
        return
    asker = principal_now(task.requested_by)
    has_right = all(asker.may_at(right, scope) for scope in scopes_of(task.params, task.lineage))
    if not has_right or not may_have(asker, task):
        raise Forbidden(N_("您已经没有这项权限，不能做这个任务"))


def _write(task_id: int, started_at: datetime | None, values: Mapping[str, Any]) -> None:
    """Write to a task that is still done by whoever began it at `started_at`; raise _TakenOver otherwise."""
    mine = (Task.id == task_id, Task.status == TaskStatus.RUNNING, Task.started_at == started_at)
    written = db.session.execute(
        update(Task).where(*mine).values(**values).execution_options(synchronize_session=False)
    )
    if not written.rowcount:  # type: ignore[attr-defined]
        raise _TakenOver


def _give_up(task_id: int, account_id: int | None, started_at: datetime | None, words: Words) -> None:
    db.session.rollback()
    try:
        _write(task_id, started_at, {"seen_at": clock.now()})
    except _TakenOver:
        db.session.rollback()
        return
    _fail(task_id, words)
    _tell_asker(task_id, account_id)
    db.session.commit()


def forget_old() -> int:
    """Delete tasks that ended long ago, with their files; return how many."""
    old = (Task.finished_at.is_not(None), Task.finished_at < clock.now() - KEPT)
    return int(db.session.execute(delete(Task).where(*old)).rowcount)  # type: ignore[attr-defined]


def _keep(task_id: int, started_at: datetime | None, made: Made) -> None:
    _write(task_id, started_at, {"status": TaskStatus.DONE, "finished_at": clock.now()})
    task = db.session.get_one(Task, task_id, populate_existing=True)
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
