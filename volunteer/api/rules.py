"""What a token is, how long it lives, and why one is refused; pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from volunteer.accounts.rules import Limit
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.text import N_

# A mark that a scanner of published secrets can find.
TOKEN_MARK = "zyt_"  # noqa: S105 - how a token begins
TOKEN_LENGTH = len(TOKEN_MARK) + 43
LONGEST_LIFE = timedelta(days=366)
# A data platform asks a few thousand times a night; more is a loop gone wrong (our decision).
ASKING = Limit(most=600, window=timedelta(minutes=5))
GUESSING = Limit(most=30, window=timedelta(minutes=15))


class ProblemKind(StrEnum):
    """Why a request is refused, by what stands in the `type` of the answer (RFC 9457)."""

    TOKEN_MISSING = "token-missing"  # noqa: S105 - names of problems
    TOKEN_IN_ADDRESS = "token-in-address"  # noqa: S105
    TOKEN_UNKNOWN = "token-unknown"  # noqa: S105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    TOKEN_EXPIRED = "token-expired"  # noqa: S105
    TOKEN_OUT_OF_HANDS = "token-out-of-hands"  # noqa: S105
    BAD_PARAMETER = "bad-parameter"
    NOT_FOUND = "not-found"
    METHOD = "method"
    TOO_MANY = "too-many"
    FAULT = "fault"

    @property
    def status(self) -> int:
        """Return the status it is answered with."""
        return _PROBLEMS[self][0]

    @property
    def heading(self) -> str:
        """Return what is the matter in general, a Chinese msgid."""
        return _PROBLEMS[self][1]


_PROBLEMS = {
    ProblemKind.TOKEN_MISSING: (401, N_("没有带令牌")),
    ProblemKind.TOKEN_IN_ADDRESS: (400, N_("令牌写在了网址里")),
    ProblemKind.TOKEN_UNKNOWN: (401, N_("没有这个令牌")),
    ProblemKind.TOKEN_REVOKED: (401, N_("令牌已经停用")),
    ProblemKind.TOKEN_EXPIRED: (401, N_("令牌已经过期")),
    ProblemKind.TOKEN_OUT_OF_HANDS: (403, N_("令牌的制作人已经没有这个权限")),
    ProblemKind.BAD_PARAMETER: (422, N_("参数不对")),
    ProblemKind.NOT_FOUND: (404, N_("没有找到")),
    ProblemKind.METHOD: (405, N_("只能读取")),
    ProblemKind.TOO_MANY: (429, N_("问得太快了")),
    ProblemKind.FAULT: (500, N_("系统出了问题")),
}


class Refused(DomainError):
    """A request with a token that does not open the door."""

    def __init__(self, kind: ProblemKind, msgid: str, **params: Any) -> None:
        super().__init__(msgid, **params)
        self.kind = kind

    @property
    def status(self) -> int:  # type: ignore[override]
        """Return the status of its kind."""
        return self.kind.status


def problem_of(status: int) -> ProblemKind:
    """Return the kind of a refusal of which only the status is known."""
    known = {404: ProblemKind.NOT_FOUND, 405: ProblemKind.METHOD, 429: ProblemKind.TOO_MANY}
    return known.get(status, ProblemKind.BAD_PARAMETER if status < 500 else ProblemKind.FAULT)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a token may be used; `words` tell it to the office, `kind` is a status badge's."""

    is_usable: bool
    words: str
    kind: str


def standing_of(*, revoked: bool, ends_on: date, in_hands: bool, today: date) -> Standing:
    """Return how a token stands on a day; it holds through its last day."""
    if revoked:
        return Standing(is_usable=False, words=N_("已停用"), kind="quiet")
    if today > ends_on:
        return Standing(is_usable=False, words=N_("已过期"), kind="quiet")
    if not in_hands:
        return Standing(is_usable=False, words=N_("制作人已没有权限"), kind="wrong")
    return Standing(is_usable=True, words=N_("可以用"), kind="done")


def check_life(ends_on: date, today: date) -> None:
    """Raise Invalid on "ends_on" unless a token's last day lies from today on and within a year."""
    if ends_on < today:
        raise Invalid(N_("到期日不能早于今天"), field="ends_on")
    if ends_on > today + LONGEST_LIFE:
        raise Invalid(N_("令牌最长用一年，到期前再换一个"), field="ends_on")


def bearer_token(header: str) -> str:
    """Return the token of an Authorization header (RFC 6750); raise Refused where there is none.

    What cannot be a token of ours is an unknown one.
    """
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused(ProblemKind.TOKEN_MISSING, N_("请在请求头里带上令牌：Authorization: Bearer 令牌"))
    return token


def may_be_token(text: str) -> bool:
    """Return whether a text has the form of a token."""
    return len(text) == TOKEN_LENGTH and text.isascii() and text.startswith(TOKEN_MARK)
