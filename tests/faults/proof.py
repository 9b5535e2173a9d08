"""The proof: what was acknowledged is stored, once, with its trail."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from flask import Flask
from sqlalchemy import select

from models.audit import AuditEvent
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import Volunteer
from tests.bench.crowd import SHIFTS
from volunteer.checkin.operations import ACTIONS
from volunteer.checkin.rules import Direction


def faults(app: Flask, people: Mapping[str, str], acknowledged: set[str]) -> list[str]:
    """Return what is wrong, in sentences; `people` are public ids of volunteers by the request key of their check-in.

    Each acknowledged key is stored, nothing is stored that nobody asked for, nobody is in twice, and the trail tells
    of exactly the people who came.
    """
    with app.app_context():
        events = _events(set(people.values()))
        trail = _trail(set(people.values()))
        db.session.rollback()
        db.engine.dispose()
    return list(chain(_lost(people, acknowledged, events), _doubled(events, trail)))


def _events(volunteers: set[str]) -> list[tuple[str, str]]:
    """Return who came today by which request key."""
    query = (
        select(Volunteer.public_id, PresenceEvent.request_key)
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .where(PresenceEvent.shift_id <= SHIFTS + 1, PresenceEvent.direction == Direction.IN)
    )
    return [(who, key) for who, key in db.session.execute(query) if who in volunteers]


def _trail(volunteers: set[str]) -> Counter[str]:
    query = select(AuditEvent.details).where(AuditEvent.action == ACTIONS[Direction.IN])
    told = [details["volunteer"] for details in db.session.scalars(query)]
    return Counter(who for who in told if who in volunteers)


def _lost(people: Mapping[str, str], acknowledged: set[str], events: list[tuple[str, str]]) -> Iterator[str]:
    stored = {key: who for who, key in events}
    if lost := acknowledged - stored.keys():
        yield f"{len(lost)} acknowledged check-ins are lost"
    if strange := stored.keys() - people.keys():
        yield f"{len(strange)} check-ins that nobody asked for"
    if mixed := [key for key in stored.keys() & people.keys() if stored[key] != people[key]]:
        yield f"{len(mixed)} check-ins of somebody else"


def _doubled(events: list[tuple[str, str]], trail: Counter[str]) -> Iterator[str]:
    came = Counter(who for who, _ in events)
    if doubled := [who for who, times in came.items() if times > 1]:
        yield f"{len(doubled)} people are in twice"
    if trail != came:
        yield "the trail tells something else than the events"
