"""A shift that is over at a pinned place, and people who came to it in all ways."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.accounts import Account
from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, Proposal
from models.organizations import Organization
from models.signals import Signal
from models.volunteers import Volunteer
from tests.cast import Cast
from volunteer.checkin.rules import Location
from volunteer.hours import operations as hours
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.text import Words
from volunteer.signals import jobs

NOW = datetime(2026, 11, 20, 20, tzinfo=LOCAL_ZONE)
STARTS_AT = datetime(2026, 11, 20, 14, tzinfo=LOCAL_ZONE)
PIN = (32.0090, 112.1225)
FAR = (32.5000, 112.1225)  # 54 km to the north
PHONE, OTHER_PHONE = "a" * 32, "b" * 32


@dataclass
class Field:
    """One organization with a shift from 14:00 to 16:00 today; it is 20:00."""

    cast: Cast
    owner: Account
    organization: Organization
    activity: Activity
    shift: Shift
    _ordinals: dict[int, int] = field(default_factory=dict)

    def person(self, name: str, account: Account | None = None, **more: Any) -> Volunteer:
        """Return somebody with a document of their own."""
        return self.cast.volunteer(account or self.cast.account(name), name, **more)

    def event(self, volunteer: Volunteer, when: datetime, shift: Shift | None = None, **more: Any) -> PresenceEvent:
        """Record the next coming or going of a volunteer, heard of at once."""
        ordinal = self._ordinals[volunteer.id] = self._ordinals.get(volunteer.id, 0) + 1
        place: Location | None = more.pop("location", None)
        told = {"happened_at": when, "received_at": when, **more}
        if place is not None:
            told |= {"latitude": place.latitude, "longitude": place.longitude, "accuracy_metres": place.accuracy_metres}
        return self.cast.presence(shift or self.shift, volunteer, ordinal, **told)

    def come(self, volunteer: Volunteer, after: timedelta = timedelta(), **more: Any) -> PresenceEvent:
        """Record a coming, `after` the start."""
        return self.event(volunteer, STARTS_AT + after, **more)

    def leave(self, volunteer: Volunteer, after: timedelta = timedelta(hours=2), **more: Any) -> Words:
        """Record a going and settle it, as a check-out does; return what is told."""
        return self.settle(self.event(volunteer, STARTS_AT + after, **more))

    def settle(self, going: PresenceEvent) -> Words:
        """Settle the presence that a going ends."""
        with self.writing():
            before = and_before(going)
            return hours.settle_presence(
                volunteer_id=going.volunteer_id,
                shift_id=going.shift_id,
                arrived_at=before.happened_at,
                left_at=going.happened_at,
                method_in=before.method,
                method_out=going.method,
                check_out_event_id=going.id,
            )

    def serve(self, volunteer: Volunteer, **more: Any) -> Words:
        """Come at the start and leave at the end."""
        self.come(volunteer, **more)
        return self.leave(volunteer, **more)

    def look(self) -> None:
        """Run the job."""
        with self.writing():
            jobs.look()

    def signals(self) -> list[Signal]:
        """Return all signals, in order."""
        return self._rows(select(Signal).order_by(Signal.id))

    def proposals(self) -> list[Proposal]:
        """Return all proposals, in order."""
        return self._rows(select(Proposal).order_by(Proposal.id))

    def entries(self) -> list[Entry]:
        """Return all entries, in order."""
        return self._rows(select(Entry).order_by(Entry.id))

    def _rows(self, query: Any) -> list[Any]:
        with self.cast.app.app_context():
            rows: Sequence[Any] = db.session.scalars(query).all()
            db.session.expunge_all()
            return list(rows)

    def writing(self) -> AbstractContextManager[Any]:
        """Run a transaction as a request does."""
        return self.cast.writing()


def and_before(going: PresenceEvent) -> PresenceEvent:
    """Return the coming that a going ends."""
    return db.session.scalars(
        select(PresenceEvent).where(
            PresenceEvent.volunteer_id == going.volunteer_id, PresenceEvent.ordinal == going.ordinal - 1
        )
    ).one()


def at(place: tuple[float, float], accuracy: float = 20) -> Location:
    """Return what a telephone tells of a place."""
    return Location(*place, accuracy)


@pytest.fixture(autouse=True)
def _on_a_friday_evening() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def scene(cast: Cast) -> Field:
    """Return the shift that the tests of this room speak of."""
    owner = cast.account("王主任")
    organization = cast.organization(owner)
    long_ago = NOW - timedelta(days=9)
    activity = cast.activity(
        organization, created_at=long_ago, published_at=long_ago, latitude=PIN[0], longitude=PIN[1]
    )
    return Field(cast, owner, organization, activity, cast.shift(activity, STARTS_AT))
