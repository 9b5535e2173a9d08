"""An organization with two people who are registered, a volunteer, and shifts that are over."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy import select

from models.accounts import Account
from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from volunteer.activities.change_rules import Change
from volunteer.activities.rules import ActivityStatus
from volunteer.checkin.rules import Direction, Method
from volunteer.hours import operations, proposing, queries
from volunteer.hours.rules import EntryKind
from volunteer.kernel.clock import LOCAL_ZONE, today
from volunteer.kernel.permissions import Role
from volunteer.kernel.text import Words
from volunteer.kernel.volunteer_numbers import make_volunteer_number


@dataclass
class Scene:
    """王主任 and 陈姐 of one organization, 李晓梅 who serves, all registered with documents of their own."""

    cast: Cast
    owner: Account
    second: Account
    organization: Organization
    activity: Activity
    account: Account
    volunteer: Volunteer
    _ordinals: dict[int, int] = field(default_factory=dict)

    def shift(self, start: str = "14:00", minutes: int = 120, *, days_ago: int = 2, **changes: Any) -> Shift:
        """Return a shift that began at the local `start`, `days_ago`."""
        activity = changes.pop("activity", self.activity)
        return self.cast.shift(activity, at(start, days_ago), minutes, **changes)

    def arrive(self, shift: Shift, when: datetime, method: Method = Method.VENUE_CODE, **more: Any) -> PresenceEvent:
        """Record a coming."""
        return self._event(shift, Direction.IN, when, method, **more)

    def leave(self, shift: Shift, when: datetime, method: Method = Method.VENUE_CODE, **more: Any) -> PresenceEvent:
        """Record a going."""
        return self._event(shift, Direction.OUT, when, method, **more)

    def _event(self, shift: Shift, direction: Direction, when: datetime, method: Method, **more: Any) -> PresenceEvent:
        volunteer = more.pop("volunteer", self.volunteer)
        ordinal = self._ordinals[volunteer.id] = self._ordinals.get(volunteer.id, 0) + 1
        row = PresenceEvent(
            volunteer_id=volunteer.id,
            ordinal=ordinal,
            shift_id=shift.id,
            direction=direction,
            method=method,
            happened_at=when,
            received_at=when,
            request_key=f"{volunteer.id}-{ordinal}",
            **more,
        )
        event: PresenceEvent = self.cast.add(row)
        return event

    def serve(
        self,
        shift: Shift,
        arrived_at: datetime,
        left_at: datetime,
        method_in: Method = Method.VENUE_CODE,
        method_out: Method = Method.VENUE_CODE,
        volunteer: Volunteer | None = None,
        **going: Any,
    ) -> Words:
        """Come and go, and settle it, as a check-out does."""
        who = volunteer or self.volunteer
        self.arrive(shift, arrived_at, method_in, volunteer=who)
        event = self.leave(shift, left_at, method_out, volunteer=who, **going)
        with self.writing():
            return operations.settle_presence(
                volunteer_id=who.id,
                shift_id=shift.id,
                arrived_at=arrived_at,
                left_at=left_at,
                method_in=method_in,
                method_out=method_out,
                check_out_event_id=event.id,
            )

    def forget(self, shift: Shift, minutes_late: int = 0, method: Method = Method.VENUE_CODE, **coming: Any) -> None:
        """Come and never check out; the system closes it an hour after the end."""
        self.arrive(shift, shift.starts_at + timedelta(minutes=minutes_late), method, **coming)
        self.leave(shift, shift.ends_at + timedelta(hours=1), Method.AUTO_CLOSE)

    def extend(self, shift: Shift, until: datetime, by: Account | None = None) -> None:
        """Extend a shift, as its organizer does."""
        with self.writing():
            kept = db.session.get_one(Shift, shift.id)
            kept.extended_until, kept.extension_reason = until, "雨停了才收摊"
            told = Change("extended_until", shift.ends_at.isoformat(), until.isoformat()).to_json()
            note = {"activity_id": kept.activity_id, "shift_id": kept.id, "at": shift.ends_at, "changes": [told]}
            db.session.add(ActivityChange(changed_by=(by or self.owner).id, **note))

    def third(self) -> Account:
        """Return one more registered person of the organization."""
        account = self.cast.account("刘会计")
        self.cast.volunteer(account, "刘敏")
        self.cast.grant(account, Role.CHECKER, organization=self.organization)
        return account

    def typed(self, shift: Shift, by: Account | None = None, **changes: Any) -> Proposal:
        """Type in the whole shift for the volunteer."""
        asked = {
            "volunteer_number": self.volunteer.number,
            "started_at": shift.starts_at,
            "ended_at": shift.ends_at,
            "reason": "现场断网",
            "evidence": "签到表在居委会",
            "photo": photo(),
            **changes,
        }
        with self.writing():
            shift = db.session.get_one(Shift, shift.id)
            return proposing.propose_typed(shift, account_id=(by or self.owner).id, **asked)[0]

    def confirm(self, proposal: Proposal, by: Account | None = None) -> Proposal:
        """Say yes as the second person."""
        with self.writing():
            kept = queries.proposal_by_public_id(proposal.public_id)
            return operations.confirm(kept, account_id=(by or self.second).id)

    def reversal(self, entry: Entry, by: Account | None = None) -> Proposal:
        """Propose to take an entry back."""
        with self.writing():
            kept = queries.entry_by_public_id(entry.public_id)
            return proposing.propose_reversal(kept, reason="签到的不是本人", account_id=(by or self.owner).id)

    def entries(self, kind: EntryKind = EntryKind.CREDIT) -> list[Entry]:
        """Return the rows of the ledger, in order."""
        with self.cast.app.app_context():
            rows = db.session.scalars(select(Entry).where(Entry.kind == kind).order_by(Entry.id)).all()
            db.session.expunge_all()
            return list(rows)

    def proposals(self) -> list[Proposal]:
        """Return all proposals, in order."""
        with self.cast.app.app_context():
            rows = db.session.scalars(select(Proposal).order_by(Proposal.id)).all()
            db.session.expunge_all()
            return list(rows)

    def minutes(self) -> int:
        """Return the effective minutes of the volunteer."""
        with self.cast.app.app_context():
            return queries.effective_minutes(self.volunteer.id)

    def writing(self) -> AbstractContextManager[Any]:
        """Run a transaction as a request does."""
        return self.cast.writing()


def at(clock_time: str, days_ago: int = 2) -> datetime:
    """Return the moment of a local wall time some days ago."""
    day: date = today() - timedelta(days=days_ago)
    return datetime.combine(day, time.fromisoformat(clock_time), LOCAL_ZONE)


def photo(width: int = 600, height: int = 800, kind: str = "JPEG", **options: Any) -> bytes:
    """Return a white picture as a file."""
    out = BytesIO()
    Image.new("RGB", (width, height), "white").save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _on_a_friday() -> Iterator[None]:
    """Let it be noon on 20 November 2026, so that a few days ago is this year."""
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)):
        yield


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """Return the people and the organization that the hours tests speak of."""
    owner, second, account = cast.account("王主任"), cast.account("陈姐"), cast.account("李晓梅")
    organization = cast.organization(owner)
    cast.grant(second, Role.CHECKER, organization=organization)
    cast.volunteer(owner, "王建国")
    cast.volunteer(second, "陈桂兰")
    number = make_volunteer_number("420602", date(2025, 3, 1), 7)
    volunteer = cast.volunteer(account, "李晓梅", number=number)
    activity = cast.activity(organization, status=ActivityStatus.PUBLISHED)
    return Scene(cast, owner, second, organization, activity, account, volunteer)


@pytest.fixture
def as_(app: Flask) -> Callable[[Account], Browser]:
    """Return a way to sign in as anybody."""
    return lambda account: Browser(app).sign_in(account)


def page(response: Any) -> str:
    """Return a page's text."""
    return str(response.get_data(as_text=True))
