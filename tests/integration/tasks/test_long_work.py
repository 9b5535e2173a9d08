"""Long work is done once, shows how far it is, and gives its file to whoever asked, and to nobody else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, g
from sqlalchemy import func, select, update
from sqlalchemy.orm import undefer
from werkzeug.test import TestResponse

from models.accounts import Account, RoleGrant
from models.base import db
from models.engine import single_statements
from models.notices import Notice
from models.tasks import Task
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Permission, Role
from volunteer.kernel.text import N_
from volunteer.tasks import jobs, operations, queries
from volunteer.tasks.rules import KEPT, LEFT_LYING, MOST_TRIES, MOST_WAITING, Made, TaskStatus
from volunteer.web.addresses import public_origin

NAME = "襄阳市 11 月通报（终稿）.xlsx"
FILE = Made(NAME, "application/octet-stream", b"a file")


@pytest.fixture(autouse=True)
def _own_workers() -> Iterator[None]:
    """Let a test's workers be gone after it."""
    workers, rights = dict(operations.workers), dict(operations.rights)
    yield
    for kept, before in ((operations.workers, workers), (operations.rights, rights)):
        kept.clear()
        kept.update(before)


def does(worker: Callable[[Mapping[str, Any], operations.Progress], Made]) -> None:
    operations.workers["test.work"] = worker


def ask(account: Account, title: str = "做一份大表", lineage: str = "420600") -> str:
    task = operations.ask("test.work", title, {"n": 3}, lineage=lineage, account_id=account.id)
    db.session.commit()
    return task.public_id


def kept(public_id: str) -> Task:
    """Return a task as it stands, loaded wholly, and hold no transaction after it."""
    db.session.expire_all()
    task = db.session.scalars(select(Task).where(Task.public_id == public_id).options(undefer(Task.result))).one()
    db.session.expunge(task)
    db.session.rollback()
    return task


def notices(account: Account) -> list[str]:
    told = list(db.session.scalars(select(Notice.text).where(Notice.account_id == account.id).order_by(Notice.id)))
    db.session.rollback()
    return told


def get(app: Flask, account: Account | None, path: str, **options: Any) -> TestResponse:
    """Fetch a page as somebody; what a test's own context remembers of who asks is left out of it."""
    db.session.rollback()
    g.pop("_login_user", None)
    browser = Browser(app)
    return (browser.sign_in(account) if account else browser).get(path, **options)


def test_a_task_is_done_its_asker_told_and_the_file_kept(context: Flask, cast: Cast):
    account, heard = cast.account(), []

    def work(params: Mapping[str, Any], progress: operations.Progress) -> Made:
        heard.append(params["n"])
        progress(1, 3)
        return FILE

    does(work)
    public_id = ask(account)
    jobs.run_waiting()
    task = kept(public_id)
    assert (task.status, task.done, task.total, task.result, task.tries) == (TaskStatus.DONE, 3, 3, b"a file", 1)
    assert heard == [3]
    assert len(notices(account)) == 1
    jobs.run_waiting()
    assert heard == [3]


def test_progress_is_seen_by_others_while_it_is_made(context: Flask, cast: Cast):
    seen: list[tuple[int, int]] = []

    def work(_params: Mapping[str, Any], progress: operations.Progress) -> Made:
        for step in (1, 2):
            progress(step, 2)
            with single_statements() as other:
                seen.append(tuple(other.execute(select(Task.done, Task.total)).one()))
        return FILE

    does(work)
    ask(cast.account())
    jobs.run_waiting()
    assert seen == [(1, 2), (2, 2)]


def test_what_is_refused_is_told_with_its_reason(context: Flask, cast: Cast):
    account = cast.account()

    def work(_params: Mapping[str, Any], progress: operations.Progress) -> Made:
        progress(1, 2)
        db.session.execute(update(Account).values(display_name="半路"))
        raise Invalid(N_("行数超过了 %(most)s"), most="十万")

    does(work)
    public_id = ask(account)
    jobs.run_waiting()
    task = kept(public_id)
    assert task.status is TaskStatus.FAILED
    assert "没有做成" in notices(account)[0]
    assert db.session.scalar(select(func.count()).where(Account.display_name == "半路")) == 0
    db.session.rollback()
    page = get(context, account, f"/tasks/{public_id}").text
    assert "行数超过了 十万" in page


