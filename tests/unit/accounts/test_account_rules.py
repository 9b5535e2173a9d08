"""Passwords, limits on guessing, sessions, consents."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.accounts.rules import (
    LOGIN_LIMITS,
    PRIVACY_NOTICE_VERSION,
    AccountStatus,
    ConsentKind,
    LoginScope,
    address_subject,
    check_password,
    common_lineage,
    counts_after_success,
    decide_login,
    scopes_of_failure,
    session_lifetimes,
)
from volunteer.kernel.errors import Invalid, TooMany

NOW = datetime(2026, 11, 22, 8, 7, 30, tzinfo=UTC)
PHONE = "13812345678"


@pytest.mark.parametrize(
    "password",
    ["correct horse", "  八个字的密码也行  ", "Xk9#mQ2v", "p\u0000assw0rd!", "é" * 64 + "x", "襄" * 127 + "阳"],
)
def test_a_good_password_is_kept_exactly_as_typed(password):
    assert check_password(password, phone=PHONE) == password


EASY = """
12345678 87654321 password PassWord1 88888888 123123123 12341234 abababab 147258369 qwertyuiop qwertyui 1qaz2wsx
woaini1314 5201314520 19900101 2008-08-08 zhiyuanzhe abcdefgh 90123456 a1234567 Qq123456
"""


@pytest.mark.parametrize("password", EASY.split())
def test_a_password_that_everybody_tries_is_refused(password):
    with pytest.raises(Invalid, match="太常见"):
        check_password(password)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "密码至少 8 个字符，现在是 0 个"),
        ("Xk9#mQ2", "密码至少 8 个字符，现在是 7 个"),
        ("x1" * 65, "密码最多 128 个字符，现在是 130 个"),
        (PHONE, "密码里不要用手机号，别人容易猜到"),
        (f"a{PHONE}!", "密码里不要用手机号，别人容易猜到"),
        ("good\ud800pass", "密码里有不能用的字符，请换一个"),
    ],
)
def test_a_wrong_password_is_told_what_is_wrong(password, words):
    with pytest.raises(Invalid) as caught:
        check_password(password, phone=PHONE)
    assert (str(caught.value), caught.value.field) == (words, "password")


@given(st.text())
def test_any_text_at_all_is_either_a_password_or_invalid(typed):
    with suppress(Invalid):
        assert check_password(typed, phone=PHONE) == typed


class Ledger:
    """Counts as the database keeps them, for one window."""

    def __init__(self) -> None:
        self.counts: dict[tuple[LoginScope, str], int] = {}

    def failures(self, account: str, address: str) -> dict[LoginScope, int]:
        return {scope: self.counts.get((scope, key), 0) for scope, key in self.keys(account, address).items()}

    def keys(self, account: str, address: str) -> dict[LoginScope, str]:
        return {
            LoginScope.PAIR: f"{account}@{address}",
            LoginScope.ACCOUNT: account,
            LoginScope.ADDRESS: address,
            LoginScope.EVERYONE: "",
        }

    def sign_in(self, account: str, address: str, *, is_right: bool) -> bool:
        failures = self.failures(account, address)
        if not decide_login(failures, NOW).is_allowed:
            return False
        keys = self.keys(account, address)
        if is_right:
            for scope, count in counts_after_success(failures).items():
                self.counts[scope, keys[scope]] = count
            return True
        for scope in scopes_of_failure(failures):
            self.counts[scope, keys[scope]] = failures[scope] + 1
        return False


def test_one_account_is_guessed_at_five_times_from_one_address():
    ledger = Ledger()
    for _ in range(5):
        assert decide_login(ledger.failures("a", "x"), NOW).is_allowed
        ledger.sign_in("a", "x", is_right=False)
    decision = decide_login(ledger.failures("a", "x"), NOW)
    assert decision.scope is LoginScope.PAIR
    assert not ledger.sign_in("a", "x", is_right=True)


def test_a_victim_of_guessing_still_signs_in_from_another_address():
    ledger = Ledger()
    for _ in range(50):
        ledger.sign_in("victim", "attacker", is_right=False)
    assert ledger.sign_in("victim", "home", is_right=True)


def test_guessing_at_one_account_from_many_addresses_ends_at_thirty():
    ledger = Ledger()
    for number in range(100):
        ledger.sign_in("victim", f"address {number}", is_right=False)
    assert ledger.counts[LoginScope.ACCOUNT, "victim"] == LOGIN_LIMITS[LoginScope.ACCOUNT].most == 30


def test_a_school_of_a_thousand_behind_one_address_gets_in_when_everybody_mistypes_twice():
    ledger = Ledger()
    for pupil in range(400):
        for is_right in (False, False, True):
            signed_in = ledger.sign_in(f"pupil {pupil}", "school", is_right=is_right)
        assert signed_in
    for pupil in range(1000):
        assert ledger.sign_in(f"careful pupil {pupil}", "school", is_right=True)


def test_one_common_password_tried_on_account_after_account_ends_at_sixty():
    ledger = Ledger()
    for number in range(500):
        ledger.sign_in(f"account {number}", "attacker", is_right=False)
    assert (
        len([key for key in ledger.counts if key[0] is LoginScope.PAIR]) == LOGIN_LIMITS[LoginScope.ADDRESS].most == 60
    )


def test_the_whole_installation_takes_a_thousand_failures_a_minute():
    decision = decide_login({LoginScope.EVERYONE: 1000}, NOW)
    assert (decision.scope, decision.retry_after) == (LoginScope.EVERYONE, 30)


@given(
    st.dictionaries(st.sampled_from(LoginScope), st.integers(0, 2000)),
    st.integers(1_600_000_000, 2_200_000_000),
)
def test_a_refused_try_is_allowed_again_when_its_wait_is_over_in_fresh_windows(failures, seconds):
    now = datetime.fromtimestamp(seconds, UTC)
    decision = decide_login(failures, now)
    if decision.is_allowed:
        assert all(failures.get(scope, 0) < limit.most for scope, limit in LOGIN_LIMITS.items())
        return
    later = now + timedelta(seconds=decision.retry_after)
    for scope, limit in LOGIN_LIMITS.items():
        if failures.get(scope, 0) >= limit.most:
            assert limit.window_starts_at(later) > limit.window_starts_at(now)


def test_a_refusal_says_when_to_come_back_and_nothing_of_what_was_counted():
    said = set()
    for scope in (LoginScope.PAIR, LoginScope.ADDRESS):
        with pytest.raises(TooMany) as caught:
            decide_login({scope: 10_000}, NOW).require()
        said.add((str(caught.value), caught.value.retry_after))
    assert said == {("试错的次数太多，请过 8 分钟再试", 450)}
    decide_login({}, NOW).require()


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2408:8400:1:2:3:4:5:6", "2408:8400:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", ""),
        (None, ""),
    ],
)
def test_an_address_is_counted_as_one_household(address, subject):
    assert address_subject(address) == subject


def test_staff_are_signed_out_sooner_than_residents():
    assert session_lifetimes(is_staff=False) == (timedelta(days=14), timedelta(days=30))
    assert session_lifetimes(is_staff=True) == (timedelta(hours=12), timedelta(days=7))


def test_every_consent_and_status_has_words_and_the_notice_a_version_that_fits_its_column():
    assert all(member.label for member in [*ConsentKind, *AccountStatus])
    assert 0 < len(PRIVACY_NOTICE_VERSION) <= 20


@pytest.mark.parametrize(
    ("lineages", "common"),
    [
        (["1/12/123"], "1/12/123"),
        (["1/12/123", "1/12/124"], "1/12"),
        (["1", "1/12"], "1"),
        (["1", "2"], ""),
        ([], ""),
    ],
)
def test_what_several_places_share_is_the_smallest_area_around_them(lineages: list[str], common: str) -> None:
    assert common_lineage(lineages) == common
