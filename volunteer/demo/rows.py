"""Writing the story down: each method adds the rows of one thing that happened."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from models.accounts import Account, Consent, RoleGrant
from models.activities import Activity, Shift
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry, Proposal
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import RegistrationEvent, Volunteer, VolunteerSerial
from volunteer.accounts.rules import PRIVACY_NOTICE_VERSION, ConsentKind
from volunteer.activities.publishing_rules import GateQuestion
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import CHECK_OUT_CLOSES_AFTER, Direction, Method
from volunteer.demo.bulk import Loader
from volunteer.demo.days import morning
from volunteer.demo.habits import Habits
from volunteer.demo.people import Person
from volunteer.demo.scenes import Scene, Visit
from volunteer.demo.sizes import Size
from volunteer.hours.minutes import RULES_VERSION, Credit, Source, credit_span
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.id_documents import DocumentKind, mask_document
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Role
from volunteer.kernel.sealing import blind_index, seal
from volunteer.kernel.volunteer_numbers import make_volunteer_number, number_prefix
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import EndReason, RegistrationKind, VolunteerStatus

SOURCES = {Method.VENUE_CODE: Source.SCAN, Method.ORGANIZER_SCAN: Source.ORGANIZER_SCAN}
SEED = 20260101
BY_HAND = "手机没电，由组织者登记"
STILL_OPEN = timedelta(days=9)
GATE = {question.value: False for question in GateQuestion}


@dataclass(frozen=True, slots=True)
class Place:
    """A community of the tree: `code` has 12 digits, `habits` say how its people differ from others'."""

    id: int
    code: str
    name: str
    habits: "Habits"


class Host(NamedTuple):
    """An organization: its number, the accounts of its owner and its checker, and its phone."""

    id: int
    owner: int
    checker: int
    phone: str


@dataclass(slots=True)
class Member:
    """A registered volunteer while the story is told."""

    id: int
    account_id: int
    since: date
    until: date | None
    weight: float
    presences: int = 0
    keenness: tuple[float, ...] = ()
    """How willing year by year, from the story's first."""


