"""Refusals are records: who asked, when, by which rule, and what was said."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from models.base import db
from models.checkin import PresenceRefusal
from tests.integration.checkin.conftest import Venue
from volunteer.checkin import refusals
from volunteer.checkin.refusals import KEPT_AN_HOUR, keep_refusal, refusals_at
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.text import Words

TOO_EARLY = Refusal("too_early", Words("还没到签到时间，%(time)s 起可以签到", {"time": "13:30"}))


def keep(venue: Venue, refusal: DomainError = TOO_EARLY, **changes: Any) -> bool:
    asked: dict[str, Any] = {
        "shift": venue.shift.public_id,
        "volunteer": venue.volunteer.public_id,
        "account_id": venue.account.id,
        "direction": Direction.IN,
        "method": Method.VENUE_CODE,
        "asked_at": clock.now(),
        "device": "d" * 32,
        "request_key": new_public_id(),
        **changes,
    }
    with venue.app.app_context():
        kept = keep_refusal(refusal, **asked)
        db.session.commit()
        db.session.remove()
    return kept


def kept(venue: Venue) -> list[PresenceRefusal]:
    with venue.app.app_context():
        found = db.session.query(PresenceRefusal).order_by(PresenceRefusal.id).all()
        db.session.expunge_all()
        db.session.rollback()
        return found


def test_a_refusal_says_who_what_when_and_by_which_rule(venue: Venue) -> None:
    asked_at = clock.now() - timedelta(minutes=2)
    assert keep(venue, asked_at=asked_at)
    [row] = kept(venue)
    assert (row.rule, row.told) == ("too_early", "还没到签到时间，13:30 起可以签到")
    assert (row.shift_id, row.volunteer_id, row.account_id) == (venue.shift.id, venue.volunteer.id, venue.account.id)
    assert (row.direction, row.method, row.device) == (Direction.IN, Method.VENUE_CODE, "d" * 32)
    assert row.asked_at == asked_at
    assert row.refused_at >= asked_at + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("refusal", "rule"),
    [(NotFound("没有找到"), "not_found"), (Invalid("请选谁在现场"), "invalid"), (TOO_EARLY, "too_early")],
)
def test_every_kind_of_error_has_a_rule(venue: Venue, refusal: DomainError, rule: str) -> None:
    keep(venue, refusal)
    assert kept(venue)[0].rule == rule


def test_the_same_request_again_keeps_one_row(venue: Venue) -> None:
    assert keep(venue, request_key="samekey000")
    assert not keep(venue, request_key="samekey000")
    assert len(kept(venue)) == 1


def test_what_is_unknown_is_left_out_and_hinders_nobody(venue: Venue) -> None:
    assert keep(venue, shift="nosuchshift000000000", volunteer="nosuchperson00000000")
    assert keep(venue, shift=None, volunteer=None, account_id=None, direction=None, device="", request_key="")
    assert keep(venue, Refusal("r" * 90, Words("长" * 400)), request_key="k" * 90, device="e" * 90, shift="'; DROP")
    rows = kept(venue)
    assert [(row.shift_id, row.volunteer_id) for row in rows] == [
        (None, None),
        (None, None),
        (None, venue.volunteer.id),
    ]
    assert (len(rows[2].rule), len(rows[2].told), len(rows[2].request_key), len(rows[2].device)) == (40, 300, 40, 32)


def test_whom_the_asker_was_not_shown_the_record_does_not_name(venue: Venue) -> None:
    keep(venue, NotFound("没有找到这个班次或这位志愿者"))
    assert kept(venue)[0].volunteer_id is None


def test_one_account_fills_no_table(venue: Venue) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        assert [keep(venue) for _ in range(KEPT_AN_HOUR + 3)] == [True] * KEPT_AN_HOUR + [False] * 3
        assert keep(venue, account_id=venue.organizer.id), "another account has its own count"
        child = venue.cast.volunteer(venue.account, name="李小宝")
        assert keep(venue, volunteer=child.public_id), "of another person there was nothing yet"
    with time_machine.travel(now + timedelta(minutes=61), tick=False):
        assert keep(venue)


def test_visitors_fill_no_table_either(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT_AN_HOUR", 2)
    monkeypatch.setattr(refusals, "KEPT_AN_HOUR_OF_VISITORS", 5)
    told = [keep(venue, account_id=None, device=letter * 32) for letter in "aaabbbccc"]
    assert told == [True, True, False, True, True, False, True, False, False]


def test_a_kept_refusal_cannot_be_changed_or_removed(venue: Venue) -> None:
    keep(venue)
    for statement in ("UPDATE presence_refusal SET told = ''", "DELETE FROM presence_refusal"):
        with venue.app.app_context(), pytest.raises(Exception, match=r"append-only|must not|refuse"):
            db.session.execute(db.text(statement))
    assert kept(venue)[0].told


def test_the_organizer_reads_them_newest_first(venue: Venue) -> None:
    other = venue.cast.shift(venue.activity, venue.shift.starts_at)
    keep(venue)
    keep(venue, Refusal("stale_code", Words("这个码过期了")), volunteer=None, account_id=None)
    keep(venue, shift=other.public_id)
    with venue.app.app_context():
        rows = refusals_at(venue.shift.id)
        db.session.rollback()
    assert [(row.name, row.account, row.rule) for row in rows] == [
        (None, None, "stale_code"),
        ("李晓梅", "李晓梅", "too_early"),
    ]
    assert rows[0].told == "这个码过期了"
