"""Reading for the front pages: what lies ahead for a resident, and what an organizer has to do today."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

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
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.facts import stands
from volunteer.checkin.rules import CHECK_OUT_CLOSES_AFTER, Direction, check_out_closes_at
from volunteer.checkin.spot_checks import OpenSpotCheck, open_spot_checks_of
from volunteer.home.rules import NextStep, next_step
from volunteer.hours.awaiting import Forgotten, forgotten_of_volunteers
from volunteer.hours.queries import awaiting_count, year_totals
from volunteer.kernel.clock import local_day, midnight
from volunteer.kernel.permissions import Scope
from volunteer.kernel.text import Words
from volunteer.metrics.queries import CitySummary
from volunteer.metrics.rules import Measurement
from volunteer.notices.queries import unread_count
from volunteer.organizations.rules import OrganizationStatus
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
class StillIn:
    """One of the account's people who came and has not left: since when, and until when they can check out."""

    name: str
    title: str
    since: datetime
    ends_at: datetime
    is_over: bool
    may_check_out: bool

    @property
    def until(self) -> datetime:
        """Return when check-out closes."""
        return self.ends_at + CHECK_OUT_CLOSES_AFTER


@dataclass(frozen=True, slots=True)
class ResidentFront:
    """What a resident's front page shows: `minutes` are those of this year by volunteer, `changed` how many signups
    have changes not yet read, `unread` how many notices there are."""

    volunteers: Sequence[Volunteer]
    minutes: dict[int, int]
    next_shift: NextShift | None
    changed: int
    unread: int
    forgotten: list[Forgotten]
    suggestions: list[Suggestion]
    still_in: list[StillIn]
    spot_checks: list[OpenSpotCheck]


def resident_front(account_id: int, now: datetime) -> ResidentFront:
    """Return everything for the front page of one account."""
    volunteers = signups.own_volunteers(account_id)
    ids = [volunteer.id for volunteer in volunteers]
    # Who is in may leave after the planned end, so a shift stays here until its check-out must be over.
    coming = signups.coming_of(account_id, now - LATE_CHECK_OUT)
    next_shift = next((one for one in own_shifts(coming, now) if one.step is not NextStep.NOTHING), None)
    return ResidentFront(
        volunteers=volunteers,
        minutes=year_totals(ids, local_day(now).year),
        next_shift=next_shift,
        changed=sum(bool(own.changes) for own in coming if own.signup.shift.ends_at > now),
        unread=unread_count(account_id),
        forgotten=forgotten_of_volunteers(ids),
        suggestions=suggestions(volunteers, now),
        still_in=still_in(account_id, now, shown=next_shift),
        spot_checks=open_spot_checks_of(account_id, now),
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


def own_shifts(coming: Sequence[OwnSignup], now: datetime) -> Iterator[NextShift]:
    """Yield the shifts of these signups, in their order, with what can be done about each; without cancelled ones."""
    for _, group in groupby(coming, key=lambda own: own.signup.shift_id):
        own = tuple(group)
        shift = own[0].signup.shift
        if not _is_on(shift):
            continue
        placed = [one.signup for one in own if one.signup.status is SignupStatus.PLACED]
        seen = last_directions(shift.id, [signup.volunteer_id for signup in placed])
        step = next_step(plan_of(shift), [seen.get(signup.volunteer_id) for signup in placed], now)
        yield NextShift(own, step)


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


def still_in(account_id: int, now: datetime, shown: NextShift | None = None) -> list[StillIn]:
    """Return who of an account is in somewhere, the longest first; who is on the `shown` shift only once it is over."""
    later = aliased(PresenceEvent)
    rows = db.session.execute(
        select(Volunteer.name, PresenceEvent.happened_at, Shift)
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .join(Shift, Shift.id == PresenceEvent.shift_id)
        .options(joinedload(Shift.activity))
        .outerjoin(
            later, (later.volunteer_id == PresenceEvent.volunteer_id) & (later.ordinal == PresenceEvent.ordinal + 1)
        )
        .where(Volunteer.account_id == account_id, PresenceEvent.direction == Direction.IN, later.id.is_(None))
        .order_by(PresenceEvent.happened_at, PresenceEvent.id)
    )
    shown_names = {one.signup.volunteer.name for one in shown.own} if shown else set()
    found = []
    for name, since, shift in rows:
        plan = plan_of(shift)
        is_over = now >= plan.last_ends_at
        if is_over or shown is None or shift.id != shown.shift.id or name not in shown_names:
            may_check_out = now <= check_out_closes_at(plan)
            found.append(StillIn(name, shift.activity.title, since, plan.last_ends_at, is_over, may_check_out))
    return found


# A resident's day


@dataclass(frozen=True, slots=True)
class Day:
    """What a day holds for a resident: own shifts, those that run and take whoever comes, and those open to sign up."""

    own: list[NextShift]
    running: Sequence[Shift]
    ahead: list[Card]


def resident_day(account_id: int, now: datetime) -> Day:
    """Return the local day of `now` for one account, each part soonest first; nothing stands in two parts."""
    begins = midnight(local_day(now))
    coming = signups.coming_of(account_id, now - LATE_CHECK_OUT)
    own = [one for one in own_shifts(coming, now) if _touches(one.shift, begins) and not _is_done(one, now)]
    taken = {one.shift.id for one in own}
    running = db.session.scalars(
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organization)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organization))
        .where(
            Activity.status == ActivityStatus.PUBLISHED,
            Organization.status == OrganizationStatus.APPROVED,
            Shift.status != ShiftStatus.CANCELLED,
            Shift.allows_walk_in,
            Shift.starts_at <= now,
            func.coalesce(Shift.extended_until, Shift.ends_at) > now,
            Shift.id.not_in(taken),
        )
        .order_by(Shift.starts_at, Shift.id)
        .limit(LOOKED_AT_ACTIVITIES)
    )
    today = Wanted(days=(local_day(now), local_day(now)))
    ahead = cards(db.session.execute(open_activities(today, now).limit(LOOKED_AT_ACTIVITIES)), now)
    return Day(own, running.all(), [card for card in ahead if card.shift.id not in taken])


def _touches(shift: Shift, begins: datetime) -> bool:
    return shift.starts_at < begins + timedelta(days=1) and ends_at(shift) > begins


def _is_done(own: NextShift, now: datetime) -> bool:
    return own.step is NextStep.NOTHING and ends_at(own.shift) <= now


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
    tomorrow: list[ShiftToday]
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
        return not (self.today or self.tomorrow or self.awaiting or self.coming or self.to_close)


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
        tomorrow=[one for one in shifts_of_day(organization.id, now + timedelta(days=1)) if one.shift.starts_at > now],
        awaiting=awaiting_count(ids),
        coming=[one for one in coming_activities(ids, now) if one.activity.id not in running][:SHOWN_COMING],
        to_close=db.session.scalars(over).all(),
    )


def shifts_of_day(organization_id: int, now: datetime) -> list[ShiftToday]:
    """Return the shifts of an organization that touch the local day of `now`, soonest first, with who has come."""
    begins = midnight(local_day(now))
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
