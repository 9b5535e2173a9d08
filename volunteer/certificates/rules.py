"""What a certificate is: its number, what it states, and whether it still holds. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from volunteer.accounts.rules import Limit
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import VolunteerStatus

# --- the number -------------------------------------------------------------------------------------------

NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so nothing printed looks like something else."""

RANDOM_BYTES = 11
NUMBER_LENGTH = 18
GROUP_LENGTH = 6
LONGEST_TYPED = 300
# From one address: a whole personnel office may sit behind it (our decision).
INSPECTION_LIMIT = Limit(60, timedelta(hours=1))
_BODY_LENGTH = NUMBER_LENGTH - 1
_BASE = len(NUMBER_ALPHABET)
_BITS = _BODY_LENGTH * 5
_LOOK_ALIKES = str.maketrans("OIL", "011")
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASHES = frozenset("-‐‑‒–—―−－ー")


def make_certificate_number(random_bytes: bytes) -> str:
    """Return a certificate number such as `7K3M9Q-XT2B4D-HJ8N5R` from 11 random bytes.

    Eighty-five of the bits are used, so a number cannot be guessed or counted up to; the last
    character checks the others. Raises ValueError when fewer or more bytes are given.
    """
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a certificate number is made of {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    bits = int.from_bytes(random_bytes, "big") & ((1 << _BITS) - 1)
    body = "".join(NUMBER_ALPHABET[bits >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return _grouped(body + _check_character(body))


def check_certificate_number(typed: str) -> str:
    """Return the canonical form of a typed certificate number.

    Takes small letters, full-width characters, any spaces and dashes, and O, I, L for 0, 1, 1.
    Raises Invalid on the field "number" for a wrong length, a foreign character or a wrong check character.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    plain = "".join(character for character in plain if not character.isspace() and character not in _DASHES)
    if len(plain) != NUMBER_LENGTH:
        raise Invalid(
            N_("证明编号是 %(expected)s 位字母和数字，您填了 %(length)s 位，请对照证明再核对一遍"),
            field="number",
            expected=NUMBER_LENGTH,
            length=len(plain),
        )
    plain = plain.translate(_LOOK_ALIKES)
    for position, character in enumerate(plain, start=1):
        if character not in NUMBER_ALPHABET:
            raise Invalid(
                N_("证明编号第 %(position)s 位不会是这个字符，请对照证明再核对一遍"), field="number", position=position
            )
    if plain[-1] != _check_character(plain[:-1]):
        raise Invalid(N_("证明编号不对，可能有一位填错了，请对照证明再核对一遍"), field="number")
    return _grouped(plain)


def read_typed_number(typed: str, public_url: str) -> str:
    """Return the canonical number of what somebody typed or pasted: the number, or the address in the code on paper.

    Only an address of this installation (`public_url`) is taken; none is ever opened. Raises Invalid on "number".
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if "/" not in text:
        return check_certificate_number(text)
    host = _host_in(text)
    if host != _host_in(public_url):
        raise Invalid(
            N_("这是 %(host)s 的地址，不是本平台的。本平台的证明只在 %(own)s 上验证，请不要相信那个网站显示的结果"),
            field="number",
            host=host[:100],
            own=_host_in(public_url),
        )
    path = text.partition("://")[2] or text
    return check_certificate_number(path.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2])


def is_same_name(typed: str, name: str) -> bool:
    """Return whether somebody typed the name of a certificate: spaces and the width of letters do not count."""

    def plain(text: str) -> str:
        return "".join(unicodedata.normalize("NFC", text.translate(_NARROW)).split())

    return plain(typed) == plain(name)


def _host_in(address: str) -> str:
    """Return host and port of an address as a browser would open it, "" when there is none."""
    rest = address.partition("://")[2] or address.lstrip("/\\")
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    return host.lower()


def _check_character(body: str) -> str:
    """Return the check character by ISO/IEC 7064's hybrid system over 32 characters (modulus 33, 32).

    It finds every single wrong character and nearly every swap of neighbours.
    """
    remainder = _BASE
    for character in body:
        total = (remainder + NUMBER_ALPHABET.index(character)) % _BASE or _BASE
        remainder = total * 2 % (_BASE + 1)
    return NUMBER_ALPHABET[(_BASE + 1 - remainder) % _BASE]


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + GROUP_LENGTH] for start in range(0, NUMBER_LENGTH, GROUP_LENGTH))


