"""Reading for the front pages: what lies ahead for a resident, and what an organizer has to do today."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.activities.queries import (
    Card,
    Managed,
    Wanted,
    cards,
    coming_activities,
    ends_at,
    open_activities,
    past_activities,
    plan_of,
)
from volunteer.activities.rules import ActivityStatus, ShiftStatus
from volunteer.checkin.facts import stands
from volunteer.checkin.rules import Direction
from volunteer.home.rules import NextStep, next_step
from volunteer.hours.awaiting import Forgotten, forgotten_of_volunteers
from volunteer.hours.queries import awaiting_count, year_totals
from volunteer.kernel.clock import LOCAL_ZONE, local_day
from volunteer.kernel.permissions import Scope
from volunteer.kernel.text import Words
from volunteer.metrics.queries import CitySummary
from volunteer.metrics.rules import Measurement
from volunteer.signups import queries as signups
from volunteer.signups.queries import OwnSignup
from volunteer.signups.rules import SignupStatus, eligibility

SHOWN_ACTIVITIES = 6
LOOKED_AT_ACTIVITIES = 30
SHOWN_COMING = 5
LATE_CHECK_OUT = timedelta(days=1)
SHOWN_TO_CLOSE = 5


def known_figures(summary: CitySummary | None) -> Sequence[Measurement]:
    """Return the city's indicators, all of them as soon as one has data; none before."""
    measurements = summary.measurements if summary else ()
    return measurements if any(one.value is not None for one in measurements) else ()


def next_open_activities(now: datetime, limit: int = SHOWN_ACTIVITIES) -> list[Card]:
    """Return the open activities that start soonest."""
    return cards(db.session.execute(open_activities(Wanted(), now).limit(limit)), now)


# A resident's front page


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An open activity; `reason` says why no volunteer of the account may take its next shift, None when one may."""

    card: Card
    reason: Words | None


@dataclass(frozen=True, slots=True)
class NextShift:
    """The account's next shift: the signups of its volunteers on it, and what can be done now."""

    own: tuple[OwnSignup, ...]
    step: NextStep

    @property
    def shift(self) -> Shift:
        """Return the shift."""
        return self.own[0].signup.shift

    @property
    def activity(self) -> Activity:
        """Return the activity of the shift."""
        return self.shift.activity


@dataclass(frozen=True, slots=True)
class ResidentFront:
    """What a resident's front page shows: `minutes` are those of this year by volunteer, `changed` how many signups
    have changes not yet read."""

    volunteers: Sequence[Volunteer]
    minutes: dict[int, int]
    next_shift: NextShift | None
    changed: int
    forgotten: list[Forgotten]
    suggestions: list[Suggestion]


def resident_front(account_id: int, now: datetime) -> ResidentFront:
    """Return everything for the front page of one account."""
    volunteers = signups.own_volunteers(account_id)
    ids = [volunteer.id for volunteer in volunteers]
    # Who is in may leave after the planned end, so a shift stays here until its check-out must be over.
    coming = signups.coming_of(account_id, now - LATE_CHECK_OUT)
    return ResidentFront(
        volunteers=volunteers,
        minutes=year_totals(ids, local_day(now).year),
        next_shift=_next_shift(coming, now),
        changed=sum(bool(own.changes) for own in coming if own.signup.shift.ends_at > now),
        forgotten=forgotten_of_volunteers(ids),
        suggestions=suggestions(volunteers, now),
    )


def suggestions(volunteers: Sequence[Volunteer], now: datetime, limit: int = SHOWN_ACTIVITIES) -> list[Suggestion]:
    """Return open activities, soonest first; those for which every volunteer is signed up already are left out."""
    found = next_open_activities(now, LOOKED_AT_ACTIVITIES)
    if not volunteers:
        return [Suggestion(card, None) for card in found[:limit]]
    people = signups.people_of(volunteers)
    held = signups.held_by(people, now)
    wanted = []
    for card in found:
        offer = signups.offer_of(card.shift)
        decisions = [eligibility(people[one.id], offer, held.get(one.id, ()), now) for one in volunteers]
        open_ones = [decision for decision in decisions if decision.rule != "already_signed_up"]
        if open_ones:
            may_come = any(decision.allowed for decision in open_ones)
            wanted.append(Suggestion(card, None if may_come else open_ones[0].reason))
    return wanted[:limit]


