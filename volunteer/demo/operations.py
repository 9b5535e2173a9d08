"""Filling an empty database with the invented city."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, select, text

from models.accounts import Account, RoleGrant
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.engine import take_all_the_time
from models.hours import Entry, StarDue
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.accounts.passwords import hash_password
from volunteer.activities.shift_rules import PlannedShift
from volunteer.areas.operations import import_shipped_tree
from volunteer.checkin.rules import Direction, Method
from volunteer.demo.boundaries import draw_boundaries
from volunteer.demo.bulk import Loader
from volunteer.demo.days import morning
from volunteer.demo.dossier import tell_of_dossiers
from volunteer.demo.habits import Habits
from volunteer.demo.odd_evening import tell_of_an_odd_evening
from volunteer.demo.people import Person, document_number
from volunteer.demo.places import choose_places, populate
from volunteer.demo.polling import tell_of_self_tests, tell_of_surveys
from volunteer.demo.recognition import tell_of_recognition
from volunteer.demo.rows import Host, Member, Place
from volunteer.demo.scenes import SCENES, Visit
from volunteer.demo.sizes import SMALL, Size
from volunteer.demo.story import Teller
from volunteer.demo.tables import TABLES
from volunteer.demo.urging import tell_of_urging
from volunteer.hours.stars import settle_due
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.id_documents import Gender
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Role
from volunteer.kernel.text import N_
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.operations import rebuild_figures
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus
from volunteer.volunteers.rules import Relation

PASSWORD = "zhiyuan-2026"  # noqa: S105 — printed for everybody to see
_STARS_AT_ONCE = 5000
Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody in the demo whom a visitor may be."""

    who: str
    name: str
    phone: str


SIGN_INS = (
    SignIn("居民", "李晓梅", "13800000001"),
    SignIn("组织者", "王建国", "13800000002"),
    SignIn("复核人", "赵敏", "13800000003"),
    SignIn("主管单位", "周文", "13800000004"),
    SignIn("樊城区工作人员", "孙悦", "13800000005"),
    SignIn("街道工作人员", "郑海燕", "13800000006"),
)


def is_empty() -> bool:
    """Return whether nobody has an account yet."""
    return db.session.scalar(select(func.count()).select_from(Account)) == 0


def fill(size: Size, keys: dict[str, KeyRing], progress: Progress = lambda _: None) -> None:
    """Invent a city of `size` in an empty database, in the caller's transaction; `progress` hears each community.

    Raises `Conflict` when the database holds people already.
    """
    if not is_empty():
        raise Conflict(N_("数据库里已经有人了，演示数据只能装进空库"))
    if db.session.scalar(select(func.count()).select_from(Area)) == 0:
        import_shipped_tree()
    ensure_shipped_edition()
    db.session.flush()
    connection = db.session.connection()
    take_all_the_time(connection)
    teller = Teller(Loader(connection, *TABLES), dict(keys), size, clock.now(), hash_password(PASSWORD))
    places = choose_places(connection, size)
    for number, place in enumerate(places):
        if number == 0:
            _tell_of_the_first(teller, place)
        else:
            teller.tell(place)
        teller.loader.flush()
        progress(1)
    teller.finish()
    teller.loader.flush()
    teller.loader.follow_sequences()
    populate(connection, places, teller.begins_on, teller.today)
    tell_of_self_tests(connection, range(teller.begins_on.year, teller.today.year + 1))
    tell_of_surveys(_account(SIGN_INS[3].phone))
    _pending_organization(places[1])
    db.session.flush()
    _tell_of_an_odd_evening()
    _look_at_each_person_once(connection)
    while settle_due(limit=_STARS_AT_ONCE):
        pass
    rebuild_figures()
    tell_of_urging(*(_account(sign_in.phone) for sign_in in SIGN_INS[3:6]))


