"""Scanning without network: kept at once, there after closing, sent once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Route, expect
from sqlalchemy import func, select

from models.accounts import Account, AccountSession
from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.stations import Station, StationRecord
from models.volunteers import Volunteer
from tests.cast import PASSWORD, Cast
from tests.databases import TEST_KEYS
from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.reader import Reader
from volunteer.checkin.codes import make_personal_code
from volunteer.checkin.rules import Method
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.stations.rules import milliseconds

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

NAMES = ("李晓梅", "陈桂兰", "欧阳建国", "张伟", "王芳", "赵敏", "刘洋", "周杰", "吴磊", "孙丽")
TYPED = "扫码枪扫，或输入志愿者编号"


@dataclass(frozen=True)
class Street:
    """A shift that runs, on a street where the network comes and goes."""

    shift: Shift
    owner: Account
    organization: Organization
    people: list[Volunteer]
    stranger: Volunteer

    @property
    def path(self) -> str:
        """Return where the scanning page is."""
        return f"/stations/at/{self.shift.public_id}"

    def start(self, organizer: Reader) -> Reader:
        """Open the scanning page, start, and wait until the browser keeps the page."""
        organizer.open(self.path).page.get_by_role("button", name="开始扫码").click()
        expect(organizer.page.locator("[data-keeps=yes]")).to_have_attribute("data-keeps", "yes")
        expect(organizer.page.locator("[data-keeps=yes]")).not_to_have_attribute("hidden", "")
        return organizer


@pytest.fixture
def street(cast: Cast) -> Street:
    """Return a shift with ten people on its list."""
    owner = cast.account("王主任")
    starts_at = (clock.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    organization = cast.organization(owner)
    shift = cast.shift(cast.activity(organization), starts_at, taken=len(NAMES), capacity=20)
    people = []
    for serial, name in enumerate(NAMES, 1):
        number = make_volunteer_number("420602", clock.today(), serial)
        people.append(cast.volunteer(cast.account(name), name, number=number))
        cast.signup(shift, people[-1])
    number = make_volunteer_number("420602", clock.today(), len(NAMES) + 1)
    stranger = cast.volunteer(cast.account("何平"), "何平", number=number)
    return Street(shift, owner, organization, people, stranger)


@contextmanager
def without_network(reader: Reader) -> Iterator[None]:
    """Take the network away; that the browser then notes a failed request is no fault of the page."""
    before = len(reader.faults)
    reader.context.set_offline(True)
    # The page is told a moment after us; a scan in between would still be sent.
    expect(reader.page.locator("[data-net-state]")).to_have_attribute("data-net", "off")
    yield
    reader.context.set_offline(False)
    reader.faults[before:] = [fault for fault in reader.faults[before:] if "ERR_INTERNET_DISCONNECTED" not in fault]


def scan(reader: Reader, text: str) -> Reader:
    """Let a scanner type into the page."""
    field = reader.page.get_by_label(TYPED)
    field.fill(text)
    field.press("Enter")
    expect(field).to_have_value("")
    return reader


def counts(reader: Reader, **expected: int) -> None:
    """Expect the page's counts."""
    for name, count in expected.items():
        expect(reader.page.locator(f"[data-count={name}]")).to_have_text(str(count))


def sent(reader: Reader, count: int) -> None:
    """Expect so many records in the list to have arrived, and none to wait."""
    expect(reader.page.locator(".scan-rows .status-done")).to_have_count(count)
    counts(reader, held=0)


def stored(app: Flask) -> tuple[int, int]:
    """Return how many comings and goings there are, and how many records of stations."""
    with app.app_context():
        tables = (PresenceEvent, StationRecord)
        events, records = (db.session.scalar(select(func.count()).select_from(table)) for table in tables)
        return events or 0, records or 0


def methods(app: Flask) -> set[Method]:
    """Return how what was recorded is known."""
    with app.app_context():
        return set(db.session.scalars(select(PresenceEvent.method)))


def code_of(volunteer: Volunteer) -> str:
    """Return what the volunteer's own phone shows now."""
    return make_personal_code(TEST_KEYS["code"], volunteer.public_id, clock.now())


def test_ten_scans_without_network_survive_reload_and_closing_and_arrive_once(
    app: Flask, phone: OpenReader, street: Street, origin: str
) -> None:
    organizer = street.start(phone(street.owner))
    codes, cards, numbers = street.people[:4], street.people[4:7], street.people[7:]
    with without_network(organizer):
        for person in codes:
            scan(organizer, code_of(person)).sees(f"{person.name}签到")
        for person in cards:
            scan(organizer, f"{origin}/volunteers/{person.public_id}/badge").sees(person.name)
        for person in numbers:
            scan(organizer, person.number).sees(person.name)
        counts(organizer, held=10, **{"in": 10})
        organizer.look("offline-ten")
        assert stored(app) == (0, 0)
        organizer.page.reload()
        counts(organizer, held=10, **{"in": 10})
        organizer.page.close()
        organizer.page = organizer.context.new_page()
        organizer.open(street.path).sees("存在手机里", "刘洋")
        counts(organizer, held=10, **{"in": 10})
        expect(organizer.page.locator("[data-net-state]")).to_have_attribute("data-net", "off")
        organizer.look("offline-reloaded")
    sent(organizer, 10)
    counts(organizer, review=0, **{"in": 10})
    assert stored(app) == (10, 10)
    assert methods(app) <= {Method.OFFLINE, Method.ORGANIZER_SCAN, Method.BY_HAND}
    organizer.open(street.path)
    sent(organizer, 10)
    scan(organizer, street.people[9].number).sees("已经签到，不用再扫")
    assert stored(app)[0] == 10
    organizer.look("offline-synced")