@dataclass(slots=True)
class Scribe:
    """Writes into a loader; numbers run through the whole city."""

    loader: Loader
    keys: dict[str, KeyRing]
    size: Size
    now: datetime
    password_hash: str
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    numbers: Counter[str] = field(default_factory=Counter)
    serials: Counter[str] = field(default_factory=Counter)

    @property
    def today(self) -> date:
        """The local day on which the story ends."""
        return self.now.astimezone(LOCAL_ZONE).date()

    @property
    def begins_on(self) -> date:
        """The local day on which the story begins."""
        return date(self.today.year - self.size.years + 1, 1, 1)

    def next_id(self, table: str) -> int:
        """Return the next row number of `table`."""
        self.numbers[table] += 1
        return self.numbers[table]

    def account(self, name: str, phone: str, created_at: datetime) -> int:
        """Add an account with the demo's password and its consent to the privacy notice."""
        number = self.next_id("account")
        self.loader.add(
            Account,
            number,
            new_public_id(),
            phone,
            self.password_hash,
            name,
            "active",
            "normal",
            "normal",
            "zh_Hans_CN",
            created_at,
        )
        self._consent(number, None, ConsentKind.PRIVACY_NOTICE, created_at)
        return number

    def grant(
        self, account_id: int, role: Role, *, area_id: int | None = None, organization_id: int | None = None
    ) -> None:
        """Give an account a role."""
        self.loader.add(
            RoleGrant, self.next_id("role_grant"), new_public_id(), account_id, role, area_id, organization_id, self.now
        )

    def organization(self, place: Place, owner: int, name: str, owner_name: str, phone: str) -> int:
        """Add an approved organization of a community."""
        number, since = self.next_id("organization"), morning(self.begins_on)
        self.loader.add(
            Organization,
            number,
            new_public_id(),
            name,
            OrganizationKind.COMMUNITY,
            place.id,
            f"{place.name}居民自己的志愿服务队，长期开展邻里互助和文明劝导。",
            owner_name,
            phone,
            OrganizationStatus.APPROVED,
            "",
            owner,
            since,
            since,
        )
        self.grant(owner, Role.ORGANIZATION_OWNER, organization_id=number)
        return number

    def person(self, place: Place, person: Person, account_id: int, since: date, until: date | None = None) -> Member:
        """Register an invented person in a community from `since` until before `until`."""
        number = self.next_id("volunteer")
        registered_at = morning(since) + timedelta(minutes=self.dice.randint(0, 600))
        prefix = number_prefix(place.code[:6], since)
        self.serials[prefix] += 1
        public_id = new_public_id()
        self.loader.add(
            Volunteer,
            number,
            public_id,
            make_volunteer_number(place.code[:6], since, self.serials[prefix]),
            account_id,
            person.relation,
            person.name,
            DocumentKind.RESIDENT_ID,
            seal(self.keys["document"], person.document, bound_to=public_id),
            blind_index(self.keys["index"], DocumentKind.RESIDENT_ID.value, person.document),
            mask_document(person.document),
            person.gender,
            person.birth_on,
            person.phone,
            place.id,
            [],
            [],
            VolunteerStatus.WITHDRAWN if until else VolunteerStatus.ACTIVE,
            registered_at,
        )
        self._register(number, RegistrationKind.REGISTERED, place.id, since, "", registered_at)
        if until:
            self._register(number, RegistrationKind.ENDED, None, until, EndReason.WITHDRAWN.value, morning(until))
        if (since - person.birth_on).days < 18 * 366:
            self._consent(account_id, number, ConsentKind.GUARDIAN, registered_at)
            self._consent(account_id, number, ConsentKind.MINOR_SENSITIVE, registered_at)
        return Member(number, account_id, since, until, self.dice.lognormvariate(0, 0.8))

    def shift(
        self,
        place: Place,
        host: Host,
        scene: Scene,
        plan: PlannedShift,
        *,
        capacity: int,
        taken: int,
        closed: bool = False,
        walk_in: bool | None = None,
    ) -> int:
        """Add an activity with one shift and return the shift's number."""
        activity, shift = self.next_id("activity"), self.next_id("shift")
        made_at = plan.starts_at - timedelta(days=9)
        self.loader.add(
            Activity,
            activity,
            new_public_id(),
            host.id,
            place.id,
            scene.title,
            scene.category,
            scene.description,
            place.name + (scene.place.removeprefix("社区") if place.name.endswith("社区") else scene.place),
            "王主任",
            host.phone,
            scene.bring,
            "身体健康，能按时到场。",
            8,
            "ordinary",
            "",
            "",
            GATE,
            ActivityStatus.CLOSED if closed else ActivityStatus.PUBLISHED,
            "",
            host.owner,
            made_at,
            made_at,
            plan.ends_at + timedelta(hours=3) if closed else None,
        )
        self.loader.add(
            Shift,
            shift,
            new_public_id(),
            activity,
            scene.task,
            plan.starts_at,
            plan.ends_at,
            0,
            capacity,
            taken,
            self.dice.random() < 0.3 if walk_in is None else walk_in,
            "",
            "open",
        )
        return shift

    def sign_up(self, shift: int, member: Member, at: datetime, status: SignupStatus = SignupStatus.PLACED) -> None:
        """Give a member a place, or a wait, on a shift."""
        self.loader.add(
            Signup,
            self.next_id("signup"),
            new_public_id(),
            shift,
            member.id,
            member.account_id,
            status,
            at,
            at if status is SignupStatus.PLACED else None,
            at,
        )

    def attend(self, host: Host, shift: int, plan: PlannedShift, member: Member, seen: Visit) -> None:
        """Record how a member came and went, and what that was worth."""
        if member.account_id in (host.owner, host.checker):
            # Nobody confirms their own hours, so those who confirm are scanned, and never forget to leave.
            seen = Visit(seen.arrived_at, seen.left_at or plan.ends_at, is_by_hand=False)
        method = self._method(seen)
        self.event(shift, member, Direction.IN, method, seen.arrived_at, host)
        if seen.left_at is not None:
            event = self.event(shift, member, Direction.OUT, method, seen.left_at, host)
            reason = BY_HAND if seen.is_by_hand else ""
            self._credit(host, shift, member, credit_span(seen.arrived_at, seen.left_at, plan), event, method, reason)
            return
        closed_at = plan.ends_at + CHECK_OUT_CLOSES_AFTER
        event = self.event(shift, member, Direction.OUT, Method.AUTO_CLOSE, closed_at, host)
        if morning(self.today) - closed_at > STILL_OPEN:
            worth = credit_span(seen.arrived_at, plan.ends_at, plan)
            self._credit(host, shift, member, worth, event, Method.AUTO_CLOSE, "忘记签退，按活动结束时间补记")

    def _method(self, seen: Visit) -> Method:
        if seen.is_by_hand:
            return Method.BY_HAND
        return Method.ORGANIZER_SCAN if self.dice.random() < 0.15 else Method.VENUE_CODE

    def _credit(
        self, host: Host, shift: int, member: Member, worth: Credit, event: int, method: Method, reason: str
    ) -> None:
        source = SOURCES.get(method, Source.MANUAL)
        people = (host.owner, host.checker) if reason else (None, None)
        for day in worth.days:
            entry = self.next_id("entry")
            where = (member.id, shift, host.id, day.served_on, day.started_at, day.ended_at)
            how = (source, RULES_VERSION, day.derivation.to_json())
            made_at = day.ended_at + timedelta(minutes=5)
            what = (entry, new_public_id(), EntryKind.CREDIT, None, *where, day.minutes)
            self.loader.add(Entry, *what, *how, reason, event, *people, made_at)
            if reason:
                self._proposed(host, entry, event, where, day.minutes, how, reason, made_at)
            if self.dice.random() < 0.004:
                undone = (
                    -day.minutes,
                    *how,
                    "签到时选错了人",
                    None,
                    host.owner,
                    host.checker,
                    made_at + timedelta(days=1),
                )
                self.loader.add(
                    Entry, self.next_id("entry"), new_public_id(), EntryKind.REVERSAL, entry, *where, *undone
                )
            else:
                self.loader.add(CreditedSpan, entry, member.id, day.started_at, day.ended_at)

    def _proposed(
        self,
        host: Host,
        entry: int,
        event: int,
        where: tuple[Any, ...],
        minutes: int,
        how: tuple[Any, ...],
        reason: str,
        made_at: datetime,
    ) -> None:
        """Add what stands behind minutes that hands recorded: one proposed them, another confirmed."""
        source, *rules = how
        cause = Cause.ALL_BY_HAND if reason == BY_HAND else Cause.FORGOTTEN_CHECK_OUT
        confirmed = (host.owner, made_at, host.checker, made_at, "", entry)
        self.loader.add(
            Proposal,
            self.next_id("proposal"),
            new_public_id(),
            EntryKind.CREDIT,
            event,
            *where,
            minutes,
            source,
            ProposalState.EFFECTIVE,
            *rules,
            cause,
            reason,
            "",
            *confirmed,
        )

    def event(
        self,
        shift: int,
        member: Member,
        direction: Direction,
        method: Method,
        at: datetime,
        host: Host,
    ) -> int:
        """Record one coming or going and return its number."""
        member.presences += 1
        number = self.next_id("presence_event")
        by_hand = method is Method.BY_HAND
        self.loader.add(
            PresenceEvent,
            number,
            member.id,
            member.presences,
            shift,
            direction,
            method,
            at,
            at,
            "",
            host.owner if by_hand else None,
            "手机没电" if by_hand else "",
            f"demo-{number}",
        )
        return number

    def finish(self) -> None:
        """Add what is only known at the end: the last serial of each prefix."""
        for prefix, last in self.serials.items():
            self.loader.add(VolunteerSerial, prefix, last)

    def _register(
        self, volunteer: int, kind: RegistrationKind, area: int | None, on: date, reason: str, at: datetime
    ) -> None:
        self.loader.add(RegistrationEvent, self.next_id("registration_event"), volunteer, kind, area, on, reason, at)

    def _consent(self, account: int, volunteer: int | None, kind: ConsentKind, at: datetime) -> None:
        self.loader.add(Consent, self.next_id("consent"), account, volunteer, kind, PRIVACY_NOTICE_VERSION, at)
