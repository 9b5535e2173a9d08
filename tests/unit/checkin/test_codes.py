"""Codes and claims: who can make them, how long they live, what they are bound to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.checkin.codes import (
    CLOCK_SKEW,
    VenueCode,
    bind_claim,
    make_claim,
    make_code,
    make_personal_code,
    name_for_browser,
    next_code_at,
    peek_claim,
    read_browser_name,
    read_claim,
    read_code,
    read_personal_code,
    read_short_code,
    short_code,
    step_at,
    step_starts_at,
)
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.keys import Key, KeyRing

OLD, NEW = Key("k1", b"o" * 32), Key("k2", b"n" * 32)
RING = KeyRing((NEW, OLD))
MADE = datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC)
STEP = step_at(MADE)
SHIFT, OTHER_SHIFT = "0a1b2c3d4e5f6g7h8j9k", "zzzzzzzzzzzzzzzzzzzz"
TOKEN = make_code(RING, shift=SHIFT, phase=Direction.IN, station="1", step=STEP)
CODE = VenueCode(SHIFT, Direction.IN, "1", MADE)
ONE_BIT_MORE = [1 << bit for bit in range(8)]


def after(seconds: float) -> datetime:
    return MADE + timedelta(seconds=seconds)


def rule_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        read()
    assert str(refused.value)
    return refused.value.rule


def with_a_bit_flipped(token: str) -> list[str]:
    return [
        token[:position] + chr(ord(character) ^ bit) + token[position + 1 :]
        for position, character in enumerate(token)
        for bit in ONE_BIT_MORE
    ]


class TestVenueCode:
    def test_a_fresh_code_says_shift_phase_station_and_when(self) -> None:
        assert read_code(RING, TOKEN, after(3), shift=SHIFT, phase=Direction.IN, station="1") == CODE

    @pytest.mark.parametrize("age", [0, 10, 19.999, 20])
    def test_a_code_is_accepted_for_twenty_seconds(self, age: float) -> None:
        assert read_code(RING, TOKEN, after(age)) == CODE

    @pytest.mark.parametrize("age", [20.001, 21, 3600])
    def test_an_older_code_is_stale_which_is_not_forged(self, age: float) -> None:
        assert rule_of(lambda: read_code(RING, TOKEN, after(age))) == "stale_code"

    def test_a_code_from_the_future_is_accepted_only_within_the_skew_of_our_clocks(self) -> None:
        assert read_code(RING, TOKEN, MADE - CLOCK_SKEW) == CODE
        assert rule_of(lambda: read_code(RING, TOKEN, MADE - CLOCK_SKEW * 2)) == "stale_code"

    def test_every_flip_of_one_bit_is_refused(self) -> None:
        for forged in with_a_bit_flipped(TOKEN):
            assert rule_of(lambda forged=forged: read_code(RING, forged, MADE)) == "forged_code"  # type: ignore[misc]

    @given(st.text(max_size=500))
    def test_any_other_text_is_refused(self, text: str) -> None:
        assert rule_of(lambda: read_code(RING, text, MADE)) == "forged_code"

    @pytest.mark.parametrize("text", ["", ".", "..", "k2", "k2.", "k2..", TOKEN + "A", TOKEN[:-1], "A" * 100_000])
    def test_torn_and_swollen_tokens_are_refused(self, text: str) -> None:
        assert rule_of(lambda: read_code(RING, text, MADE)) == "forged_code"

    def test_a_code_of_another_installation_is_refused(self) -> None:
        foreign = KeyRing((Key("k2", b"x" * 32),))
        token = make_code(foreign, shift=SHIFT, phase=Direction.IN, step=STEP)
        assert rule_of(lambda: read_code(RING, token, MADE)) == "forged_code"

    def test_a_code_of_another_shift_phase_or_station_is_named_for_what_it_is(self) -> None:
        assert rule_of(lambda: read_code(RING, TOKEN, MADE, shift=OTHER_SHIFT)) == "other_shift"
        assert rule_of(lambda: read_code(RING, TOKEN, MADE, phase=Direction.OUT)) == "other_phase"
        assert rule_of(lambda: read_code(RING, TOKEN, MADE, station="2")) == "other_station"

    def test_a_replaced_key_still_reads_while_it_is_kept(self) -> None:
        token = make_code(KeyRing((OLD,)), shift=SHIFT, phase=Direction.IN, step=STEP)
        assert read_code(RING, token, MADE) == CODE
        assert rule_of(lambda: read_code(KeyRing((NEW,)), token, MADE)) == "forged_code"

    def test_the_next_code_comes_with_the_next_ten_seconds(self) -> None:
        assert step_starts_at(STEP) == MADE
        assert next_code_at(after(9.9)) == after(10)
        assert next_code_at(after(10)) == after(20)

    @given(st.integers(0, 10**9))
    def test_a_moment_lies_in_its_step(self, second: int) -> None:
        moment = MADE + timedelta(seconds=second)
        assert step_starts_at(step_at(moment)) <= moment < step_starts_at(step_at(moment) + 1)

    @pytest.mark.parametrize("shift", ["", "A", "a.b", "a/b", "河", "x" * 41])
    def test_a_code_is_made_only_of_what_fits_into_an_address(self, shift: str) -> None:
        with pytest.raises(ValueError, match="not a key"):
            make_code(RING, shift=shift, phase=Direction.IN, step=STEP)


class TestShortCode:
    digits = short_code(RING, shift=SHIFT, phase=Direction.IN, step=STEP)

    def read(self, typed: str, now: datetime, shift: str = SHIFT, phase: Direction = Direction.IN) -> VenueCode:
        return read_short_code(RING, typed, now, shift=shift, phase=phase)

    def test_six_digits_stand_for_the_code_of_their_step(self) -> None:
        assert len(self.digits) == 6
        assert self.read(self.digits, after(12)) == CODE

    def test_full_width_digits_and_spaces_are_understood(self) -> None:
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in self.digits)
        assert self.read(f" {wide[:3]} {wide[3:]} ", MADE) == CODE

    def test_they_live_as_long_as_the_code(self) -> None:
        assert self.read(self.digits, after(20)) == CODE
        assert rule_of(lambda: self.read(self.digits, after(21))) == "wrong_short_code"

    def test_they_hold_for_one_shift_and_phase(self) -> None:
        assert rule_of(lambda: self.read(self.digits, MADE, shift=OTHER_SHIFT)) == "wrong_short_code"
        assert rule_of(lambda: self.read(self.digits, MADE, phase=Direction.OUT)) == "wrong_short_code"

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "一二三四五六", "\x00" * 6, "1" * 9999])
    def test_what_is_not_six_digits_is_told_on_its_field(self, typed: str) -> None:
        with pytest.raises(Refusal) as refused:
            self.read(typed, MADE)
        assert (refused.value.rule, refused.value.field) == ("short_code_format", "short_code")

    def test_a_kept_key_still_reads_them(self) -> None:
        typed = short_code(KeyRing((OLD,)), shift=SHIFT, phase=Direction.IN, step=STEP)
        assert self.read(typed, MADE) == CODE


class TestPersonalCode:
    token = make_personal_code(RING, "v1", MADE)

    def test_an_organizer_reads_whose_it_is_for_thirty_seconds(self) -> None:
        assert read_personal_code(RING, self.token, after(30)) == "v1"
        assert rule_of(lambda: read_personal_code(RING, self.token, after(30.001))) == "stale_personal_code"

    def test_every_flip_of_one_bit_is_refused(self) -> None:
        for forged in with_a_bit_flipped(self.token):
            assert rule_of(lambda forged=forged: read_personal_code(RING, forged, MADE)) == "forged_personal_code"  # type: ignore[misc]

    def test_a_venues_code_is_no_personal_code_and_the_other_way_round(self) -> None:
        assert rule_of(lambda: read_personal_code(RING, TOKEN, MADE)) == "forged_personal_code"
        assert rule_of(lambda: read_code(RING, self.token, MADE)) == "forged_code"


class TestClaim:
    scanned = after(15.25)
    token = make_claim(RING, CODE, scanned, browser="b1")

    def test_a_claim_keeps_the_moment_of_the_scan(self) -> None:
        claim = read_claim(RING, self.token, self.scanned + timedelta(minutes=14), "b1")
        assert (claim.shift, claim.phase, claim.station, claim.scanned_at) == (SHIFT, Direction.IN, "1", self.scanned)

    def test_it_lives_fifteen_minutes(self) -> None:
        end = self.scanned + timedelta(minutes=15)
        assert read_claim(RING, self.token, end, "b1").shift == SHIFT
        assert rule_of(lambda: read_claim(RING, self.token, end + timedelta(seconds=1), "b1")) == "stale_claim"

    def test_it_is_worthless_in_another_browser(self) -> None:
        assert rule_of(lambda: read_claim(RING, self.token, self.scanned, "b2")) == "forged_claim"
        assert rule_of(lambda: read_claim(RING, self.token, self.scanned, "")) == "forged_claim"

    def test_every_flip_of_one_bit_is_refused(self) -> None:
        for forged in with_a_bit_flipped(self.token):
            assert rule_of(lambda forged=forged: read_claim(RING, forged, self.scanned, "b1")) == "forged_claim"  # type: ignore[misc]

    def test_a_code_is_no_claim(self) -> None:
        assert rule_of(lambda: read_claim(RING, TOKEN, MADE, "b1")) == "forged_claim"

    def test_of_somebody_signed_in_is_theirs_and_a_visitors_is_whoevers_signs_in(self) -> None:
        own = make_claim(RING, CODE, self.scanned, browser="b1", account_id=7)
        assert not read_claim(RING, own, self.scanned, "b1", 7).is_free
        assert rule_of(lambda: read_claim(RING, own, self.scanned, "b1", 8)) == "other_account"
        assert rule_of(lambda: read_claim(RING, own, self.scanned, "b2", 7)) == "forged_claim"
        for account in (None, 7, 8):
            assert read_claim(RING, self.token, self.scanned, "b1", account).is_free

    def test_that_was_free_stays_what_it_is_when_it_becomes_somebodys(self) -> None:
        free = make_claim(RING, CODE, self.scanned, "b1", Method.TYPED_CODE)
        own = bind_claim(RING, read_claim(RING, free, self.scanned, "b1"), "b1", 7)
        bound = read_claim(RING, own, self.scanned, "b1", 7)
        assert replace(bound, is_free=True) == read_claim(RING, free, self.scanned, "b1")
        assert rule_of(lambda: read_claim(RING, own, self.scanned, "b1", 8)) == "other_account"

    def test_holds_while_keys_change(self) -> None:
        newer = KeyRing((Key("t9", b"n" * 32), *RING.keys))
        own = make_claim(RING, CODE, self.scanned, browser="b1", account_id=7)
        assert read_claim(newer, own, self.scanned, "b1", 7).shift == SHIFT
        assert rule_of(lambda: read_claim(newer, own, self.scanned, "b1", 8)) == "other_account"

    def test_of_ours_tells_its_shift_to_whoever_looks_and_a_forged_one_nothing(self) -> None:
        peeked = peek_claim(RING, make_claim(RING, CODE, self.scanned, browser="b1", account_id=7))
        assert peeked is not None
        assert (peeked.shift, peeked.scanned_at) == (SHIFT, self.scanned)
        for text in ("", "x", TOKEN, self.token[:-1], "签到"):
            assert peek_claim(RING, text) is None


def test_a_browsers_name_is_ours_or_none() -> None:
    cookie = name_for_browser(RING, "n" * 22)
    assert read_browser_name(RING, cookie) == "n" * 22
    others = KeyRing((Key("t1", b"o" * 32),))
    for told in (
        "",
        "x",
        "n" * 22,
        TOKEN,
        name_for_browser(others, "n" * 22),
        f"{cookie}x",
        cookie.replace("n", "m", 1),
    ):
        assert read_browser_name(RING, told) == ""
