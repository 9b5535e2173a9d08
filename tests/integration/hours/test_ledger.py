"""The ledger only grows, adds up, and says so."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry, Proposal
from tests.integration.hours.conftest import Scene, at
from volunteer.hours import checks, operations, queries
from volunteer.hours.checks import LedgerFault
from volunteer.hours.ledger import enter, same_as
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel.errors import Conflict


def served(scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"))
    scene.serve(scene.shift(days_ago=3), at("14:00", 3), at("15:30", 3))


@pytest.mark.parametrize("statement", ["UPDATE entry SET minutes = 600", "DELETE FROM entry"])
def test_an_entry_is_never_changed_or_deleted(scene: Scene, statement: str) -> None:
    served(scene)
    with pytest.raises(DBAPIError, match="append-only"), scene.writing():
        db.session.execute(text(statement))
    assert scene.minutes() == 210


def test_the_schema_refuses_time_that_overlaps_even_when_the_rules_are_passed_by(scene: Scene) -> None:
    served(scene)
    (_, entry) = scene.entries()
    with pytest.raises(Conflict, match="已经有别的服务记录"), scene.writing():
        enter({**same_as(entry), "kind": entry.kind})
    assert len(scene.entries()) == 2


def test_a_volunteer_s_totals_leave_out_what_was_reversed(scene: Scene) -> None:
    served(scene)
    today = at("12:00", 0).date()
    first, second = scene.entries()
    with scene.writing():
        operations.reverse_entry(
            queries.entry_by_public_id(first.public_id),
            reason="不是本人",
            made_by=scene.owner.id,
            checked_by=scene.second.id,
        )
    with scene.cast.app.app_context():
        kept = queries.effective_entries(scene.volunteer.id, scene.organization.id, date.min, date.max)
        assert [one.id for one in kept] == [second.id]
        assert kept[0].shift.activity.title == scene.activity.title
        assert queries.effective_minutes(scene.volunteer.id, second.served_on, today) == 90
        assert queries.effective_minutes(scene.volunteer.id, first.served_on, first.served_on) == 0
        years = queries.year_totals([scene.volunteer.id, 0], second.served_on.year)
        assert years == {scene.volunteer.id: 90, 0: 0}
    with pytest.raises(Conflict, match="已经冲销"), scene.writing():
        operations.reverse_entry(
            queries.entry_by_public_id(first.public_id), reason="再来", made_by=None, checked_by=None
        )


def test_a_sound_ledger_adds_up(scene: Scene) -> None:
    served(scene)
    scene.confirm(scene.reversal(scene.entries()[0]))
    scene.confirm(scene.typed(scene.shift()))
    with scene.cast.app.app_context():
        assert checks.check_ledger() == checks.Ledger(entries=3, minutes=90, faults=())


def smuggle(scene: Scene, row: Entry | Proposal) -> set[LedgerFault]:
    """Add a row past the rules and return what the check finds."""
    scene.cast.add(row)
    with scene.cast.app.app_context():
        return {one.fault for one in checks.check_ledger().faults}


def test_an_effective_entry_without_its_time_is_found(scene: Scene) -> None:
    served(scene)
    with scene.writing():
        db.session.execute(text("DELETE FROM credited_span"))
    with scene.cast.app.app_context():
        found = checks.check_ledger().faults
    assert [(one.fault, one.where) for one in found] == [
        (LedgerFault.SPAN_MISSING, one.public_id) for one in scene.entries()
    ]


def test_a_reversal_of_other_minutes_is_found(scene: Scene) -> None:
    served(scene)
    (entry, _) = scene.entries()
    wrong = {"kind": EntryKind.REVERSAL, "minutes": -1, "reverses_id": entry.id, "made_at": entry.made_at}
    assert LedgerFault.REVERSAL_DIFFERS in smuggle(scene, Entry(**{**same_as(entry), **wrong}))


def test_an_effective_proposal_without_an_entry_is_found(scene: Scene) -> None:
    served(scene)
    (entry, _) = scene.entries()
    wrong = {"state": ProposalState.EFFECTIVE, "cause": Cause.MANUAL, "made_at": entry.made_at}
    assert smuggle(scene, Proposal(**same_as(entry), **wrong)) == {LedgerFault.PROPOSAL_DIFFERS}


def test_minutes_that_were_not_derived_and_too_long_a_day_are_found(scene: Scene) -> None:
    served(scene)
    (entry, _) = scene.entries()
    faults = smuggle(scene, Entry(**{**same_as(entry), "kind": entry.kind, "minutes": 700, "made_at": entry.made_at}))
    assert faults == {LedgerFault.SPAN_MISSING, LedgerFault.DERIVATION_DIFFERS, LedgerFault.DAY_TOO_LONG}


def test_a_reversed_entry_that_still_covers_time_is_found(scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"))
    (entry,) = scene.entries()
    scene.confirm(scene.reversal(entry))
    with scene.writing():
        db.session.execute(
            text("INSERT INTO credited_span SELECT id, volunteer_id, started_at, ended_at FROM entry WHERE id = :id"),
            {"id": entry.id},
        )
    with scene.cast.app.app_context():
        assert [one.fault for one in checks.check_ledger().faults] == [LedgerFault.SPAN_STALE]


def test_the_command_says_that_it_adds_up_or_where_it_does_not(app: Flask, scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"))
    sound = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert (sound.exit_code, sound.output) == (0, "1 entries, 2.00 effective hours.\nThe ledger adds up.\n")
    with scene.writing():
        db.session.execute(text("DELETE FROM credited_span"))
    broken = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert broken.exit_code == 1
    assert f"{scene.entries()[0].public_id}: an effective entry does not cover its time" in broken.output


def test_every_decision_leaves_its_trail(scene: Scene) -> None:
    scene.confirm(scene.typed(scene.shift()))
    with scene.cast.app.app_context():
        trail = db.session.query(AuditEvent).order_by(AuditEvent.id).all()
        assert [(one.action, one.account_id) for one in trail] == [
            ("hours.propose_typed", scene.owner.id),
            ("hours.confirm", scene.second.id),
        ]
        assert all(one.lineage == "420600/420602/420602001/420602001001" for one in trail)
