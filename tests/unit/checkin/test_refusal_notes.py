"""A refused scan reports itself by a note that nobody else can write; a browser is known by a digest."""

from datetime import UTC, datetime, timedelta

import pytest

from volunteer.checkin.codes import (
    CLAIM_LIFE,
    REFUSED_SCANS,
    device_of,
    make_claim,
    make_code,
    make_refusal_note,
    peek_code,
    read_code,
    read_refusal_note,
    step_at,
)
from volunteer.checkin.rules import Direction
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.keys import Key, KeyRing

RING = KeyRing((Key("k1", b"n" * 32),))
OTHERS = KeyRing((Key("k1", b"x" * 32),))
NOW = datetime(2026, 11, 20, 6, 0, 0, 123456, tzinfo=UTC)
SHIFT, BROWSER = "0a1b2c3d4e5f6g7h8j9k", "b" * 22
NOTE = make_refusal_note(RING, BROWSER, rule="stale_code", asked_at=NOW, shift=SHIFT, phase=Direction.OUT)


def rule_of(token: str, now: datetime = NOW, browser: str = BROWSER, ring: KeyRing = RING) -> str:
    with pytest.raises(Refusal) as refused:
        read_refusal_note(ring, token, now, browser)
    return refused.value.rule


def test_a_note_says_what_was_refused_where_and_when() -> None:
    note = read_refusal_note(RING, NOTE, NOW + timedelta(minutes=1), BROWSER)
    assert (note.shift, note.phase, note.rule, note.asked_at) == (SHIFT, Direction.OUT, "stale_code", NOW)
    assert str(note.refusal) == "这个码过期了，请对着现场屏幕重新扫一次"
    assert note.refusal.rule == "stale_code"


def test_of_a_forged_code_no_shift_is_known() -> None:
    token = make_refusal_note(RING, BROWSER, rule="forged_code", asked_at=NOW)
    note = read_refusal_note(RING, token, NOW, BROWSER)
    assert (note.shift, note.phase, note.rule) == ("", None, "forged_code")


def test_the_same_note_has_the_same_key_and_another_scan_another() -> None:
    key = read_refusal_note(RING, NOTE, NOW, BROWSER).request_key
    assert key == read_refusal_note(RING, NOTE, NOW + timedelta(minutes=5), BROWSER).request_key
    later = make_refusal_note(
        RING, BROWSER, rule="stale_code", asked_at=NOW + timedelta(microseconds=1), shift=SHIFT, phase=Direction.OUT
    )
    assert key != read_refusal_note(RING, later, NOW + timedelta(seconds=1), BROWSER).request_key
    assert len(key) == 40


def test_nobody_can_invent_a_refusal() -> None:
    for position in range(len(NOTE)):
        changed = NOTE[:position] + chr(ord(NOTE[position]) ^ 1) + NOTE[position + 1 :]
        assert rule_of(changed) == "forged_note"
    assert rule_of(NOTE, browser="c" * 22) == "forged_note"
    assert rule_of(NOTE, ring=OTHERS) == "forged_note"
    code = make_code(RING, shift=SHIFT, phase=Direction.IN, step=step_at(NOW))
    claim = make_claim(RING, read_code(RING, code, NOW), NOW, BROWSER)
    for text in ("", "x", code, claim, "a" * 3000, "签到"):
        assert rule_of(text) == "forged_note"


def test_a_note_lives_as_long_as_a_claim() -> None:
    assert read_refusal_note(RING, NOTE, NOW + CLAIM_LIFE, BROWSER).rule == "stale_code"
    assert rule_of(NOTE, NOW + CLAIM_LIFE + timedelta(microseconds=1)) == "stale_note"


def test_every_refused_scan_can_be_noted() -> None:
    for rule, words in REFUSED_SCANS.items():
        token = make_refusal_note(RING, BROWSER, rule=rule, asked_at=NOW)
        assert str(read_refusal_note(RING, token, NOW, BROWSER).refusal) == words


def test_a_genuine_code_of_any_age_tells_its_shift_and_a_forged_one_nothing() -> None:
    code = make_code(RING, shift=SHIFT, phase=Direction.OUT, step=step_at(NOW) - 100_000)
    peeked = peek_code(RING, code)
    assert peeked is not None
    assert (peeked.shift, peeked.phase) == (SHIFT, Direction.OUT)
    assert peek_code(OTHERS, code) is None
    assert peek_code(RING, "rubbish") is None


def test_a_browser_is_known_by_a_digest_that_tells_nothing() -> None:
    device = device_of(RING, BROWSER)
    assert device == device_of(RING, BROWSER)
    assert len(device) == 32
    assert int(device, 16) >= 0
    assert BROWSER not in device
    assert device != device_of(OTHERS, BROWSER)
    assert device != device_of(RING, "c" * 22)
    assert device_of(RING, "") == ""
