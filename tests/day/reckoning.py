"""The evening's account: every minute in the database beside what the model says, person by person."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import func, select

from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal
from models.hours import Entry, Proposal
from models.stations import StationRecord
from tests.day.model import Fate
from tests.day.town import Person
from volunteer.hours.rules import ProposalState
from volunteer.stations.rules import Outcome

COLUMNS = (
    ("kind", 30),
    ("people", 7),
    ("credited", 10),
    ("waiting", 9),
    ("refusals", 9),
    ("kept", 6),
    ("held", 6),
    ("let in", 7),
)


@dataclass(slots=True)
class Found:
    """What the database holds: fates by volunteer, refusals by account, and who was ever let in."""

    fates: defaultdict[int, Fate] = field(default_factory=lambda: defaultdict(Fate))
    refused: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    present: set[int] = field(default_factory=set)


def look(app: Flask) -> Found:
    """Read entries, proposals, refusals and what stations sent in vain as they are now."""
    found = Found()
    with app.app_context():
        entries = select(Entry.volunteer_id, func.sum(Entry.minutes)).group_by(Entry.volunteer_id)
        for volunteer, credited in db.session.execute(entries):
            found.fates[volunteer].credited = int(credited)
        waiting = select(Proposal.volunteer_id, Proposal.state, Proposal.cause, Proposal.minutes)
        for volunteer, state, cause, held in db.session.execute(
            waiting.where(Proposal.state != ProposalState.EFFECTIVE)
        ):
            found.fates[volunteer].held[state.value, cause.value] += held
        for account, rule in db.session.execute(select(PresenceRefusal.account_id, PresenceRefusal.rule)):
            found.refused[account][rule] += 1
        unresolved = select(StationRecord.volunteer_id, StationRecord.rule).where(
            StationRecord.outcome == Outcome.REVIEW, StationRecord.resolved_at.is_(None)
        )
        for volunteer, rule in db.session.execute(unresolved):
            found.fates[volunteer].kept[rule] += 1
        found.present = set(db.session.scalars(select(PresenceEvent.volunteer_id).distinct()))
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
    return found


@dataclass(slots=True)
class Row:
    """One kind of people: how many, their minutes, the refusals, what stations sent and no rule could record,
    who had minutes held at midnight, and who was let in.
    """

    people: int = 0
    credited: int = 0
    waiting: int = 0
    refusals: int = 0
    kept: int = 0
    held: int = 0
    present: int = 0


def table(people: Iterable[Person], found: Found, held_at_midnight: set[int]) -> dict[str, Row]:
    """Return what came out, by kind, in the order in which the kinds first appear."""
    rows: dict[str, Row] = {}
    accounts: set[int] = set()
    for person in people:
        row, fate = rows.setdefault(person.kind, Row()), found.fates[person.number]
        row.people += 1
        row.credited += fate.credited
        row.waiting += fate.held.total()
        row.kept += fate.kept.total()
        row.held += person.number in held_at_midnight
        row.present += person.number in found.present
        if person.account not in accounts:
            row.refusals += found.refused[person.account].total()
            accounts.add(person.account)
    return rows


def said(rows: dict[str, Row]) -> str:
    """Return the table for people: minutes credited and still waiting in the end, who was held on the day itself."""
    lines = [" ".join(_cell(title, width, is_first=not at) for at, (title, width) in enumerate(COLUMNS))]
    total = Row()
    for kind, row in rows.items():
        lines.append(_line(kind, row))
        for name in Row.__slots__:
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return "\n".join([*lines, _line("all", total)])


def _line(kind: str, row: Row) -> str:
    values = (kind, row.people, row.credited, row.waiting, row.refusals, row.kept, row.held, row.present)
    return " ".join(
        _cell(value if isinstance(value, str) else f"{value:,}", width, is_first=not at)
        for at, (value, (_, width)) in enumerate(zip(values, COLUMNS, strict=True))
    )


def _cell(text: str, width: int, *, is_first: bool) -> str:
    return text.ljust(width) if is_first else text.rjust(width)


def unexplained(people: list[Person], found: Found) -> list[str]:
    """Return every difference between the model and the database, in sentences; nobody else may have minutes."""
    wrong = [fault for person in people for fault in _differences(person, found)]
    known = {person.number for person in people}
    wrong += [f"somebody unknown, {number}, has {fate}" for number, fate in found.fates.items() if number not in known]
    refusals: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for person in people:
        refusals[person.account] += person.fate.refused
    for account in refusals.keys() | found.refused.keys():
        if refusals[account] != found.refused[account]:
            wrong.append(f"account {account}: refused {dict(found.refused[account])}, not {dict(refusals[account])}")
    return wrong


def _differences(person: Person, found: Found) -> Iterable[str]:
    ought, came = person.fate, found.fates[person.number]
    who = f"{person.kind} {person.name} ({person.number})"
    if came.credited != ought.credited:
        yield f"{who}: {came.credited} minutes credited, not {ought.credited}"
    if +came.held != +ought.held:
        yield f"{who}: held {dict(came.held)}, not {dict(ought.held)}"
    if +came.kept != +ought.kept:
        yield f"{who}: of what stations sent still waits {dict(came.kept)}, not {dict(ought.kept)}"
