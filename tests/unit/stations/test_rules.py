"""What a record is, when it was, and what becomes of it."""

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.checkin.codes import PersonalCode
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.signing import encode_base64
from volunteer.stations import rules
from volunteer.stations.rules import Clocks, Kind, Outcome, Reading, Sent, milliseconds, moment

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WHO = "0a1b2c3d4e5f6g7h8j9k"
OLD, NEW = Key("k1", b"o" * 32), Key("k2", b"n" * 32)
spans = st.timedeltas(min_value=-timedelta(days=400), max_value=timedelta(days=400))

fields = st.sampled_from(["sent_at", "records", "key", "kind", "typed", "mac", "x"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=5),
    max_leaves=12,
)


def clocks(ago: timedelta, wrong: timedelta = timedelta()) -> Clocks:
    """Return the clocks of a scan some time ago on a device whose clock is wrong by so much."""
    return Clocks(NOW - ago + wrong, NOW + wrong, NOW)


def rule_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        read()
    assert str(refused.value)
    return refused.value.rule


class TestTheMoment:
    @given(spans)
    def test_a_wrong_clock_that_runs_evenly_changes_nothing(self, wrong: timedelta) -> None:
        assert clocks(20 * MINUTE, wrong).scanned_at == NOW - 20 * MINUTE

    @pytest.mark.parametrize(
        ("age", "scanned_ago", "expected"),
        [
            (0 * SECOND, 0 * SECOND, Reading(WHO, NOW, Method.ORGANIZER_SCAN)),
            (30 * SECOND, 0 * SECOND, Reading(WHO, NOW, Method.ORGANIZER_SCAN)),
            (-2 * SECOND, 0 * SECOND, Reading(WHO, NOW, Method.ORGANIZER_SCAN)),
            (31 * SECOND, 5 * SECOND, Reading(WHO, NOW - 31 * SECOND, Method.OFFLINE)),
            (3 * HOUR, 3 * HOUR - 20 * SECOND, Reading(WHO, NOW - 3 * HOUR, Method.OFFLINE)),
            (3 * HOUR, 3 * HOUR - 60 * SECOND, Reading(WHO, NOW - 3 * HOUR, Method.OFFLINE)),
            (3 * HOUR, 3 * HOUR + 30 * SECOND, Reading(WHO, NOW - 3 * HOUR, Method.OFFLINE)),
        ],
    )
    def test_a_code_counts_when_our_clock_made_it_or_now(
        self, age: timedelta, scanned_ago: timedelta, expected: Reading
    ) -> None:
        assert rules.read_code(PersonalCode(WHO, NOW - age), clocks(scanned_ago)) == expected

    @pytest.mark.parametrize(
        ("age", "scanned_ago", "rule"),
        [
            (33 * SECOND, 0 * SECOND, "stale_personal_code"),
            (60 * SECOND, 20 * SECOND, "stale_personal_code"),
            (3 * HOUR, 3 * HOUR - 61 * SECOND, "stale_personal_code"),
            (3 * HOUR, 0 * SECOND, "stale_personal_code"),
            (3 * HOUR, 3 * HOUR + 31 * SECOND, "device_clock"),
            (-3 * SECOND, 0 * SECOND, "device_clock"),
        ],
    )
    def test_a_code_that_was_old_when_it_was_scanned_is_refused(
        self, age: timedelta, scanned_ago: timedelta, rule: str
    ) -> None:
        assert rule_of(lambda: rules.read_code(PersonalCode(WHO, NOW - age), clocks(scanned_ago))) == rule

    @given(spans, spans)
    def test_whatever_a_device_says_a_code_counts_at_its_own_moment_or_now_or_not_at_all(
        self, ago: timedelta, sent: timedelta
    ) -> None:
        code = PersonalCode(WHO, NOW - 3 * HOUR)
        try:
            reading = rules.read_code(code, Clocks(NOW - ago, NOW - sent, NOW))
        except Refusal:
            return
        assert reading.happened_at == code.made_at

    def test_a_card_counts_when_it_was_scanned_and_never_later_than_now(self) -> None:
        assert rules.by_hand(WHO, Kind.CARD, clocks(20 * MINUTE)) == Reading(
            WHO, NOW - 20 * MINUTE, Method.BY_HAND, "现场扫志愿者卡"
        )
        assert rules.by_hand(WHO, Kind.NUMBER, clocks(-MINUTE)).happened_at == NOW

    @pytest.mark.parametrize(
        ("happened_ago", "opened_ago", "revoked_ago", "rule"),
        [
            (HOUR, 2 * HOUR, None, ""),
            (24 * HOUR, 25 * HOUR, None, ""),
            (24 * HOUR + SECOND, 25 * HOUR, None, "too_late_to_sync"),
            (2 * HOUR + 32 * SECOND, 2 * HOUR, None, ""),
            (2 * HOUR + 33 * SECOND, 2 * HOUR, None, "before_opening"),
            (HOUR, 2 * HOUR, 30 * MINUTE, "revoked_station"),
            (HOUR, 2 * HOUR, 90 * MINUTE, "revoked_station"),
            (25 * HOUR, 26 * HOUR, HOUR, "too_late_to_sync"),
            (3 * HOUR, 2 * HOUR, HOUR, "before_opening"),
            (-2 * SECOND, 2 * HOUR, None, ""),
            (-3 * SECOND, 2 * HOUR, None, "device_clock"),
        ],
    )
    def test_a_record_must_lie_where_its_station_could_make_it(
        self, happened_ago: timedelta, opened_ago: timedelta, revoked_ago: timedelta | None, rule: str
    ) -> None:
        revoked_at = None if revoked_ago is None else NOW - revoked_ago
        decision = rules.may_take(clocks(happened_ago), NOW - happened_ago, NOW - opened_ago, revoked_at)
        assert (decision.rule if not decision.allowed else "") == rule

    @given(st.integers(0, 4_102_444_800_000))
    def test_moments_survive_the_way_there_and_back(self, told: int) -> None:
        assert milliseconds(moment(told)) == told