# --- whether it holds -------------------------------------------------------------------------------------


class CertificateStatus(StrEnum):
    """Whether a certificate on paper still says what the ledger says."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    DOUBTED = "doubted"


STATUS_LABELS = {
    CertificateStatus.VALID: N_("有效"),
    CertificateStatus.SUPERSEDED: N_("已被更正"),
    CertificateStatus.REVOKED: N_("已撤销"),
    CertificateStatus.DOUBTED: N_("待查清"),
}

STATUS_EXPLANATIONS = {
    CertificateStatus.VALID: N_("这个编号的证明有登记，开具以后没有更正，也没有撤销。"),
    CertificateStatus.SUPERSEDED: N_("开具以后，证明上有 %(count)s 条服务记录被更正，请向持有人索取新开的证明。"),
    CertificateStatus.REVOKED: N_("开具单位已撤销这份证明，请不要再使用。"),
    CertificateStatus.DOUBTED: N_("登记的内容和存证对不上，查清以前不能确认。请向主管单位核实。"),
}


def status_of(*, entries_reversed: int, is_revoked: bool, is_doubted: bool = False) -> CertificateStatus:
    """Return the status of a certificate.

    `entries_reversed` counts the entries printed on it that were reversed since; `is_revoked` says
    whether the issuer took it back, which outweighs any correction (our decision). `is_doubted` says
    that the tree does not stand behind it: nothing good is said of such a one.
    """
    if entries_reversed < 0:
        raise ValueError("a certificate cannot have a negative number of reversed entries")
    if is_revoked:
        return CertificateStatus.REVOKED
    if is_doubted:
        return CertificateStatus.DOUBTED
    return CertificateStatus.SUPERSEDED if entries_reversed else CertificateStatus.VALID


def explain_status(status: CertificateStatus, *, entries_reversed: int = 0) -> Words:
    """Return one sentence that tells a stranger what the status means for the paper in hand."""
    params = {"count": entries_reversed} if status is CertificateStatus.SUPERSEDED else {}
    return Words(STATUS_EXPLANATIONS[status], params)


# --- what it states ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One credited entry as a certificate shows it; `content` is what was done, `minutes` whole minutes."""

    served_on: date
    activity_title: str
    content: str
    minutes: int
    place: str = ""


NOTHING_EFFECTIVE = Words(N_("这段时间里没有已生效的服务记录，不能开具证明"))
FACTS_VERSION = 2
"""What issue writes now. Facts without a version are of version 1: Chinese, no drawn seal, everything of the period."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything that a certificate prints, frozen at issue.

    Service time, service content and the recording organization must be stated (志愿服务记录与证明出具办法（试行）,
    民政部令第67号). `masked_document` is already masked, or "" to leave it out. `verify_url` is what the code holds.
    `chosen_activities` counts the activities when only chosen ones are on it; None when all of the period are.
    `version` is that of this shape, so that facts stored years ago are read as they were meant.
    Raises Invalid when there is nothing to certify, ValueError when the parts contradict each other.
    """

    number: str
    holder_name: str
    volunteer_number: str
    issuer_name: str
    period_from: date
    period_to: date
    total_minutes: int
    lines: tuple[CertificateLine, ...]
    issued_on: date
    verify_url: str
    office_name: str
    product_name: str
    masked_document: str = ""
    is_bilingual: bool = False
    has_seal: bool = False
    chosen_activities: int | None = None
    version: int = FACTS_VERSION

    def __post_init__(self) -> None:
        """Refuse facts that do not add up: a certificate must never disagree with itself."""
        if not self.lines:
            raise Invalid(NOTHING_EFFECTIVE.msgid)
        if self.period_from > self.period_to:
            raise ValueError("the period of a certificate ends before it starts")
        if any(line.minutes <= 0 for line in self.lines):
            raise ValueError("a certificate lists only entries with credited minutes")
        if sum(line.minutes for line in self.lines) != self.total_minutes:
            raise ValueError("the lines of a certificate must add up to its total")
        if any(not self.period_from <= line.served_on <= self.period_to for line in self.lines):
            raise ValueError("a line of a certificate lies outside its period")

    def to_json(self) -> dict[str, Any]:
        """Return the facts as they are kept: days in ISO 8601."""
        stored: dict[str, Any] = _plain(asdict(self))
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "CertificateFacts":
        """Return kept facts of any version; what an older version did not know has the value that it meant."""
        days = {name: date.fromisoformat(stored[name]) for name in ("period_from", "period_to", "issued_on")}
        lines = tuple(
            CertificateLine(**{**line, "served_on": date.fromisoformat(line["served_on"])}) for line in stored["lines"]
        )
        return cls(**{"version": 1, **stored, **days, "lines": lines})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