def _next_shift(coming: Sequence[OwnSignup], now: datetime) -> NextShift | None:
    for _, group in groupby(coming, key=lambda own: own.signup.shift_id):
        own = tuple(group)
        if not _is_on(own[0].signup.shift):
            continue
        placed = [one.signup for one in own if one.signup.status is SignupStatus.PLACED]
        shift = own[0].signup.shift
        seen = last_directions(shift.id, [signup.volunteer_id for signup in placed])
        step = next_step(plan_of(shift), [seen.get(signup.volunteer_id) for signup in placed], now)
        if step is not NextStep.NOTHING:
            return NextShift(own, step)
    return None


def _is_on(shift: Shift) -> bool:
    return shift.status is not ShiftStatus.CANCELLED and shift.activity.status is not ActivityStatus.CANCELLED


def last_directions(shift_id: int, volunteer_ids: Iterable[int]) -> dict[int, Direction]:
    """Return whether each volunteer last came to or went from a shift; who was never there is left out."""
    rows = db.session.execute(
        select(PresenceEvent.volunteer_id, PresenceEvent.direction)
        .where(PresenceEvent.shift_id == shift_id, PresenceEvent.volunteer_id.in_(list(volunteer_ids)), stands())
        .order_by(PresenceEvent.ordinal)
    )
    return {row.volunteer_id: row.direction for row in rows}


# An organizer's desk


@dataclass(frozen=True, slots=True)
class ShiftToday:
    """A shift of today: how many have come, of how many with a place; `is_running` between its start and its end."""

    shift: Shift
    arrived: int
    is_running: bool
    is_over: bool

    @property
    def expected(self) -> int:
        """Return how many have a place."""
        return self.shift.taken


@dataclass(frozen=True, slots=True)
class Desk:
    """What an organizer has to do in one organization."""

    organization: Organization
    today: list[ShiftToday]
    awaiting: int
    coming: list[Managed]
    to_close: Sequence[Activity]

    @property
    def scope(self) -> Scope:
        """Return where the organization stands, for what its people may do."""
        return Scope(organization_id=self.organization.id)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing at all to show."""
        return not (self.today or self.awaiting or self.coming or self.to_close)


def desks_of(organization_ids: Sequence[int], now: datetime) -> list[Desk]:
    """Return one desk for each of these organizations, those with shifts today first, then by name."""
    query = select(Organization).where(Organization.id.in_(organization_ids))
    organizations = db.session.scalars(query.order_by(Organization.name, Organization.id))
    desks = [_desk(organization, now) for organization in organizations]
    return sorted(desks, key=lambda desk: not desk.today)


def _desk(organization: Organization, now: datetime) -> Desk:
    ids, today = [organization.id], shifts_of_day(organization.id, now)
    running = {one.shift.activity_id for one in today}
    over = past_activities(ids, now).where(Activity.status == ActivityStatus.PUBLISHED).limit(SHOWN_TO_CLOSE)
    return Desk(
        organization=organization,
        today=today,
        awaiting=awaiting_count(ids),
        coming=[one for one in coming_activities(ids, now) if one.activity.id not in running][:SHOWN_COMING],
        to_close=db.session.scalars(over).all(),
    )


def shifts_of_day(organization_id: int, now: datetime) -> list[ShiftToday]:
    """Return the shifts of an organization that touch the local day of `now`, soonest first, with who has come."""
    begins = datetime.combine(local_day(now), time(), LOCAL_ZONE)
    query = (
        select(Shift)
        .join(Shift.activity)
        .options(joinedload(Shift.activity))
        .where(
            Activity.organization_id == organization_id,
            Activity.status == ActivityStatus.PUBLISHED,
            Shift.status != ShiftStatus.CANCELLED,
            Shift.starts_at < begins + timedelta(days=1),
            Shift.ends_at > begins,
        )
        .order_by(Shift.starts_at, Shift.id)
    )
    shifts = db.session.scalars(query).all()
    arrived = _arrived([shift.id for shift in shifts])
    return [
        ShiftToday(shift, arrived[shift.id], shift.starts_at <= now < ends_at(shift), ends_at(shift) <= now)
        for shift in shifts
    ]


def _arrived(shift_ids: Sequence[int]) -> Counter[int]:
    rows = db.session.execute(
        select(PresenceEvent.shift_id, func.count(PresenceEvent.volunteer_id.distinct()).label("people"))
        .where(PresenceEvent.shift_id.in_(shift_ids), stands())
        .group_by(PresenceEvent.shift_id)
    )
    return Counter({row.shift_id: row.people for row in rows})