class TestOutcomes:
    @pytest.mark.parametrize("rule", ["already_in", "not_in", "cancelled", "forged_personal_code", "own_family"])
    def test_who_still_stands_there_is_told_and_who_is_gone_is_looked_at(self, rule: str) -> None:
        assert rules.outcome_of(rule, is_online=True) is Outcome.REFUSED
        assert rules.outcome_of(rule, is_online=False) is Outcome.REVIEW

    @pytest.mark.parametrize("rule", ["forged_record", "other_body"])
    def test_what_no_station_made_is_refused_at_any_time(self, rule: str) -> None:
        assert {rules.outcome_of(rule, is_online=online) for online in (True, False)} == {Outcome.REFUSED}

    @pytest.mark.parametrize("rule", ["revoked_station", "too_late_to_sync", "device_clock", "before_opening"])
    def test_what_the_clocks_or_a_stop_forbid_is_looked_at_at_any_time(self, rule: str) -> None:
        assert {rules.outcome_of(rule, is_online=online) for online in (True, False)} == {Outcome.REVIEW}

    def test_what_a_minute_may_take_is_online(self) -> None:
        assert clocks(60 * SECOND).is_online
        assert not clocks(61 * SECOND).is_online

    @pytest.mark.parametrize("rule", ["stale_personal_code", "too_late_to_sync", "device_clock", "unknown_card"])
    def test_bad_evidence_does_not_get_better_by_asking_again(self, rule: str) -> None:
        assert not rules.may_retry(rule, NOW, None)

    def test_a_person_may_let_in_what_a_station_made_before_it_was_stopped(self) -> None:
        assert rules.may_retry("revoked_station", NOW, NOW + SECOND)
        assert not rules.may_retry("revoked_station", NOW, NOW)
        assert rules.may_retry("not_in", NOW, None)