def test_a_lost_answer_is_asked_for_again_under_the_same_key(app: Flask, phone: OpenReader, street: Street) -> None:
    organizer = street.start(phone(street.owner))
    lost: list[bytes | None] = []

    def lose_answer(route: Route) -> None:
        route.fetch()
        lost.append(route.request.post_data_buffer)
        route.abort("connectionreset")

    organizer.context.route("**/records", lose_answer, times=1)
    scan(organizer, street.people[0].number)
    sent(organizer, 1)
    assert len(lost) == 1
    assert stored(app) == (1, 1)
    organizer.faults[:] = [fault for fault in organizer.faults if "ERR_CONNECTION_RESET" not in fault]


def test_an_expired_sign_in_keeps_the_records_until_somebody_signs_in_again(
    app: Flask, phone: OpenReader, street: Street, hours: Hours
) -> None:
    organizer = street.start(phone(street.owner))
    with app.app_context():
        for session in db.session.scalars(select(AccountSession)):
            session.revoked_at = clock.now()
        db.session.commit()
    scan(organizer, street.stranger.number).sees("登录过期了，记录还在这台手机上。")
    scan(organizer, street.people[0].number)
    counts(organizer, held=2)
    organizer.look("offline-signed-out")
    assert stored(app) == (0, 0)
    organizer.follow("重新登录").fill("手机号", street.owner.phone).fill("密码", PASSWORD).press("登录")
    organizer.faults.clear()
    organizer.open(street.path)
    sent(organizer, 1)
    counts(organizer, review=1)
    assert stored(app) == (1, 2)


def test_what_is_not_sent_cannot_be_cleared_and_what_is_sent_can(app: Flask, phone: OpenReader, street: Street) -> None:
    organizer = street.start(phone(street.owner))
    clear = organizer.page.get_by_role("button", name="清空这台手机上的资料")
    with without_network(organizer):
        scan(organizer, street.people[0].number)
        scan(organizer, code_of(street.stranger)).sees("不在名单上，联网后核对")
        counts(organizer, held=2)
        clear.click()
        organizer.sees("还有记录没送到，现在不能清空。请先联网。")
    sent(organizer, 1)
    counts(organizer, review=1)
    clear.click()
    organizer.page.get_by_role("dialog").get_by_role("button", name="清空").click()
    expect(organizer.page.get_by_role("button", name="开始扫码")).to_be_visible()
    left = organizer.page.evaluate("""async () => {
        const database = await new Promise((resolve) => {
            const asked = indexedDB.open("scanner");
            asked.onsuccess = () => resolve(asked.result);
        });
        const count = (name) => new Promise((resolve) => {
            const asked = database.transaction(name).objectStore(name).count();
            asked.onsuccess = () => resolve(asked.result);
        });
        return [await count("stations"), await count("records"), await caches.keys()];
    }""")
    assert left == [0, 0, []]
    assert stored(app) == (1, 2)


def test_the_browser_gives_no_key_and_no_name_to_who_reads_its_store(phone: OpenReader, street: Street) -> None:
    organizer = street.start(phone(street.owner))
    scan(organizer, street.people[0].number)
    sent(organizer, 1)
    rows = organizer.page.evaluate("""async () => {
        const database = await new Promise((resolve) => {
            const asked = indexedDB.open("scanner");
            asked.onsuccess = () => resolve(asked.result);
        });
        const all = (name) => new Promise((resolve) => {
            const asked = database.transaction(name).objectStore(name).getAll();
            asked.onsuccess = () => resolve(asked.result);
        });
        const readable = (thing) => {
            if (thing instanceof CryptoKey) return `key ${thing.extractable}`;
            if (thing instanceof ArrayBuffer || ArrayBuffer.isView(thing)) return new TextDecoder().decode(thing);
            if (thing && typeof thing === "object") return Object.values(thing).map(readable).join(" ");
            return String(thing);
        };
        return [...(await all("stations")), ...(await all("records"))].map(readable);
    }""")
    text = " ".join(rows)
    assert text.count("key false") == 2
    assert "key true" not in text
    for person in street.people:
        assert person.name not in text
        assert person.number not in text
        assert person.public_id not in text


