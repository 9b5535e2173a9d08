"""The story of one community: its people, its organization, its shifts, who came, and what that was worth."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from models.accounts import Account, Consent, RoleGrant
from models.activities import Activity, Shift
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry, Proposal
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import RegistrationEvent, Volunteer, VolunteerSerial
from volunteer.accounts.rules import PRIVACY_NOTICE_VERSION, ConsentKind
from volunteer.activities.rules import ActivityStatus, GateQuestion, PlannedShift
from volunteer.checkin.rules import CHECK_OUT_CLOSES_AFTER, Direction, Method
from volunteer.demo.bulk import Loader
from volunteer.demo.people import Person, invent
from volunteer.demo.scenes import SCENES, Scene, Visit, visit
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

TABLES = (
    (
        Account,
        "id public_id phone password_hash display_name status text_size contrast locale created_at",
    ),
    (
        Organization,
        (
            "id public_id name kind area_id introduction contact_name contact_phone status "
            "status_reason created_by created_at decided_at"
        ),
    ),
    (RoleGrant, "id public_id account_id role area_id organization_id granted_at"),
    (
        Volunteer,
        (
            "id public_id number account_id relation name document_kind document_cipher document_digest "
            "document_mask gender birth_on phone community_id skills categories status registered_at"
        ),
    ),
    (Consent, "id account_id volunteer_id kind version given_at"),
    (RegistrationEvent, "id volunteer_id kind area_id effective_on reason recorded_at"),
    (
        Activity,
        (
            "id public_id organization_id area_id title category description place contact_name "
            "contact_phone bring requirements minimum_age risk risks insurance gate status "
            "cancel_reason created_by created_at published_at closed_at"
        ),
    ),
    (
        Shift,
        (
            "id public_id activity_id task starts_at ends_at break_minutes capacity taken "
            "allows_walk_in extension_reason status"
        ),
    ),
    (
        Signup,
        "id public_id shift_id volunteer_id account_id status created_at placed_at changes_seen_at",
    ),
    (
        PresenceEvent,
        (
            "id volunteer_id ordinal shift_id direction method happened_at received_at station "
            "recorded_by reason request_key"
        ),
    ),
    (
        Entry,
        (
            "id public_id kind reverses_id volunteer_id shift_id organization_id served_on started_at "
            "ended_at minutes source rules_version derivation reason presence_event_id made_by checked_by made_at"
        ),
    ),
    (
        Proposal,
        (
            "id public_id kind presence_event_id volunteer_id shift_id organization_id served_on started_at ended_at "
            "minutes source state rules_version derivation cause reason evidence made_by made_at checked_by "
            "checked_at answer entry_id"
        ),
    ),
    (CreditedSpan, "entry_id volunteer_id started_at ended_at"),
    (VolunteerSerial, "prefix last"),
)
SOURCES = {Method.VENUE_CODE: Source.SCAN, Method.ORGANIZER_SCAN: Source.ORGANIZER_SCAN}
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


@dataclass(frozen=True, slots=True)
class Habits:
    """`members` registered in all, the share of them who ever serve, and services a member and year."""

    members: int
    active_share: float
    services: float


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


@dataclass(slots=True)
class Teller:
    """Tells community after community into a loader; numbers run through the whole city."""

    loader: Loader
    keys: dict[str, KeyRing]
    size: Size
    now: datetime
    password_hash: str
    dice: random.Random = field(default_factory=lambda: random.Random(20260101))
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
        number, since = self.next_id("organization"), _morning(self.begins_on)
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
        number, registered_at = (
            self.next_id("volunteer"),
            _morning(since) + timedelta(minutes=self.dice.randint(0, 600)),
        )
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
            self._register(number, RegistrationKind.ENDED, None, until, EndReason.WITHDRAWN.value, _morning(until))
        if (since - person.birth_on).days < 18 * 366:
            self._consent(account_id, number, ConsentKind.GUARDIAN, registered_at)
            self._consent(account_id, number, ConsentKind.MINOR_SENSITIVE, registered_at)
        return Member(number, account_id, since, until, self.dice.lognormvariate(0, 0.8))

    def tell(self, place: Place, extra: list[Member] | None = None, host: Host | None = None) -> list[Member]:
        """Tell the whole story of one community until the day before yesterday, and return who served.

        `extra` members join its people; `host` is its organization.
        """
        members = [self._invented_member(place) for _ in range(place.habits.members)] + (extra or [])
        host = host or self._invented_host(place)
        served = self.dice.sample(members, round(len(members) * place.habits.active_share))
        served += [member for member in extra or [] if member not in served]
        for scene, starts_at in self._shifts(place, len(members)):
            self._hold(place, host, scene, starts_at, served)
        self._announce(place, host, served)
        return [member for member in served if member.until is None]

    def _invented_host(self, place: Place) -> Host:
        phone, since = f"164{place.id:08d}", _morning(self.begins_on)
        owner, checker = self.account("王主任", phone, since), self.account("刘会计", f"163{place.id:08d}", since)
        number = self.organization(place, owner, f"{place.name}志愿服务队", "王主任", phone)
        self.grant(checker, Role.CHECKER, organization_id=number)
        return Host(number, owner, checker, phone)

    def _invented_member(self, place: Place) -> Member:
        person = invent(self.dice, self.next_id("person"), self.begins_on)
        days = (self.today - self.begins_on).days
        since = (
            self.begins_on - timedelta(days=self.dice.randint(1, 500))
            if self.dice.random() < 0.55
            else (self.begins_on + timedelta(days=self.dice.randint(0, days - 20)))
        )
        until = None
        if self.dice.random() < 0.015:
            until = since + timedelta(days=self.dice.randint(15, max(16, (self.today - since).days)))
            until = until if until <= self.today else None
        return self.person(place, person, self.account(person.name, person.phone, _morning(since)), since, until)

    def _shifts(self, place: Place, members: int) -> Iterator[tuple[Scene, datetime]]:
        days = (self.today - self.begins_on).days
        wanted = members * place.habits.services * days / 365 / self.size.people_a_shift
        scenes = self.dice.sample(SCENES, 6)
        # At most one shift a day, so that nobody is in two places at once.
        for offset in sorted(self.dice.sample(range(days - 1), min(days - 1, round(wanted)))):
            hour = self.dice.choice((8, 9, 9, 14, 14, 15, 16))
            yield self.dice.choice(scenes), _at(self.begins_on + timedelta(days=offset), hour)

    def _hold(self, place: Place, host: Host, scene: Scene, starts_at: datetime, served: list[Member]) -> None:
        day = starts_at.astimezone(LOCAL_ZONE).date()
        there = [member for member in served if member.since <= day and (member.until is None or day < member.until)]
        if not there:
            return
        size = max(3, round(self.dice.gauss(self.size.people_a_shift, 3)))
        came = {id(one): one for one in self.dice.choices(there, [one.weight for one in there], k=size)}.values()
        plan = PlannedShift(starts_at, starts_at + timedelta(hours=scene.hours))
        shift = self.shift(
            place, host, scene, plan, capacity=size + self.dice.randint(0, 5), taken=len(came), closed=True
        )
        for member in came:
            self.sign_up(shift, member, starts_at - timedelta(days=self.dice.randint(1, 6)))
            seen = visit(self.dice, plan.starts_at, plan.ends_at)
            if seen:
                self.attend(host, shift, plan, member, seen)

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
        method = self._method(seen)
        self.event(shift, member, Direction.IN, method, seen.arrived_at, host)
        if seen.left_at is not None:
            event = self.event(shift, member, Direction.OUT, method, seen.left_at, host)
            reason = BY_HAND if seen.is_by_hand else ""
            self._credit(host, shift, member, credit_span(seen.arrived_at, seen.left_at, plan), event, method, reason)
            return
        closed_at = plan.ends_at + CHECK_OUT_CLOSES_AFTER
        event = self.event(shift, member, Direction.OUT, Method.AUTO_CLOSE, closed_at, host)
        if self.now - closed_at > STILL_OPEN:
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
            self.loader.add(
                Entry,
                entry,
                new_public_id(),
                EntryKind.CREDIT,
                None,
                *where,
                day.minutes,
                *how,
                reason,
                event,
                *people,
                made_at,
            )
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

    def _announce(self, place: Place, host: Host, served: list[Member]) -> None:
        scenes = itertools.cycle(self.dice.sample(SCENES, 4))
        members = [member for member in served if member.until is None]
        for offset in sorted(self.dice.sample(range(1, 15), 3)):
            scene, starts_at = next(scenes), _at(self.today + timedelta(days=offset), self.dice.choice((9, 14, 15)))
            plan = PlannedShift(starts_at, starts_at + timedelta(hours=scene.hours))
            capacity = self.dice.randint(6, 14)
            wanting = self.dice.sample(members, min(len(members), self.dice.randint(2, capacity + 3)))
            shift = self.shift(place, host, scene, plan, capacity=capacity, taken=min(capacity, len(wanting)))
            for position, member in enumerate(wanting):
                status = SignupStatus.PLACED if position < capacity else SignupStatus.WAITING
                self.sign_up(shift, member, self.now - timedelta(hours=self.dice.randint(1, 48)), status)

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


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LOCAL_ZONE).astimezone(UTC)


def _morning(day: date) -> datetime:
    return _at(day, 9)
