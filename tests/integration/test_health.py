"""What a monitor is told."""

from datetime import timedelta

import pytest
from flask import Flask

from models.scheduler import SchedulerLease
from tests.cast import Cast
from tests.client import Browser
from volunteer import scheduler
from volunteer.kernel import clock
from volunteer.scheduler import Job, Leader, every


def test_the_process_answers(browser: Browser) -> None:
    assert browser.get("/healthz").json == {"status": "ok"}


def test_without_a_scheduler_it_is_not_ready(browser: Browser) -> None:
    assert browser.get("/readyz", expect=503).json == {"status": "wrong", "wrong": ["scheduler"]}


def test_with_a_scheduler_it_is_ready(browser: Browser, cast: Cast) -> None:
    cast.add(SchedulerLease(id=1, holder="x", token=1, ends_at=clock.now() + timedelta(seconds=20)))
    assert browser.get("/readyz").json == {"status": "ok", "wrong": []}


def test_one_of_two_processes_leads(app: Flask) -> None:
    first, second = Leader(app, "first"), Leader(app, "second")
    first.renew()
    second.renew()
    assert first.token is not None
    assert second.token is None


def test_a_lease_that_ran_out_goes_to_another_with_a_greater_token(app: Flask, cast: Cast) -> None:
    first, second = Leader(app, "first"), Leader(app, "second")
    first.renew()
    with app.app_context():
        lease = scheduler.db.session.get_one(SchedulerLease, 1)
        lease.ends_at = clock.now() - timedelta(seconds=1)
        scheduler.db.session.commit()
    second.renew()
    assert first.token is not None
    assert second.token is not None
    assert second.token > first.token


def test_a_due_run_happens_once(app: Flask) -> None:
    ran: list[str] = []
    leader = Leader(app, "first")
    leader.renew()
    job = Job("test.count", every(60), lambda: ran.append("ran"))
    due_at = clock.now().replace(second=0, microsecond=0)
    assert leader.run(job, due_at)
    assert not leader.run(job, due_at)
    assert ran == ["ran"]


def test_what_a_job_did_is_undone_when_the_lease_was_lost_meanwhile(app: Flask, cast: Cast) -> None:
    leader, other = Leader(app, "first"), Leader(app, "other")
    leader.renew()

    def lose_it() -> None:
        with app.app_context():
            scheduler.db.session.get_one(SchedulerLease, 1).ends_at = clock.now() - timedelta(seconds=1)
            scheduler.db.session.commit()
        other.renew()

    job = Job("test.lost", every(60), lambda: None)
    lose_it()
    leader.run(job)
    with app.app_context():
        run = scheduler.db.session.query(scheduler.JobRun).one()
        assert "lease was lost" in run.error


def test_the_jobs_have_names_of_their_own() -> None:
    names = [job.name for job in scheduler.JOBS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("job", scheduler.JOBS, ids=lambda job: job.name)
def test_every_job_runs_on_an_empty_city(context: Flask, job: Job) -> None:
    job.run()
    scheduler.db.session.commit()