def _look_at_each_person_once(connection: Connection) -> None:
    """Keep one row a person of those whose stars are due: millions of entries put as many there."""
    last = select(func.max(StarDue.id)).group_by(StarDue.volunteer_id)
    connection.execute(delete(StarDue).where(StarDue.id.not_in(last)))
    if connection.dialect.name == "postgresql":
        # The planner knows nothing of what this transaction loaded, and would read all entries for each few people.
        connection.exec_driver_sql(f"ANALYZE {Entry.__tablename__}")


def _account(phone: str) -> Account:
    return db.session.scalars(select(Account).where(Account.phone == phone)).one()


def _tell_of_an_odd_evening() -> None:
    first = db.session.scalars(select(Organization).order_by(Organization.id)).first()
    judge = db.session.scalars(select(Account).where(Account.phone == SIGN_INS[3].phone)).one()
    if first is not None:
        tell_of_an_odd_evening(first, judge)
        tell_of_recognition(first, SIGN_INS[0].phone)
    draw_boundaries(judge.id)
    keeper = db.session.scalars(select(Account).where(Account.phone == SIGN_INS[4].phone)).one()
    tell_of_dossiers({"420600": judge.id, "420606": keeper.id})


def _tell_of_the_first(teller: Teller, place: Place) -> None:
    since = teller.begins_on + timedelta(days=5)
    accounts = {who.phone: teller.account(who.name, who.phone, morning(since)) for who in SIGN_INS}
    resident, owner, checker, *staff = accounts.values()
    people = [
        _cast(4_900_001, "李晓梅", Gender.FEMALE, date(1988, 3, 12), SIGN_INS[0].phone, Relation.SELF),
        _cast(
            9_000_002, "李一诺", Gender.FEMALE, date(teller.today.year - 12, 6, 1), SIGN_INS[0].phone, Relation.CHILD
        ),
        _cast(4_900_003, "陈桂兰", Gender.FEMALE, date(1951, 10, 9), SIGN_INS[0].phone, Relation.ELDER),
        _cast(4_900_004, "王建国", Gender.MALE, date(1969, 1, 20), SIGN_INS[1].phone, Relation.SELF),
        _cast(4_900_005, "赵敏", Gender.FEMALE, date(1983, 8, 2), SIGN_INS[2].phone, Relation.SELF),
    ]
    holders = (resident, resident, resident, owner, checker)
    members = [teller.person(place, person, holder, since) for person, holder in zip(people, holders, strict=True)]
    for member in members:
        member.weight = 0.9
    _tell_of_staff(teller, place, staff, since)
    organization = teller.organization(place, owner, f"{place.name}志愿服务队", SIGN_INS[1].name, SIGN_INS[1].phone)
    teller.grant(checker, Role.CHECKER, organization_id=organization)
    host = Host(organization, owner, checker, SIGN_INS[1].phone)
    served = [member for member in teller.tell(place, members, host) if member not in members]
    _hold_yesterday(teller, place, host, served[:7])
    hold_today(teller, place, host, [members[0], *served[:8]], arrived=5)