# --- what is asked for ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants on a certificate: the period, both days included, and how it is to look.

    `activities` are the public ids of the chosen ones; None asks for everything in the period. Raises Invalid when
    activities were to be chosen and none was.
    """

    period_from: date
    period_to: date
    activities: tuple[str, ...] | None = None
    is_bilingual: bool = False
    has_seal: bool = False

    def __post_init__(self) -> None:
        if self.activities is not None and not self.activities:
            raise Invalid(N_("请至少选一项活动"), field="activities")

    @property
    def look(self) -> dict[str, Any]:
        """Return what is asked beside the period, as a batch keeps it."""
        chosen = None if self.activities is None else list(self.activities)
        return {"activities": chosen, "is_bilingual": self.is_bilingual, "has_seal": self.has_seal}

    @classmethod
    def kept(cls, period_from: date, period_to: date, look: Mapping[str, Any]) -> "Order":
        """Return an order from what was kept of it."""
        chosen = look["activities"]
        return cls(
            period_from,
            period_to,
            None if chosen is None else tuple(chosen),
            is_bilingual=look["is_bilingual"],
            has_seal=look["has_seal"],
        )


def default_order(today: date) -> Order:
    """Return what most people want: this year, everything, in Chinese, without a drawn seal."""
    return Order(date(today.year, 1, 1), today)


EARLIEST_DAY = date(2000, 1, 1)  # no record kept here is older


def check_period(period_from: date, period_to: date, *, today: date) -> None:
    """Refuse a period that no certificate can be issued for; raises Invalid on the date at fault."""
    if period_from > period_to:
        raise Invalid(N_("开始日期在结束日期之后，请把两个日期对调"), field="period_from")
    if period_from < EARLIEST_DAY:
        raise Invalid(N_("开始日期太早，最早填 %(day)s"), field="period_from", day=say_date(EARLIEST_DAY))
    if period_to > today:
        raise Invalid(N_("结束日期还没到，最晚填今天"), field="period_to")


def may_issue_at(status: OrganizationStatus) -> Decision:
    """Return whether certificates are issued in an organization's name: not while it is suspended (our decision).

    What was served stays served, and what was issued stays valid; only nothing new goes out in its name.
    """
    if status is OrganizationStatus.SUSPENDED:
        return refuse("organization_suspended", N_("这个组织已暂停，恢复以前不能开新证明；已经开出的照常有效"))
    return allow()


def may_issue_for(status: VolunteerStatus) -> Decision:
    """Return whether an organization may issue for a volunteer: not for who is in the register no more (our decision).

    They themselves always may: what they served is theirs.
    """
    if status is VolunteerStatus.ACTIVE:
        return allow()
    return refuse("not_registered", N_("这位志愿者已经不在册，需要证明的话由本人来开"))


# --- many at once -----------------------------------------------------------------------------------------

MOST_PEOPLE = 2_000
# What an organization issues a day, one by one and in batches (our decision).
ORGANIZATION_LIMIT = Limit(500, timedelta(days=1))
BATCH_LIMIT = Limit(20, timedelta(days=1))
LONGEST_TITLE = 100


class BatchStatus(StrEnum):
    """How far a batch of certificates is."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


BATCH_STATUS_LABELS = {
    BatchStatus.RUNNING: N_("正在开"),
    BatchStatus.FINISHED: N_("开完了"),
    BatchStatus.STOPPED: N_("停下了"),
}


class BatchItemState(StrEnum):
    """What became of one volunteer of a batch."""

    WAITING = "waiting"
    ISSUED = "issued"
    REFUSED = "refused"


class Audience(StrEnum):
    """For whom a batch is."""

    LIST = "list"
    ACTIVITY = "activity"
    COMMUNITY = "community"


AUDIENCE_LABELS = {
    Audience.LIST: N_("照一份编号名单"),
    Audience.ACTIVITY: N_("参加过一项活动的人"),
    Audience.COMMUNITY: N_("住在一个社区的人"),
}