def test_a_stopped_device_says_so_and_what_it_holds_goes_to_a_person(
    app: Flask, phone: OpenReader, street: Street
) -> None:
    organizer = street.start(phone(street.owner))
    with organizer.page.expect_response("**/records"), without_network(organizer):
        scan(organizer, street.people[0].number)
        counts(organizer, held=1)
        with app.app_context():
            db.session.scalars(select(Station)).one().revoked_at = clock.now()
            db.session.commit()
    organizer.sees("先在有网络的地方点开始", "这个扫码台已经停用").look("scanning-revoked")
    assert stored(app) == (0, 1)
    organizer.page.get_by_role("button", name="开始扫码").click()
    scan(organizer, street.people[0].number)
    sent(organizer, 1)
    assert stored(app) == (1, 2)
    organizer.faults[:] = [fault for fault in organizer.faults if "410" not in fault]


def test_two_organizers_on_one_browser_do_not_send_for_each_other(
    app: Flask, phone: OpenReader, street: Street, cast: Cast
) -> None:
    other = cast.account("小刘")
    cast.grant(other, Role.ORGANIZER, organization=street.organization)
    shared = street.start(phone(street.owner))
    shared.context.clear_cookies()
    scan(shared, street.people[0].number).sees("登录过期了，记录还在这台手机上。")
    counts(shared, held=1)
    sign_in(shared, other).faults.clear()
    shared.open(street.path).sees("这台手机上还有别的账号没送到的记录", "先在有网络的地方点开始")
    assert stored(app) == (0, 0)
    sign_in(shared, street.owner).open(street.path)
    sent(shared, 1)
    assert stored(app) == (1, 1)


def test_who_signs_out_leaves_no_page_to_the_next_and_what_is_not_sent_stays(
    app: Flask, phone: OpenReader, street: Street, cast: Cast
) -> None:
    other = cast.account("小刘")
    cast.grant(other, Role.ORGANIZER, organization=street.organization)
    shared = street.start(phone(street.owner))
    with without_network(shared):
        # The control: while nobody signed out the page opens without a network.
        shared.page.reload()
        scan(shared, street.people[0].number)
        counts(shared, held=1)
        shared.context.route("**/records", lambda route: route.abort())
    assert kept_pages(shared) == [f"scanner-page-{street.owner.public_id}"]
    shared.context.clear_cookies()
    shared.open("/")
    expect_no_pages(shared)
    shared.context.unroute("**/records")
    shared.faults.clear()
    sign_in(shared, other).faults.clear()
    street.start(shared).sees("这台手机上还有别的账号没送到的记录")
    assert kept_pages(shared) == [f"scanner-page-{other.public_id}"]
    sign_in(shared, street.owner).open(street.path)
    sent(shared, 1)
    assert stored(app) == (1, 1)


def test_a_page_of_another_account_says_so_and_scans_nothing(phone: OpenReader, street: Street, cast: Cast) -> None:
    other = cast.account("小刘")
    cast.grant(other, Role.ORGANIZER, organization=street.organization)
    shared = street.start(phone(street.owner))
    elsewhere = phone(other)
    shared.context.clear_cookies()
    shared.context.add_cookies(elsewhere.context.cookies())
    shared.page.evaluate("dispatchEvent(new Event('online'))")
    shared.sees("现在登录的账号不能用这个扫码台")
    expect(shared.page.get_by_label(TYPED)).to_be_hidden()
    shared.faults.clear()


def test_a_phone_whose_clock_is_wrong_sends_its_own_clock_and_nothing_moves(
    app: Flask, phone: OpenReader, street: Street
) -> None:
    organizer = phone(street.owner)
    organizer.context.add_init_script("{ const now = Date.now; Date.now = () => now() + 10_800_000; }")
    street.start(organizer)
    scan(organizer, code_of(street.people[0]))
    sent(organizer, 1)
    assert methods(app) == {Method.ORGANIZER_SCAN}
    with app.app_context():
        record = db.session.scalars(select(StationRecord)).one()
        assert abs(organizer.page.evaluate("Date.now()") - milliseconds(record.device_at)) < 60_000
        assert abs(record.device_at - record.received_at) > timedelta(hours=2)
        assert abs(record.happened_at - record.received_at) < timedelta(minutes=1)


def kept_pages(reader: Reader) -> list[str]:
    """Return under which names the browser keeps scanning pages."""
    names: list[str] = reader.page.evaluate("async () => (await caches.keys()).sort()")
    return names


def expect_no_pages(reader: Reader) -> None:
    """Wait until the browser keeps no scanning page."""
    reader.page.wait_for_function("async () => (await caches.keys()).length === 0")


def sign_in(reader: Reader, account: Account) -> Reader:
    """Let somebody else use the browser."""
    reader.context.clear_cookies()
    return reader.open("/accounts/sign-in").fill("手机号", account.phone).fill("密码", PASSWORD).press("登录")