def hold_today(teller: Teller, place: Place, host: Host, members: list[Member], arrived: int = 0) -> None:
    """Add a shift that runs now, with `members` signed up; the last `arrived` of them are there already."""
    starts_at = teller.now.replace(minute=teller.now.minute // 10 * 10, second=0, microsecond=0)
    plan = PlannedShift(starts_at, starts_at + timedelta(hours=3))
    shift = teller.shift(place, host, SCENES[4], plan, capacity=20, taken=len(members), walk_in=True)
    for member in members:
        teller.sign_up(shift, member, teller.now - timedelta(hours=20))
    for minutes, member in enumerate(members[len(members) - arrived :]):
        came_at = min(starts_at - timedelta(minutes=8 - 2 * minutes), teller.now)
        teller.event(shift, member, Direction.IN, Method.VENUE_CODE, came_at, host)


def _hold_yesterday(teller: Teller, place: Place, host: Host, members: list[Member]) -> None:
    """Add a shift of yesterday at which two forgot to check out."""
    starts_at = clock.to_local(teller.now).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    plan = PlannedShift(starts_at, starts_at + timedelta(hours=2))
    shift = teller.shift(place, host, SCENES[0], plan, capacity=10, taken=len(members))
    for number, member in enumerate(members):
        teller.sign_up(shift, member, teller.now - timedelta(days=4))
        left_at = None if number < 2 else plan.ends_at + timedelta(minutes=number)
        arrived_at = starts_at - timedelta(minutes=number + 1)
        teller.attend(host, shift, plan, member, Visit(arrived_at, left_at, is_by_hand=False))


def _cast(serial: int, name: str, gender: Gender, birth_on: date, phone: str, relation: Relation) -> Person:
    return Person(name, gender, birth_on, document_number(serial, birth_on, gender), phone, relation)


def _tell_of_staff(teller: Teller, place: Place, accounts: list[int], since: date) -> None:
    """Register the office's people and give them their roles: who has no real name may confirm nothing."""
    people = [
        _cast(4_900_006, "周文", Gender.MALE, date(1979, 5, 6), SIGN_INS[3].phone, Relation.SELF),
        _cast(4_900_007, "孙悦", Gender.FEMALE, date(1990, 11, 23), SIGN_INS[4].phone, Relation.SELF),
        _cast(4_900_008, "郑海燕", Gender.FEMALE, date(1986, 4, 17), SIGN_INS[5].phone, Relation.SELF),
    ]
    # Which street the third sits in is known when the city is told.
    roles = ((Role.OFFICE_ADMIN, "420600"), (Role.OFFICE_STAFF, "420606"))
    for account, person in zip(accounts, people, strict=True):
        teller.person(place, person, account, since)
    for account, (role, code) in zip(accounts, roles, strict=False):
        area_id = db.session.scalar(select(Area.id).where(Area.code == code))
        teller.grant(account, role, area_id=area_id)


def _pending_organization(place: Place) -> None:
    founder = db.session.scalars(select(Account).where(Account.phone == SIGN_INS[2].phone)).one()
    organization = Organization(
        name="汉江护鸟志愿服务队",
        kind=OrganizationKind.TEAM,
        area_id=place.id,
        introduction="观鸟爱好者自发组队，周末沿江巡护、清理渔网。",
        contact_name=founder.display_name,
        contact_phone=founder.phone,
        status=OrganizationStatus.PENDING,
        created_by=founder.id,
        created_at=clock.now(),
    )
    db.session.add(organization)
    db.session.flush()
    db.session.add(
        RoleGrant(
            account_id=founder.id,
            role=Role.ORGANIZATION_OWNER,
            organization_id=organization.id,
            granted_at=clock.now(),
        )
    )


def hold_today_again(keys: dict[str, KeyRing]) -> None:
    """Give the demo's first organization a shift that runs now, unless one is still to end."""
    organization = db.session.scalars(
        select(Organization)
        .join(Account, Account.id == Organization.created_by)
        .where(Account.phone == SIGN_INS[1].phone)
    ).first()
    if organization is None or _has_shift_to_come(organization.id):
        return
    connection = db.session.connection()
    teller = Teller(Loader(connection, *TABLES), dict(keys), SMALL, clock.now(), "")
    for table in ("activity", "shift", "signup"):
        teller.numbers[table] = connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table}")) or 0  # noqa: S608
    place = Place(organization.area_id, "", organization.name.removesuffix("志愿服务队"), Habits(0))
    resident = connection.execute(
        select(Volunteer.id, Volunteer.account_id).where(
            Volunteer.phone == SIGN_INS[0].phone, Volunteer.relation == Relation.SELF
        )
    ).one()
    member = Member(resident.id, resident.account_id, teller.today, None, 1)
    host = Host(organization.id, organization.created_by, organization.created_by, SIGN_INS[1].phone)
    hold_today(teller, place, host, [member])
    teller.loader.flush()
    teller.loader.follow_sequences()


def _has_shift_to_come(organization_id: int) -> bool:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Shift)
            .join(Activity, Activity.id == Shift.activity_id)
            .where(
                Activity.organization_id == organization_id,
                Shift.ends_at > clock.now() + timedelta(minutes=30),
                Shift.starts_at < clock.now(),
            )
        )
        != 0
    )
