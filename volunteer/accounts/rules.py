"""Passwords, limits on guessing, how long a session lives, what people consent to, how pages look to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from itertools import takewhile

from volunteer.kernel.errors import Invalid, TooMany
from volunteer.kernel.text import N_
from volunteer.kernel.weak_passwords import is_easy_to_guess

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
PRIVACY_NOTICE_VERSION = "2026-11-22"


class AccountStatus(StrEnum):
    """Only the active may sign in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ACCOUNT_STATUS_LABELS[self]


ACCOUNT_STATUS_LABELS = {
    AccountStatus.ACTIVE: N_("正常"),
    AccountStatus.SUSPENDED: N_("已停用"),
    AccountStatus.CLOSED: N_("已注销"),
}


class ConsentKind(StrEnum):
    """What is agreed to, each on its own (个人信息保护法 arts. 14, 29, 31; 志愿服务条例 for the last)."""

    PRIVACY_NOTICE = "privacy_notice"
    GUARDIAN = "guardian"
    MINOR_SENSITIVE = "minor_sensitive"
    LOCATION = "location"
    PUBLIC_HONOUR = "public_honour"

    @property
    def label(self) -> str:
        """What the person agrees to, for the catalogue."""
        return CONSENT_LABELS[self]


CONSENT_LABELS = {
    ConsentKind.PRIVACY_NOTICE: N_("同意隐私说明"),
    ConsentKind.GUARDIAN: N_("监护人同意参加志愿服务"),
    ConsentKind.MINOR_SENSITIVE: N_("监护人单独同意处理未满 14 周岁孩子的个人信息"),
    ConsentKind.LOCATION: N_("同意签到时记录位置"),
    ConsentKind.PUBLIC_HONOUR: N_("同意在公示和表彰名单里显示全名"),
}


# What one is asked apart from registering. A volunteer's own consents are taken back by leaving the register, the
# privacy notice stays with the account; whole names in public lists are asked for once such a list exists.
WITHDRAWABLE = (ConsentKind.LOCATION,)


def check_password(typed: str, *, phone: str | None = None, field: str = "password") -> str:
    """Return a password exactly as typed, or raise Invalid: 8 to 128 characters, not one that everybody tries.

    There is no rule of composition (NIST SP 800-63B); the length is looked at before anything else.
    """
    if len(typed) < SHORTEST_PASSWORD:
        raise Invalid(
            N_("密码至少 %(least)s 个字符，现在是 %(count)s 个"),
            field=field,
            least=SHORTEST_PASSWORD,
            count=len(typed),
        )
    if len(typed) > LONGEST_PASSWORD:
        raise Invalid(
            N_("密码最多 %(most)s 个字符，现在是 %(count)s 个"), field=field, most=LONGEST_PASSWORD, count=len(typed)
        )
    if any("\ud800" <= character <= "\udfff" for character in typed):
        raise Invalid(N_("密码里有不能用的字符，请换一个"), field=field)
    if phone and phone in typed and len(typed) < len(phone) + SHORTEST_PASSWORD:
        raise Invalid(N_("密码里不要用手机号，别人容易猜到"), field=field)
    if is_easy_to_guess(typed):
        raise Invalid(N_("这个密码太常见，别人容易猜到，请换一个"), field=field)
    return typed


def common_lineage(lineages: Sequence[str]) -> str:
    """Return the lineage of the smallest area that holds all of these, "" when there is none."""
    paths = [lineage.split("/") for lineage in lineages]
    shared = takewhile(lambda codes: len(set(codes)) == 1, zip(*paths, strict=False))
    return "/".join(codes[0] for codes in shared)


# No look-alikes: a new password is read out at a counter or over the phone.
SPOKEN_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
SPOKEN_GROUPS, SPOKEN_GROUP_LENGTH = 3, 4


def spoken_password(choose: Callable[[str], str]) -> str:
    """Return a new password that can be read out, as k7mp-x2wd-9hta (59 bits); `choose` picks one character."""
    groups = ("".join(choose(SPOKEN_ALPHABET) for _ in range(SPOKEN_GROUP_LENGTH)) for _ in range(SPOKEN_GROUPS))
    return "-".join(groups)


