"""The list of jobs and when they run, and the one process that may start them.

Jobs are declared here, not stored: any number of processes may run `flask scheduler`, one of them holds the lease.
A due run is claimed by a row unique by (job, due time), so that its effect happens once.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.scheduler import JobRun, SchedulerLease
from volunteer.accounts import jobs as accounts
from volunteer.certificates import jobs as certificates
from volunteer.checkin import jobs as checkin
from volunteer.evidence import jobs as evidence
from volunteer.hours import jobs as hours
from volunteer.kernel import clock
from volunteer.ledger import jobs as ledger
from volunteer.metrics import jobs as metrics
from volunteer.signals import jobs as signals
from volunteer.signups import jobs as signups
from volunteer.supervision import jobs as supervision
from volunteer.surveys import jobs as surveys
from volunteer.tasks import jobs as tasks

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 10
KEPT = timedelta(days=60)
NICENESS = 5
"""How far this process steps back where there is too little processor for all: people come before figures."""
ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Job:
    """Something due: its `name`, when, and what; a `frequent` job is harmless to repeat and leaves no row."""

    name: str
    trigger: BaseTrigger
    run: Callable[[], None]
    frequent: bool = False


def every(seconds: int) -> BaseTrigger:
    """Return a trigger for every so many seconds."""
    return IntervalTrigger(seconds=seconds, timezone=ZONE)


def daily(hour: int, minute: int = 0) -> BaseTrigger:
    """Return a trigger for each local day at `hour`:`minute`."""
    return CronTrigger(hour=hour, minute=minute, timezone=ZONE)


def forget_old_runs() -> None:
    """Delete the rows of runs that are long over."""
    db.session.execute(delete(JobRun).where(JobRun.due_at < clock.now() - KEPT))


JOBS = (
    Job("metrics.take_in_changes", every(1), metrics.take_in_changes, frequent=True),
    Job("ledger.take_in", every(5), ledger.take_in, frequent=True),
    Job("ledger.sign", every(600), ledger.sign, frequent=True),
    Job("signups.move_up", every(30), signups.move_up, frequent=True),
    Job("checkin.close_forgotten", every(60), checkin.close_forgotten, frequent=True),
    Job("certificates.run_batches", every(5), certificates.run_batches, frequent=True),
    Job("tasks.run_waiting", every(2), tasks.run_waiting, frequent=True),
    Job("signals.look", every(600), signals.look, frequent=True),
    Job("surveys.mix", daily(3, 40), surveys.mix),
    Job("surveys.freeze_those_due", daily(0, 20), surveys.freeze_those_due),
    Job("hours.settle_stars", every(10), hours.settle_stars, frequent=True),
    Job("metrics.take_snapshots", daily(0, 5), metrics.take_snapshots),
    Job("hours.end_public_notices", daily(0, 10), hours.end_public_notices),
    Job("hours.look_after_deadlines", daily(8, 0), hours.look_after_deadlines),
    Job("supervision.draft_bulletins", daily(5, 30), supervision.draft_bulletins),
    Job("supervision.look_after_orders", daily(8, 10), supervision.look_after_orders),
    Job("evidence.look_after_duties", daily(8, 20), evidence.look_after_duties),
    Job("accounts.forget_old_attempts", daily(3, 30), accounts.forget_old_attempts),
    Job("tasks.forget_old", daily(3, 35), tasks.forget_old),
    Job("scheduler.forget_old_runs", daily(3, 40), forget_old_runs),
)


class Leader:
    """This process's claim on the lease."""

    def __init__(self, app: Flask, name: str | None = None) -> None:
        self.app = app
        self.name = name or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.token: int | None = None

    def renew(self) -> None:
        """Take the lease when it is free, keep it when it is ours; otherwise stand by."""
        with self.app.app_context():
            self.token = take_lease(self.name, clock.now())
            db.session.commit()

    def run(self, job: Job, due_at: datetime | None = None) -> bool:
        """Run `job` if this process leads and nobody else took the run of `due_at`; return whether it ran."""
        if self.token is None:
            return False
        due_at = due_at or _this_minute()
        with self.app.app_context():
            if not job.frequent and not claim_run(job.name, due_at, self.token):
                return False
            try:
                job.run()
                if not still_leads(self.name, self.token):
                    raise RuntimeError("the lease was lost while the job ran")
                _finish(job, due_at, "")
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                log.exception("job %s", job.name)
                _finish(job, due_at, repr(error)[:300])
                db.session.commit()
        return True


def take_lease(holder: str, now: datetime) -> int | None:
    """Return the fencing token when `holder` has the lease until 30 s from `now`, else None."""
    row = db.session.execute(
        update(SchedulerLease)
        .where(SchedulerLease.id == 1, or_(SchedulerLease.holder == holder, SchedulerLease.ends_at < now))
        .values(
            token=SchedulerLease.token + 1,
            holder=holder,
            ends_at=now + LEASE,
        )
        .returning(SchedulerLease.token)
    ).first()
    if row:
        return int(row.token)
    if db.session.get(SchedulerLease, 1) is None:
        try:
            with db.session.begin_nested():
                db.session.execute(insert(SchedulerLease).values(id=1, holder=holder, token=1, ends_at=now + LEASE))
        except IntegrityError:
            return None
        return 1
    return None


def still_leads(holder: str, token: int) -> bool:
    """Return whether the lease has not gone to another holder since `token` was given out."""
    lease = db.session.execute(
        select(SchedulerLease.holder, SchedulerLease.token).where(SchedulerLease.id == 1).with_for_update(read=True)
    ).first()
    return lease is not None and lease.holder == holder and lease.token >= token


def claim_run(job: str, due_at: datetime, token: int) -> bool:
    """Claim the run of `job` due at `due_at`; False when it is taken already. Commits, so that others see it."""
    try:
        db.session.execute(insert(JobRun).values(job=job, due_at=due_at, token=token, started_at=clock.now(), error=""))
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def _finish(job: Job, due_at: datetime, error: str) -> None:
    if not job.frequent:
        db.session.execute(
            update(JobRun)
            .where(JobRun.job == job.name, JobRun.due_at == due_at)
            .values(finished_at=clock.now(), error=error)
        )


def _this_minute() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


def run_forever(app: Flask) -> None:
    """Stand by for the lease and run the jobs while holding it, until the process is told to end."""
    os.nice(NICENESS)
    leader = Leader(app)
    leader.renew()
    scheduler = BlockingScheduler(timezone=ZONE, job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(leader.renew, every(RENEW_SECONDS), id="lease")
    for job in JOBS:
        scheduler.add_job(leader.run, job.trigger, args=[job], id=job.name)
    scheduler.start()
