"""Who is marked as erased was erased by the program, at any moment, and has no secret that could tell who it was."""

import threading
from collections.abc import Iterable, Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select, update

from models.base import db
from models.ledger import VolunteerSecret
from models.volunteers import Volunteer
from tests.integration.integrity.ledgers import Ledgers
from tests.integration.integrity.raw import unguarded
from volunteer.integrity.faults import Fault
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel import clock
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.volunteers import persons
from volunteer.volunteers.operations import erase_volunteer


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)):
        yield


def erase(volunteer_id: int) -> None:
    person = db.session.get_one(Volunteer, volunteer_id, populate_existing=True)
    erase_volunteer(volunteer=person, account_id=person.account_id, confirmation=person.name)
    db.session.commit()


def forged() -> list[tuple[str, str]]:
    return [(one.subject, one.detail) for one in verify_ledgers() if one.fault is Fault.ERASURE_FORGED]


def test_a_person_who_is_marked_as_erased_by_sql_is_named(ledgers: Ledgers) -> None:
    person = ledgers.people[0]
    db.session.execute(update(Volunteer).where(Volunteer.id == person.id).values(erased_at=clock.now()))
    db.session.execute(delete(VolunteerSecret).where(VolunteerSecret.volunteer_id == person.id))
    db.session.commit()
    assert forged() == [(person.number, "the seal does not hold")]


def test_the_seal_of_somebody_elses_erasure_does_not_do(ledgers: Ledgers) -> None:
    first, other = ledgers.people[:2]
    erase(first.id)
    assert verify_ledgers().total == 0
    done = db.session.get_one(Volunteer, first.id)
    copied = {"erased_at": done.erased_at, "erased_seal": done.erased_seal}
    db.session.execute(update(Volunteer).where(Volunteer.id == other.id).values(copied))
    db.session.execute(delete(VolunteerSecret).where(VolunteerSecret.volunteer_id == other.id))
    db.session.commit()
    assert forged() == [(other.number, "the seal does not hold")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"erased_at": None}, "the seal does not hold"),
        ({"erased_at": None, "erased_seal": ""}, "the mark was taken away"),
    ],
)
def test_a_mark_that_was_taken_away_is_named(ledgers: Ledgers, change: dict[str, str | None], said: str) -> None:
    person = ledgers.people[0]
    erase(person.id)
    db.session.execute(update(Volunteer).where(Volunteer.id == person.id).values(change))
    db.session.commit()
    assert forged() == [(person.number, said)]


def test_an_erasure_of_which_the_trail_tells_nothing_is_named(ledgers: Ledgers) -> None:
    person = ledgers.people[0]
    erase(person.id)
    with unguarded():
        db.session.execute(db.text("DELETE FROM audit_event WHERE action = 'volunteers.erase'"))
    db.session.commit()
    assert forged() == [(person.number, "the trail tells nothing of it")]


def test_who_is_erased_while_rows_are_taken_in_gets_no_secret(
    app: Flask, ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("has one writer at a time anyway")
    person_id = ledgers.people[2].id
    db.session.execute(delete(VolunteerSecret).where(VolunteerSecret.volunteer_id == person_id))
    db.session.commit()
    real, raced = persons.secrets_of, []

    def racing(volunteer_ids: Iterable[int], *, makes: bool = False) -> dict[int, bytes]:
        """Let the person be erased by somebody else once they were read as not erased."""
        if not raced:
            raced.append(threading.Thread(target=elsewhere))
            raced[0].start()
            raced[0].join()
        return real(volunteer_ids, makes=makes)

    def elsewhere() -> None:
        with app.app_context():
            erase(person_id)

    monkeypatch.setattr(persons, "secrets_of", racing)
    assert persons.persons_of([person_id], makes_secrets=True)[person_id].secret is not None
    db.session.commit()
    assert db.session.scalar(select(func.count()).where(VolunteerSecret.volunteer_id == person_id)) == 0
