"""The people of the day, their accounts and places: written into an empty database before anybody gets up."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, product

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, update

from models.accounts import Account, AccountSession, RoleGrant
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from tests.bench.crowd import TABLES
from tests.cast import password_hash
from tests.day.model import Fate, Plan
from tests.phones import Phone
from volunteer.accounts.queries import digest_of
from volunteer.areas.operations import import_shipped_tree
from volunteer.areas.rules import AreaLevel
from volunteer.demo.bulk import Loader
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import Relation, VolunteerStatus

MIDNIGHT = datetime(2026, 9, 19, tzinfo=LOCAL_ZONE)
# Where all of it happens, in degrees.
PIN = (32.0109, 112.1440)
_GRANTS = (RoleGrant, "id public_id account_id role organization_id granted_at")
_NAMES = product(
    "秀建志文晓海玉春国雅思子", "梅华强英军兰平芳明燕涛静", "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于"
)


def moment(second: int) -> datetime:
    """Return the moment so many seconds after the day's midnight."""
    return (MIDNIGHT + timedelta(seconds=second)).astimezone(UTC)


@dataclass(slots=True)
class Person:
    """Somebody with a name: who they are in the product, what they hold, and what the day ought to come to for them."""

    number: int
    public_id: str
    card_number: str
    account: int
    account_phone: str
    session: str
    name: str
    kind: str
    phone: Phone
    fate: Fate = field(default_factory=Fate)


@dataclass(slots=True)
class Team:
    """An organization with its organizer, who runs shifts, and a second person, who confirms."""

    number: int
    organizer: Person
    second: Person


@dataclass(slots=True, eq=False)
class Place:
    """A shift of a team. `activity` and `public_id` are public ids."""

    number: int
    public_id: str
    activity: str
    team: Team
    plan: Plan


class Town:
    """Makes rows as the story asks for them; `settle` writes them."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app = app
        self.chance = random.Random(seed)
        self.people: list[Person] = []
        self.places: list[Place] = []
        self._with_poster: list[int] = []
        self._serials: Iterator[int] = count(1)
        self._names = ("".join((last, first, second)) for first, second, last in _NAMES)
        self._awake = moment(0) - timedelta(days=1)
        self._context = app.app_context()
        self._context.push()
        upgrade()
        import_shipped_tree()
        db.session.flush()
        self._loader = Loader(db.session.connection(), *TABLES[:-1], _GRANTS)
        self._community = db.session.scalars(select(Area.id).where(Area.level == AreaLevel.COMMUNITY)).first()

    def settle(self) -> None:
        """Write everything and let go of the database."""
        self._loader.flush()
        self._loader.follow_sequences()
        db.session.execute(update(Activity).values(latitude=PIN[0], longitude=PIN[1]))
        db.session.execute(update(Shift).where(Shift.id.in_(self._with_poster)).values(allows_poster=True))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
        self._context.pop()

    def person(self, kind: str, *, family_of: Person | None = None, phone: Phone | None = None) -> Person:
        """Return somebody new, with an account of their own or in that of a relative, on a telephone of their own."""
        serial, public_id, name = next(self._serials), new_public_id(), next(self._names)
        number = make_volunteer_number("420606", self._awake.date(), serial)
        if family_of is None:
            account, session, tel = serial, secrets.token_urlsafe(32), f"{15_000_000_000 + serial}"
            self._open_account(account, name, tel, session)
        else:
            account, session, tel = family_of.account, family_of.session, family_of.account_phone
            phone = family_of.phone
        relation = Relation.SELF if family_of is None else Relation.CHILD
        self._loader.add(
            Volunteer,
            *(serial, public_id, number, account, relation, name, DocumentKind.RESIDENT_ID),
            *(b"sealed", f"{serial:064d}", "420***********001X", Gender.FEMALE, date(1990, 5, 1), tel),
            *(self._community, [], [], VolunteerStatus.ACTIVE, self._awake),
        )
        phone = phone or Phone()
        phone.cookies.setdefault("session_id", session)
        person = Person(serial, public_id, number, account, tel, session, name, kind, phone)
        self.people.append(person)
        return person

    def second_account(self, person: Person) -> Person:
        """Return a further account of a natural person; a document is registered once, so it has no volunteer."""
        serial, session = next(self._serials), secrets.token_urlsafe(32)
        tel = f"{15_000_000_000 + serial}"
        self._open_account(serial, person.name, tel, session)
        return Person(0, "", "", serial, tel, session, person.name, person.kind, Phone().sign_in(session))

    def _open_account(self, number: int, name: str, tel: str, session: str) -> None:
        at = self._awake
        kept = ("active", "normal", "normal", "zh_Hans_CN", at)
        self._loader.add(Account, number, new_public_id(), tel, password_hash(), name, *kept)
        ends = (at + timedelta(days=14), at + timedelta(days=30))
        self._loader.add(AccountSession, digest_of(session), number, "手机", at, at, *ends)

    def team(self, kind: str = "organizers") -> Team:
        """Return a new organization; organizer and second person are registered volunteers, as confirming asks."""
        return self.own_team(self.person(kind), self.person(kind))

    def own_team(self, organizer: Person, second: Person) -> Team:
        """Return a new organization run by these two accounts."""
        number = next(self._serials)
        self._loader.add(
            Organization,
            *(number, new_public_id(), f"第 {number} 志愿服务队", OrganizationKind.COMMUNITY, self._community, ""),
            *("王主任", "13900000000", OrganizationStatus.APPROVED, "", organizer.account, self._awake),
        )
        team = Team(number, organizer, second)
        for person in (organizer, second):
            self.grant(team, person)
        return team

    def grant(self, team: Team, person: Person) -> None:
        """Let somebody run and confirm the shifts of a team."""
        public_id = new_public_id()
        self._loader.add(
            RoleGrant, next(self._serials), public_id, person.account, Role.ORGANIZER, team.number, self._awake
        )

    def place(self, team: Team, plan: Plan, *, allows_walk_in: bool = False, allows_poster: bool = False) -> Place:
        """Return a new shift of an activity of its own."""
        number, activity, public_id, at = next(self._serials), new_public_id(), new_public_id(), self._awake
        self._loader.add(
            Activity,
            *(number, activity, team.number, self._community, f"清理护城河第 {number} 段", "environment"),
            *("沿护城河捡拾垃圾，分类装袋。", "护城河东门广场", "王主任", "13900000000", "", "", 8, "ordinary", "", ""),
            *({"danger": False}, "published", "", team.organizer.account, at),
        )
        times = (moment(plan.starts), moment(plan.ends), plan.rest)
        self._loader.add(Shift, number, public_id, number, "", *times, 2000, 0, allows_walk_in, "", "open")
        if allows_poster:
            self._with_poster.append(number)
        place = Place(number, public_id, activity, team, plan)
        self.places.append(place)
        return place

    def sign_up(self, person: Person, place: Place) -> None:
        """Give somebody a place."""
        at = self._awake
        who = (next(self._serials), new_public_id(), place.number, person.number, person.account)
        self._loader.add(Signup, *who, SignupStatus.PLACED, at, at, at)