def test_a_fault_is_told_too_and_the_next_task_is_done_after_it(context: Flask, cast: Cast):
    account = cast.account()

    def work(_params: Mapping[str, Any], _progress: operations.Progress) -> Made:
        if queries.waiting_of(account.id) == 2:
            raise ZeroDivisionError
        return FILE

    does(work)
    first, second = ask(account, "坏的"), ask(account, "好的")
    with pytest.raises(ZeroDivisionError):
        jobs.run_waiting()
    db.session.rollback()
    jobs.run_waiting()
    assert [kept(one).status for one in (first, second)] == [TaskStatus.FAILED, TaskStatus.DONE]
    assert "程序出错了" in get(context, account, f"/tasks/{first}").text
    assert ["没有做成" in told for told in notices(account)] == [True, False]


def test_two_who_saw_the_same_task_do_it_once(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    ask(cast.account())
    task_id = queries.next_task_id(clock.now())
    assert task_id is not None
    assert operations.claim(task_id) is not None
    db.session.commit()
    assert operations.claim(task_id) is None
    assert queries.next_task_id(clock.now()) is None


def test_a_task_whose_process_died_begins_anew(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    public_id = ask(cast.account())
    assert operations.claim(kept(public_id).id) is not None
    db.session.commit()
    jobs.run_waiting()
    assert kept(public_id).status is TaskStatus.RUNNING
    with time_machine.travel(clock.now() + LEFT_LYING + timedelta(seconds=1)):
        jobs.run_waiting()
    task = kept(public_id)
    assert (task.status, task.tries) == (TaskStatus.DONE, 2)


def test_what_takes_its_process_down_each_time_is_given_up(context: Flask, cast: Cast):
    account = cast.account()
    does(lambda _params, _progress: FILE)
    public_id, now = ask(account), clock.now()
    for attempt in range(MOST_TRIES + 1):
        with time_machine.travel(now + attempt * (LEFT_LYING + timedelta(seconds=1))):
            task_id = queries.next_task_id(clock.now())
            assert task_id is not None
            assert (operations.claim(task_id) is not None) is (attempt < MOST_TRIES)
            db.session.commit()
    assert kept(public_id).status is TaskStatus.FAILED
    assert len(notices(account)) == 1


def test_who_was_slow_and_lost_the_task_changes_nothing_more(context: Flask, cast: Cast):
    account, now = cast.account(), clock.now()

    def slow(_params: Mapping[str, Any], progress: operations.Progress) -> Made:
        with time_machine.travel(now + LEFT_LYING + timedelta(minutes=1)):
            does(lambda _params, _progress: FILE)
            jobs.run_waiting()
        progress(1, 2)
        return Made("late.csv", "text/csv", b"too late")

    does(slow)
    public_id = ask(account)
    jobs.run_waiting()
    task = kept(public_id)
    assert (task.status, task.result) == (TaskStatus.DONE, b"a file")
    assert len(notices(account)) == 1


def test_nobody_waits_for_too_much_at_once(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    account, other = cast.account(), cast.account("另一位")
    for _ in range(MOST_WAITING):
        ask(account)
    with pytest.raises(Conflict):
        ask(account)
    ask(other)
    with pytest.raises(KeyError):
        operations.ask("test.nobody", "", {}, lineage="", account_id=None)


def test_its_asker_alone_reads_a_task_and_fetches_its_file(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    account = cast.account()
    public_id = ask(account, "襄阳市操作记录")
    other = cast.account("别人")
    place, file = f"/tasks/{public_id}", f"/tasks/{public_id}/file"
    assert get(context, account, place).headers["Refresh"] == "3"
    get(context, account, file, expect=404)
    jobs.run_waiting()
    assert "Refresh" not in get(context, account, place).headers
    assert "襄阳市操作记录" in get(context, account, "/tasks/").text
    answer = get(context, account, file)
    assert answer.data == b"a file"
    assert "filename*=UTF-8''%E8%A5%84%E9%98%B3%E5%B8%82%2011" in answer.headers["Content-Disposition"]
    assert "filename=file.xlsx" in answer.headers["Content-Disposition"]
    for door in (place, file):
        get(context, other, door, expect=404)
        get(context, None, door, expect=302)
    assert "襄阳市操作记录" not in get(context, other, "/tasks/").text


@pytest.mark.parametrize("name", ["通报", "通报.表格", "a.b c"])
def test_any_name_makes_a_header_that_a_server_can_send(context: Flask, cast: Cast, name: str):
    does(lambda _params, _progress: Made(name, "text/plain", b""))
    account = cast.account()
    public_id = ask(account)
    jobs.run_waiting()
    answer = get(context, account, f"/tasks/{public_id}/file")
    assert "filename=file;" in answer.headers["Content-Disposition"] + ";"


def test_who_lost_the_right_does_not_get_the_file_any_more(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    operations.rights["test.work"] = Permission.READ_AUDIT
    office = cast.office()
    public_id = ask(office)
    jobs.run_waiting()
    get(context, office, f"/tasks/{public_id}/file")
    db.session.execute(update(RoleGrant).values(revoked_at=clock.now()))
    db.session.commit()
    get(context, office, f"/tasks/{public_id}/file", expect=404)


def test_a_file_of_several_areas_is_made_and_given_only_with_the_right_to_each(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    operations.rights["test.work"] = Permission.READ_AUDIT
    account, both = cast.account(), {"lineages": ["420600/420602", "420600/420606"]}
    for code in ("420602", "420606"):
        cast.grant(account, Role.OFFICE_ADMIN, area=cast.area(code))
    public_ids = []
    for run in (True, False):
        task = operations.ask("test.work", "两个区的", both, lineage=both["lineages"][0], account_id=account.id)
        public_ids.append(task.public_id)
        db.session.commit()
        if run:
            jobs.run_waiting()
    get(context, account, f"/tasks/{public_ids[0]}/file")
    lost = update(RoleGrant).where(RoleGrant.area_id == cast.area("420606").id).values(revoked_at=clock.now())
    db.session.execute(lost)
    db.session.commit()
    get(context, account, f"/tasks/{public_ids[0]}/file", expect=404)
    jobs.run_waiting()
    assert kept(public_ids[1]).status is TaskStatus.FAILED
    assert "您已经没有这项权限" in kept(public_ids[1]).why["text"]


def test_a_file_about_an_organization_is_for_its_people_while_they_are_its_people(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    operations.rights["test.work"] = Permission.READ_ORGANIZATION
    area, account = cast.area("420602001001"), cast.account()
    organization = cast.organization(area_id=area.id)
    cast.grant(account, Role.CHECKER, organization=organization)
    about = {"organization_id": organization.id}
    task = operations.ask("test.work", "本队的", about, lineage=area.lineage, account_id=account.id)
    public_id = task.public_id
    db.session.commit()
    jobs.run_waiting()
    get(context, account, f"/tasks/{public_id}/file")
    db.session.execute(update(RoleGrant).where(RoleGrant.account_id == account.id).values(revoked_at=clock.now()))
    db.session.commit()
    get(context, account, f"/tasks/{public_id}/file", expect=404)


def test_every_kind_of_work_asks_for_its_right_again(context: Flask):
    assert set(operations.rights) == set(operations.workers)


def test_files_are_forgotten_after_a_month(context: Flask, cast: Cast):
    does(lambda _params, _progress: FILE)
    account, later = cast.account(), cast.account("后来的")
    public_id = ask(account)
    jobs.run_waiting()
    waiting = ask(later)
    with time_machine.travel(clock.now() + KEPT + timedelta(days=1)):
        jobs.forget_old()
        db.session.commit()
    left = db.session.scalars(select(Task.public_id)).all()
    assert left == [waiting]
    assert public_id not in left


def test_work_of_a_trial_speaks_of_the_address_it_was_asked_for_by(
    context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    account, seen = cast.account("周文"), []
    does(lambda _params, _progress: Made(str(seen.append(public_origin())), "text/plain", b"-"))
    trial = replace(context.config["SETTINGS"], public_url="http://127.0.0.1:8000", has_public_url=False)
    for settings in (context.config["SETTINGS"], trial):
        monkeypatch.setitem(context.config, "SETTINGS", settings)
        with context.test_request_context("/", headers={"Host": "localhost:8177"}):
            ask(account)
        jobs.run_waiting()
    assert seen == ["http://localhost", "http://localhost:8177"]