class LoginScope(StrEnum):
    """What failed sign-ins are counted by."""

    PAIR = "login_pair"
    ACCOUNT = "login_account"
    ADDRESS = "login_address"
    EVERYONE = "login_everyone"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` failures in one window; windows are cut from the epoch, so all processes agree on them."""

    most: int
    window: timedelta

    def window_starts_at(self, now: datetime) -> datetime:
        """Return when the window that holds `now` began, in UTC."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def seconds_left(self, now: datetime) -> int:
        """Return how many whole seconds from `now` the window still lasts, at least 1."""
        left = self.window_starts_at(now) + self.window - now
        return max(1, -int(-left.total_seconds() // 1))


# Our decision. A pair is one account from one address. An address counts accounts that failed there, not tries, and
# an account that then gets in is taken off again: a school where every tenth pupil mistypes gets in, one who tries a
# common password on account after account does not. Unknown accounts count like known ones.
LOGIN_LIMITS: Mapping[LoginScope, Limit] = {
    LoginScope.PAIR: Limit(5, timedelta(minutes=15)),
    LoginScope.ACCOUNT: Limit(30, timedelta(hours=1)),
    LoginScope.ADDRESS: Limit(60, timedelta(minutes=15)),
    LoginScope.EVERYONE: Limit(1_000, timedelta(minutes=1)),
}


# What tells a stranger that a phone or a document is registered already can be asked this often; what succeeds is not
# counted, so that a school or a counter can register a crowd (our decision).
SIGN_UP_LIMIT = Limit(30, timedelta(hours=1))
REGISTRATION_LIMIT = Limit(20, timedelta(days=1))
# Adding somebody tells whose a phone is; a certificate is drawn and kept for good (our decision).
ADDING_LIMIT = Limit(20, timedelta(days=1))
ISSUING_LIMIT = Limit(20, timedelta(days=1))
LONGEST_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LoginDecision:
    """Whether a password may be tried now; if not, by which count and for how many seconds."""

    scope: LoginScope | None = None
    retry_after: int = 0

    @property
    def is_allowed(self) -> bool:
        """Whether the password may be tried."""
        return self.scope is None

    def require(self) -> None:
        """Raise TooMany if the password may not be tried; the words are the same for every count."""
        if not self.is_allowed:
            raise too_many(self.retry_after)


def too_many(seconds: int) -> TooMany:
    """Return the refusal of one more try before `seconds` have passed."""
    if seconds > 2 * 3600:
        return TooMany(N_("试错的次数太多，请过 %(hours)s 小时再试"), retry_after=seconds, hours=-(-seconds // 3600))
    return TooMany(N_("试错的次数太多，请过 %(minutes)s 分钟再试"), retry_after=seconds, minutes=-(-seconds // 60))


def decide_login(
    failures: Mapping[LoginScope, int], now: datetime, limits: Mapping[LoginScope, Limit] = LOGIN_LIMITS
) -> LoginDecision:
    """Return whether another try is allowed, from the counts of the current windows; the longest wait wins."""
    reached = [scope for scope, limit in limits.items() if failures.get(scope, 0) >= limit.most]
    if not reached:
        return LoginDecision()
    longest = max(reached, key=lambda scope: limits[scope].seconds_left(now))
    return LoginDecision(longest, limits[longest].seconds_left(now))


def scopes_of_failure(failures: Mapping[LoginScope, int]) -> tuple[LoginScope, ...]:
    """Return the counts that one more failure adds 1 to: the address only at the first failure of a pair."""
    every_time = (LoginScope.PAIR, LoginScope.ACCOUNT, LoginScope.EVERYONE)
    return every_time if failures.get(LoginScope.PAIR, 0) else (*every_time, LoginScope.ADDRESS)


def counts_after_success(failures: Mapping[LoginScope, int]) -> dict[LoginScope, int]:
    """Return the counts as a success leaves them: its pair starts anew and the address loses that account."""
    counts = dict(failures)
    if counts.get(LoginScope.PAIR, 0):
        counts[LoginScope.ADDRESS] = max(0, counts.get(LoginScope.ADDRESS, 0) - 1)
    counts[LoginScope.PAIR] = 0
    return counts


def address_subject(address: str | None) -> str:
    """Return what of a network address is counted: all of IPv4, the /64 of IPv6 (one household), "" if unreadable."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)


RESIDENT_IDLE, RESIDENT_LIFETIME = timedelta(days=14), timedelta(days=30)
STAFF_IDLE, STAFF_LIFETIME = timedelta(hours=12), timedelta(days=7)


def session_lifetimes(*, is_staff: bool) -> tuple[timedelta, timedelta]:
    """Return after how much idleness and after how much time at all a session ends; whoever holds a role is staff."""
    return (STAFF_IDLE, STAFF_LIFETIME) if is_staff else (RESIDENT_IDLE, RESIDENT_LIFETIME)


TEXT_SIZES = ("normal", "large")
CONTRASTS = ("normal", "high")
LOCALES = ("zh_Hans_CN", "en")


@dataclass(frozen=True, slots=True)
class Display:
    """How pages look to one reader; what is not a known choice becomes the first one."""

    text_size: str = TEXT_SIZES[0]
    contrast: str = CONTRASTS[0]
    locale: str = LOCALES[0]

    def changed(self, wanted: Mapping[str, str]) -> "Display":
        """Return this with the choices in `wanted` that exist."""
        choices = {"text_size": TEXT_SIZES, "contrast": CONTRASTS, "locale": LOCALES}
        return replace(self, **{name: wanted[name] for name in choices if wanted.get(name) in choices[name]})
