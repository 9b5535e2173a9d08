"""What a street and its clever people send: old codes, lost replies, other bodies, two things at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from models.activities import Activity, Shift
from models.base import db
from models.hours import Entry, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_at_once import ask, at_once, try_it
from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin import codes, jobs, queries
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import SignupStatus

MINUTE = timedelta(minutes=1)


def change(venue: Venue, table: type[Activity | Shift | Organization], **values: object) -> None:
    with venue.app.app_context():
        db.session.execute(update(table).values(**values))
        db.session.commit()
        db.session.remove()


def entries(venue: Venue) -> list[int]:
    with venue.app.app_context():
        found = [row.minutes for row in db.session.query(Entry).order_by(Entry.id)]
        db.session.rollback()
        return found


def at(venue: Venue, minutes: float) -> datetime:
    return venue.shift.starts_at + minutes * MINUTE


# --- codes


@pytest.mark.parametrize("seconds", [21, 60, 24 * 3600])
def test_a_code_is_replayed_in_vain(venue: Venue, resident: Browser, seconds: int) -> None:
    step = codes.step_at(clock.now())
    token = codes.make_code(TEST_KEYS["code"], shift=venue.shift.public_id, phase=Direction.IN, step=step)
    with time_machine.travel(codes.step_starts_at(step) + timedelta(seconds=seconds), tick=False):
        assert "这个码过期了" in resident.get(f"/c/{token}", expect=409).get_data(as_text=True)
        assert resident.client.get_cookie("scan") is None
    assert venue.events() == []


def test_a_claim_cannot_be_turned_into_another(venue: Venue, resident: Browser) -> None:
    """Every position of the signed claim, one bit: another shift, phase, station, moment or method opens nothing."""
    sent = venue.scan(resident)
    claim = sent["claim"]
    browser = resident.client.get_cookie("browser")
    assert browser is not None
    name = codes.read_browser_name(TEST_KEYS["claim"], browser.value)
    assert (
        codes.read_claim(TEST_KEYS["claim"], claim, clock.now(), name, venue.account.id).shift == venue.shift.public_id
    )
    for position in range(len(claim)):
        changed = claim[:position] + chr(ord(claim[position]) ^ 1) + claim[position + 1 :]
        with pytest.raises(Refusal) as refused:
            codes.read_claim(TEST_KEYS["claim"], changed, clock.now(), name, venue.account.id)
        assert refused.value.rule == "forged_claim"
    resident.post("/checkin/record", {**sent, "claim": changed}, expect=409)
    assert venue.events() == []
    resident.post("/checkin/record", sent, expect=200)


# --- the same request again


def test_a_lost_reply_to_a_check_out_is_asked_for_again_and_says_the_same(venue: Venue, resident: Browser) -> None:
    with time_machine.travel(at(venue, 0), tick=False):
        venue.tap(resident)
    with time_machine.travel(at(venue, 90), tick=False):
        sent = venue.scan(resident, Direction.OUT)
        first = resident.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    with time_machine.travel(at(venue, 93), tick=False):
        again = resident.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    assert "已记入 90 分钟" in first
    assert again == first
    assert entries(venue) == [90]
    assert len(venue.events()) == 2


def test_minutes_that_wait_are_said_the_same_again(venue: Venue) -> None:
    came = {"is_own": False, "account_id": venue.organizer.id, "method": Method.BY_HAND, "reason": "没带手机"}
    asked = ask(venue, direction=Direction.OUT, happened_at=at(venue, 60))
    with time_machine.travel(at(venue, 0), tick=False):
        assert try_it(venue, ask(venue, happened_at=at(venue, 0), **came)) == "ok"
    told = set()
    with time_machine.travel(at(venue, 60), tick=False):
        for _ in range(2):
            with venue.app.app_context():
                from volunteer.checkin.operations import record_presence

                told.add(str(record_presence(asked).derivation))
                db.session.commit()
                db.session.remove()
    assert told == {"60 分钟等第二个人确认后记入：签到或签退是手工登记的"}


def test_fifty_times_the_same_check_out_are_one(venue: Venue) -> None:
    now = clock.now()
    assert try_it(venue, ask(venue, happened_at=now)) == "ok"
    asked = ask(venue, direction=Direction.OUT, happened_at=now + timedelta(seconds=90))
    assert set(at_once(venue, [asked] * 50)) == {"ok"}
    assert len(venue.events()) == 2
    assert entries(venue) == [1]


@pytest.mark.parametrize("other", ["volunteer", "moment", "phase", "shift"])
def test_a_key_with_another_body_is_refused_and_records_nothing(venue: Venue, other: str) -> None:
    now = clock.now()
    child = venue.cast.volunteer(venue.account, name="李小宝")
    shift = venue.cast.shift(venue.activity, venue.shift.starts_at, allows_walk_in=True)
    venue.sign_up(child)
    first = ask(venue, happened_at=now, request_key="thesamekey0")
    changes: dict[str, dict[str, object]] = {
        "volunteer": {"volunteer": child.public_id},
        "moment": {"happened_at": now + timedelta(seconds=1)},
        "phase": {"direction": Direction.OUT, "happened_at": now + timedelta(seconds=1)},
        "shift": {"shift": shift.public_id},
    }
    assert try_it(venue, first) == "ok"
    assert (
        try_it(venue, ask(venue, **{"happened_at": now, "request_key": "thesamekey0", **changes[other]}))
        == "other_body"
    )
    assert try_it(venue, first) == "ok"
    assert len(venue.events()) == 1


# --- two things at once


def test_a_check_out_and_the_automatic_closing_at_once_leave_exactly_one_going(venue: Venue) -> None:
    people = [venue.cast.volunteer(venue.account, name=f"志愿者{number}") for number in range(12)]
    for person in people:
        venue.sign_up(person)
        assert try_it(venue, ask(venue, volunteer=person.public_id)) == "ok"
    closes_at = venue.shift.ends_at + 60 * MINUTE

    def close() -> str:
        with venue.app.app_context():
            jobs.close_forgotten()
            db.session.commit()
            db.session.remove()
        return "closed"

    asked = [
        ask(venue, volunteer=person.public_id, direction=Direction.OUT, happened_at=closes_at) for person in people
    ]
    with time_machine.travel(closes_at + 16 * MINUTE, tick=False), ThreadPoolExecutor(4) as pool:
        goings = [pool.submit(try_it, venue, one) for one in asked[:6]]
        closings = [pool.submit(close) for _ in range(2)]
        goings += [pool.submit(try_it, venue, one) for one in asked[6:]]
        assert {closing.result() for closing in closings} == {"closed"}
        told = [going.result() for going in goings]
    assert set(told) <= {"ok", "check_out_closed"}
    events = venue.events()
    assert len(events) == 24
    scanned = [event for event in events if event.method is Method.VENUE_CODE and event.direction is Direction.OUT]
    closed = [event for event in events if event.method is Method.AUTO_CLOSE]
    assert (len(scanned), len(closed)) == (told.count("ok"), 12 - told.count("ok"))
    assert len(entries(venue)) == len(scanned)


# --- what changes while people are in


def test_a_shift_extended_while_it_runs_lets_people_in_and_credits_longer(venue: Venue, resident: Browser) -> None:
    with time_machine.travel(at(venue, 0), tick=False):
        venue.tap(resident)
    late = venue.cast.volunteer(name="来晚了")
    venue.sign_up(late)
    in_the_extension = ask(venue, volunteer=late.public_id, account_id=late.account_id, happened_at=at(venue, 130))
    with time_machine.travel(at(venue, 130), tick=False):
        assert try_it(venue, in_the_extension) == "too_late"
        change(venue, Shift, extended_until=at(venue, 180), extension_reason="雨停得晚")
        assert try_it(venue, in_the_extension) == "ok"
    with time_machine.travel(at(venue, 240), tick=False):
        said = venue.tap(resident, Direction.OUT)
    assert "180 分钟" in said
    assert entries(venue) == [180]


def test_an_activity_cancelled_while_people_are_in_lets_them_go_and_their_minutes_wait(
    venue: Venue, resident: Browser
) -> None:
    with time_machine.travel(at(venue, 0), tick=False):
        venue.tap(resident)
    change(venue, Activity, status=ActivityStatus.CANCELLED)
    late = venue.cast.volunteer(name="来晚了")
    venue.sign_up(late)
    with time_machine.travel(at(venue, 30), tick=False):
        assert try_it(venue, ask(venue, volunteer=late.public_id, account_id=late.account_id)) == "cancelled"
        said = venue.tap(resident, Direction.OUT)
    assert "30 分钟等第二个人确认后记入" in said
    assert entries(venue) == []


def test_a_suspended_organization_lets_nobody_in_and_everybody_out(venue: Venue, resident: Browser) -> None:
    with time_machine.travel(at(venue, 0), tick=False):
        venue.tap(resident)
    late = venue.cast.volunteer(name="来晚了")
    venue.sign_up(late)
    passer = venue.cast.volunteer(name="路过的")
    change(venue, Organization, status=OrganizationStatus.SUSPENDED)
    change(venue, Shift, allows_walk_in=True)
    for person in (late, passer):
        asked = ask(venue, volunteer=person.public_id, account_id=person.account_id)
        assert try_it(venue, asked) == "organization_suspended"
    written = ask(
        venue,
        volunteer=late.public_id,
        account_id=venue.organizer.id,
        is_own=False,
        method=Method.BY_HAND,
        reason="没电",
    )
    assert try_it(venue, written) == "organization_suspended"
    with time_machine.travel(at(venue, 60), tick=False):
        assert "已记入 60 分钟" in venue.tap(resident, Direction.OUT)
    change(venue, Organization, status=OrganizationStatus.APPROVED)
    assert try_it(venue, ask(venue, volunteer=late.public_id, account_id=late.account_id)) == "ok"


# --- the poster on the wall


def test_a_poster_counts_only_where_the_organizer_allows_it_and_never_in_danger(venue: Venue) -> None:
    scanned = ask(venue, method=Method.POSTER)
    assert try_it(venue, scanned) == "poster_not_allowed"
    change(venue, Shift, allows_poster=True)
    change(venue, Activity, risk=RiskLevel.DANGEROUS)
    assert try_it(venue, scanned) == "poster_not_allowed"
    change(venue, Activity, risk=RiskLevel.ORDINARY)
    assert try_it(venue, scanned) == "ok"
    change(venue, Shift, allows_poster=False)
    going = ask(venue, method=Method.POSTER, direction=Direction.OUT, happened_at=clock.now() + 5 * MINUTE)
    assert try_it(venue, going) == "poster_not_allowed"
    assert len(venue.events()) == 1
    change(venue, Shift, allows_poster=True)
    assert try_it(venue, going) == "ok"
    with venue.app.app_context():
        assert [(row.minutes, row.cause, row.source) for row in db.session.query(Proposal)] == [(5, "poster", "poster")]
        assert db.session.query(Entry).count() == 0
        db.session.rollback()


# --- who may come, before the tap


def choices(venue: Venue, direction: Direction = Direction.IN) -> dict[str, tuple[str, bool]]:
    with venue.app.app_context():
        found = queries.choices(venue.account.id, venue.shift.public_id, direction, clock.now())
        db.session.rollback()
    return {one.name: (one.decision.rule, one.is_walk_in) for one in found}


def test_before_the_tap_everybody_is_told_whether_they_may_come(venue: Venue) -> None:
    young = {"birth_on": clock.today() - timedelta(days=365 * 10)}
    _child, ward = (venue.cast.volunteer(venue.account, name=name, **young) for name in ("李小宝", "李大宝"))
    guardian_says_yes(venue, ward)
    waiting, _grandmother = (venue.cast.volunteer(venue.account, name=name) for name in ("李等等", "李奶奶"))
    venue.sign_up(waiting, status=SignupStatus.WAITING)
    assert choices(venue) == {
        "李晓梅": ("check_in", False),
        "李小宝": ("not_signed_up", False),
        "李大宝": ("not_signed_up", False),
        "李等等": ("still_waiting", False),
        "李奶奶": ("not_signed_up", False),
    }
    change(venue, Shift, allows_walk_in=True)
    assert choices(venue) == {
        "李晓梅": ("check_in", False),
        "李小宝": ("no_guardian_consent", False),
        "李大宝": ("walk_in", True),
        "李等等": ("walk_in", True),
        "李奶奶": ("walk_in", True),
    }
    assert next(iter(choices(venue))) == "李晓梅"
    assert list(choices(venue))[-1] == "李小宝"
    assert try_it(venue, ask(venue)) == "ok"
    assert choices(venue, Direction.OUT)["李晓梅"] == ("check_out", False)
    assert choices(venue)["李晓梅"] == ("already_in", False)
    change(venue, Shift, status=ShiftStatus.CANCELLED)
    assert {rule for rule, _ in choices(venue).values()} == {"cancelled"}


def guardian_says_yes(venue: Venue, child: Volunteer) -> None:
    from models.accounts import Consent
    from volunteer.accounts.rules import ConsentKind

    venue.cast.add(
        Consent(
            account_id=venue.account.id,
            volunteer_id=child.id,
            kind=ConsentKind.GUARDIAN,
            version="2026-01",
            given_at=clock.now(),
        )
    )


def test_what_is_said_before_the_tap_is_what_the_tap_does(venue: Venue) -> None:
    """However many people an account has, one statement says it for all."""
    from tests.integration.checkin.test_speed import statements

    change(venue, Shift, allows_walk_in=True)
    people = [venue.cast.volunteer(venue.account, name=f"家人{number}") for number in range(9)]
    with statements() as seen:
        told = choices(venue)
    assert len([one for one in seen if one.startswith("SELECT")]) == 1
    for person in people:
        is_in = try_it(venue, ask(venue, volunteer=person.public_id)) == "ok"
        assert is_in == told[person.name][1]
