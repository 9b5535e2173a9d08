"""Reading presence: a shift at hand, and who of an account may be present there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.prepared import Prepared
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin import facts
from volunteer.checkin.facts import plan_of
from volunteer.checkin.rules import Direction, Method, ShiftFacts, may_check_out, may_use, person_may_check_in
from volunteer.kernel.decisions import Decision
from volunteer.kernel.permissions import Scope
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import VolunteerStatus

# A shift


@dataclass(frozen=True, slots=True)
class ShiftCard:
    """What the pages of this room say of a shift, and where it stands."""

    id: int
    public_id: str
    activity_id: str
    title: str
    task: str
    place: str
    contact_phone: str
    plan: PlannedShift
    scope: Scope
    facts: ShiftFacts


_CARD = Prepared(
    select(
        Shift.id,
        Shift.public_id,
        Activity.public_id.label("activity_id"),
        Activity.title,
        Shift.task,
        Activity.place,
        Activity.contact_phone,
        Shift.starts_at,
        Shift.ends_at,
        Shift.extended_until,
        Shift.extension_reason,
        Shift.id.label("shift_id"),
        Shift.status.label("shift_status"),
        Shift.allows_walk_in,
        Shift.allows_poster,
        Activity.status.label("activity_status"),
        Activity.risk,
        Activity.organization_id,
        Organization.status.label("organization_status"),
        Area.lineage,
    )
    .join(Activity, Activity.id == Shift.activity_id)
    .join(Organization, Organization.id == Activity.organization_id)
    .join(Area, Area.id == Activity.area_id)
    .where(Shift.public_id == bindparam("shift", type_=Shift.public_id.type))
)


def shift_card(public_id: str) -> ShiftCard | None:
    """Return a committed shift with its activity, or None; one statement, no objects."""
    row = next(iter(_CARD.rows({"shift": public_id})), None)
    if row is None:
        return None
    return ShiftCard(
        id=row.id,
        public_id=row.public_id,
        activity_id=row.activity_id,
        title=row.title,
        task=row.task,
        place=row.place,
        contact_phone=row.contact_phone,
        plan=plan_of(row),
        scope=Scope(row.lineage, row.organization_id),
        facts=facts.shift_facts_of(row),
    )


def count_present(shift_id: int) -> int:
    """Return how many are in at a shift: those whose last event there is a coming."""
    balance = func.sum(2 * (PresenceEvent.ordinal % 2) - 1)
    inside = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id == shift_id)
    inside = inside.group_by(PresenceEvent.volunteer_id).having(balance > 0)
    return db.session.scalar(select(func.count()).select_from(inside.subquery())) or 0


# Who may be present


@dataclass(frozen=True, slots=True)
class Choice:
    """One volunteer of an account before the tap. `decision`: may they come or go by this scan, or why not.

    `is_walk_in`: they would come without a place.
    """

    public_id: str
    name: str
    is_signed_up: bool
    is_in: bool
    decision: Decision

    @property
    def is_walk_in(self) -> bool:
        """Whether the tap would let them join on the spot."""
        return self.decision.allowed and self.decision.rule == "walk_in"


_FACTS_OF_ACCOUNT = Prepared(facts.facts_of_account())


def choices(
    account_id: int, shift: str, direction: Direction, scanned_at: datetime, method: Method = Method.VENUE_CODE
) -> list[Choice]:
    """Return what a scan of the shift (public id) would do for each active volunteer of an account, in one statement.

    Those who may come or go by it are first, among them those with a place.
    """
    found = []
    for row in _FACTS_OF_ACCOUNT.rows({"account_id": account_id, "shift": shift}):
        state, at_hand = facts.state_of(row), facts.shift_facts_of(row)
        decision = may_use(method, at_hand)
        if decision.allowed and direction is Direction.OUT:
            decision = may_check_out(state, at_hand, scanned_at)
        elif decision.allowed:
            decision = person_may_check_in(facts.person_of(row), facts.offer_of(row), state, at_hand, scanned_at)
        is_in = state.open is not None and state.open.shift == row.shift_id
        is_placed = state.signup is SignupStatus.PLACED
        found.append(Choice(row.volunteer, row.volunteer_name, is_placed, is_in, decision))
    return sorted(found, key=lambda one: (not one.decision.allowed, not one.is_signed_up))


def shifts_around(account_id: int, now: datetime) -> list[ShiftCard]:
    """Return the shifts near `now` at which volunteers of the account have a place or are in, soonest first."""
    near = timedelta(hours=1)
    ends_at = func.coalesce(Shift.extended_until, Shift.ends_at)
    placed = select(Signup.shift_id).join(Volunteer, Volunteer.id == Signup.volunteer_id)
    placed = placed.where(Volunteer.account_id == account_id, Signup.status == SignupStatus.PLACED)
    present = select(PresenceEvent.shift_id).join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
    present = present.where(Volunteer.account_id == account_id)
    public_ids = db.session.scalars(
        select(Shift.public_id)
        .where(
            Shift.starts_at <= now + near,
            ends_at >= now - near,
            or_(Shift.id.in_(placed), Shift.id.in_(present)),
        )
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    return [card for public_id in public_ids if (card := shift_card(public_id)) is not None]


def volunteer_by_number(number: str) -> str | None:
    """Return the public id of the volunteer with this number, or None."""
    return db.session.scalar(select(Volunteer.public_id).where(Volunteer.number == number))


def belongs_to(volunteer: str, account_id: int) -> bool:
    """Return whether the account acts for the volunteer with this public id."""
    own = select(Volunteer.id).where(Volunteer.public_id == volunteer, Volunteer.account_id == account_id)
    return db.session.scalar(own) is not None


@dataclass(frozen=True, slots=True)
class OwnVolunteer:
    """What the page of a personal code shows."""

    public_id: str
    name: str
    number: str


def own_volunteers(account_id: int) -> list[OwnVolunteer]:
    """Return the active volunteers of an account, in the order of registration."""
    rows = db.session.execute(
        select(Volunteer.public_id, Volunteer.name, Volunteer.number)
        .where(Volunteer.account_id == account_id, Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Volunteer.id)
    )
    return [OwnVolunteer(row.public_id, row.name, row.number) for row in rows]
