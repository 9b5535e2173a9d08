"""What led to minutes, changed by raw SQL: each is named, and the control passes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Table, delete, insert, update

from models.audit import AuditEvent
from models.base import db
from models.hours import Objection, Proposal
from tests.integration.integrity.ledgers import Ledgers
from tests.integration.integrity.raw import rows, table_of, unguarded
from volunteer.hours import jobs
from volunteer.hours.objections import object_to
from volunteer.hours.proposal_seals import SEALED, seal_proposal
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.integrity.faults import Fault, Findings
from volunteer.integrity.verifying import examine
from volunteer.kernel import clock
from volunteer.kernel.clock import LOCAL_ZONE

PROPOSALS: Table = table_of(Proposal)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE), tick=False):
        yield


def typed() -> Any:
    """Return the row of what was typed in and took effect."""
    return next(row for row in rows(Proposal) if row.cause == Cause.MANUAL)


def write(row: Any, **values: Any) -> None:
    db.session.execute(update(PROPOSALS).where(PROPOSALS.c.id == row.id).values(values))


def faults(found: Findings, public_id: str) -> set[Fault]:
    return {one.fault for one in found if public_id in one.subject}


def written_by_the_program(row: Any, **values: Any) -> None:
    """Change a proposal and seal it, as a faulty program would: only what is true of the row can tell."""
    proposal = db.session.get_one(Proposal, row.id)
    for name, value in values.items():
        setattr(proposal, name, value)
    seal_proposal(proposal)


def test_control(ledgers: Ledgers) -> None:
    found = examine()
    assert list(map(str, found)) == []
    assert found.counted["proposals"] >= 5


CHANGES: dict[str, Any] = {
    "reason": "另一个原因",
    "evidence": "没有凭据",
    "answer": "查过了",
    "minutes": 100,
    "cause": Cause.POSTER,
    "checked_by": None,
    "made_by": None,
    "checked_at": datetime(2026, 11, 1, tzinfo=LOCAL_ZONE),
    "made_at": datetime(2026, 11, 1, tzinfo=LOCAL_ZONE),
    "notice_until_on": datetime(2026, 11, 1, tzinfo=LOCAL_ZONE).date(),
    "rules_version": "2027.1",
    "state": ProposalState.RETURNED,
    "seal": "f" * 64,
}


def test_a_changed_column_is_named(ledgers: Ledgers) -> None:
    row, missed = typed(), []
    for column, value in CHANGES.items():
        write(row, **{column: value})
        if Fault.SEAL_BROKEN not in faults(examine(), row.public_id):
            missed.append(column)
        db.session.rollback()
    assert missed == []


def test_a_seal_that_is_gone_is_named(ledgers: Ledgers) -> None:
    row = typed()
    write(row, seal="")
    assert faults(examine(), row.public_id) == {Fault.SEAL_MISSING}
    db.session.rollback()


def test_one_that_was_inserted_is_named_and_makes_no_entry(ledgers: Ledgers) -> None:
    """The database administrator lets the program write the entry: it does not."""
    like = typed()
    db.session.remove()
    shift = ledgers.hours.shift("05:00", 120, days_ago=5)
    values = {name: getattr(like, name) for name in SEALED} | {
        "public_id": "x" * 20,
        "entry_id": None,
        "sheet_id": None,
    }
    values |= {"shift_id": shift.id, "served_on": clock.local_day(shift.starts_at), "started_at": shift.starts_at}
    values |= {"ended_at": shift.ends_at, "state": ProposalState.ON_NOTICE, "seal": like.seal}
    values |= {"notice_until_on": clock.today() - timedelta(days=1)}
    entries = len(ledgers.hours.entries())
    with ledgers.hours.writing() as session:
        session.execute(insert(PROPOSALS).values(values))
    jobs.end_public_notices()
    assert len(ledgers.hours.entries()) == entries
    assert faults(examine(), "x" * 20) == {Fault.SEAL_BROKEN}


def test_a_deleted_objection_is_named(ledgers: Ledgers) -> None:
    with ledgers.hours.writing():
        shift = ledgers.hours.shift("19:00", 60, days_ago=3)
    proposal = ledgers.hours.confirm(ledgers.hours.typed(shift))
    with ledgers.hours.writing():
        object_to(db.session.get_one(Proposal, proposal.id), text="没有办", account_id=None)
    assert faults(examine(), proposal.public_id) == set()
    db.session.execute(delete(table_of(Objection)))
    assert faults(examine(), proposal.public_id) == {Fault.SEAL_BROKEN}
    db.session.rollback()


def test_a_short_notice_is_named_whoever_sealed_it(ledgers: Ledgers) -> None:
    row = typed()
    written_by_the_program(row, notice_until_on=clock.today())
    assert faults(examine(), row.public_id) == {Fault.NOTICE_SHORT}
    written_by_the_program(row, notice_until_on=None)
    assert faults(examine(), row.public_id) == {Fault.NOTICE_SHORT}
    db.session.rollback()


def test_minutes_from_before_the_end_of_their_notice_are_named(ledgers: Ledgers) -> None:
    row = typed()
    written_by_the_program(row, notice_until_on=clock.today() + timedelta(days=30))
    assert faults(examine(), row.public_id) == {Fault.NOTICE_SHORT}
    db.session.rollback()


@pytest.mark.parametrize("kind", list(EntryKind))
def test_one_person_is_named_for_minutes_and_for_taking_them_back(ledgers: Ledgers, kind: EntryKind) -> None:
    row = next(one for one in rows(Proposal) if one.kind == kind and one.made_by is not None)
    written_by_the_program(row, checked_by=row.made_by)
    assert Fault.ONE_PERSON in faults(examine(), row.public_id)
    db.session.rollback()


@pytest.mark.parametrize("action", ["hours.propose_typed", "hours.confirm"])
def test_an_act_without_a_trail_is_named(ledgers: Ledgers, action: str) -> None:
    row = typed()
    with unguarded():
        db.session.execute(delete(AuditEvent).where(AuditEvent.action == action))
    assert faults(examine(), row.public_id) == {Fault.TRAIL_MISSING}
    db.session.rollback()