class TestMacs:
    sent = Sent("k" * 20, Kind.CARD, Direction.IN, "x", 5, "")

    def signed(self, ring: KeyRing) -> Sent:
        mac = hmac.digest(rules.station_key(ring, "s1"), rules.canonical(self.sent), "sha256")
        return replace(self.sent, mac=encode_base64(mac))

    def test_a_record_is_of_the_station_that_made_it(self) -> None:
        ring = KeyRing((NEW,))
        assert rules.is_of_station(ring, "s1", self.signed(ring))
        assert not rules.is_of_station(ring, "s2", self.signed(ring))
        assert not rules.is_of_station(ring, "s1", self.sent)

    def test_a_station_that_was_opened_before_the_key_was_changed_goes_on(self) -> None:
        sent = self.signed(KeyRing((OLD,)))
        assert rules.is_of_station(KeyRing((NEW, OLD)), "s1", sent)
        assert not rules.is_of_station(KeyRing((NEW,)), "s1", sent)


class TestReading:
    record = {"key": "k" * 20, "kind": "code", "direction": "in", "typed": "x", "device_at": 1, "mac": "m"}

    def test_a_batch_is_read(self) -> None:
        told = rules.read_json(json.dumps({"sent_at": 7, "records": [self.record], "more": 1}).encode())
        assert rules.read_batch(told) == rules.Batch(7, (Sent("k" * 20, Kind.CODE, Direction.IN, "x", 1, "m"),))

    @pytest.mark.parametrize("kept", [None, 0, 1, "true", []])
    def test_that_it_was_only_kept_is_said_with_yes_or_no(self, kept: Any) -> None:
        for said in (True, False):
            assert rules.read_batch({"sent_at": 7, "records": [{**self.record, "kept": said}]}).records[0].kept is said
        with pytest.raises(Invalid):
            rules.read_batch({"sent_at": 7, "records": [{**self.record, "kept": kept}]})

    def test_half_a_character_is_read_as_a_browser_encodes_it(self) -> None:
        body = json.dumps({"sent_at": 7, "records": [{**self.record, "typed": "\ud83d"}]})
        told = rules.read_json(body.encode())
        assert rules.read_batch(told).records[0].typed == "\ufffd"

    @given(anything)
    def test_whatever_comes_is_read_or_refused_in_words(self, told: Any) -> None:
        try:
            said = str(rules.read_batch(rules.read_json(json.dumps(told).encode())))
        except DomainError as error:
            said = str(error)
        assert said

    @pytest.mark.parametrize(
        ("told", "name"),
        [(None, "微信"), ("", "微信"), (" \n", "微信"), ("东 门\u200b", "东 门"), ("长" * 40, "长" * 40)],
    )
    def test_a_station_has_a_name(self, told: str | None, name: str) -> None:
        assert rules.read_name(told, "微信") == name

    def test_a_name_that_is_too_long_is_told(self) -> None:
        with pytest.raises(Invalid, match="最多"):
            rules.read_name("长" * 41, "")

    @pytest.mark.parametrize(
        ("kind", "typed", "shown"),
        [
            (Kind.NUMBER, "Ｖ４２\0\n", "V42"),
            (Kind.NUMBER, "x" * 99, "x" * 30),
            (Kind.CODE, "k1.secret", ""),
            (Kind.CARD, "https://evil.example", ""),
        ],
    )
    def test_people_are_shown_numbers_and_nothing_that_machines_read(self, kind: Kind, typed: str, shown: str) -> None:
        assert rules.shown_text(kind, typed) == shown

    @pytest.mark.parametrize(
        ("name", "initials"),
        [
            ("李晓梅", "晓梅"),
            ("王芳", "王芳"),
            ("欧阳建国", "建国"),
            ("阿卜杜·热西提", "阿卜"),
            ("Anna Li", "AL"),
            ("", ""),
        ],
    )
    def test_a_round_picture_has_two_letters(self, name: str, initials: str) -> None:
        assert rules.initials(name) == initials
