"""What a station may record, and what its records become when they arrive; pure.

All limits are our decision. The present moment and the keys are arguments throughout.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Never

from volunteer.checkin.codes import CLOCK_SKEW, PERSONAL_CODE_LIFE, PersonalCode
from volunteer.checkin.rules import OWN_FAMILY as OWN_FAMILY
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.decisions import Decision, Refusal, allow, refuse
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.names import is_han
from volunteer.kernel.signing import decode_base64, secret_for
from volunteer.kernel.text import N_, Words
from volunteer.kernel.widths import narrow

LATEST = timedelta(hours=24)
"""How long after it happened a record may arrive."""
ONLINE_WITHIN = timedelta(seconds=60)
"""What arrives sooner, and was not only `kept`, had a network: who is refused still stands there and hears why."""
OFFLINE_SLACK = timedelta(seconds=30)
"""How far a device's clock may be off, in what it measures between a scan without a network and the sending."""
BATCH = 50
LONGEST_TYPED = 400
LONGEST_NAME = 40
LONGEST_BODY = 256 * 1024


class Kind(StrEnum):
    """What the organizer scanned or typed."""

    CODE = "code"
    CARD = "card"
    NUMBER = "number"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return KIND_LABELS[self]


KIND_LABELS = {Kind.CODE: N_("个人码"), Kind.CARD: N_("志愿者卡"), Kind.NUMBER: N_("志愿者编号")}


class Outcome(StrEnum):
    """What became of a record."""

    RECORDED = "recorded"
    REVIEW = "review"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {Outcome.RECORDED: N_("已记下"), Outcome.REVIEW: N_("要人看"), Outcome.REFUSED: N_("没有记")}


class Resolution(StrEnum):
    """What a person did about a record that had to be looked at."""

    RECORDED = "recorded"
    TYPED_IN = "typed_in"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return RESOLUTION_LABELS[self]


RESOLUTION_LABELS = {
    Resolution.RECORDED: N_("后来记上了"),
    Resolution.TYPED_IN: N_("改用补录"),
    Resolution.DISMISSED: N_("不记"),
}


# What a station sends


@dataclass(frozen=True, slots=True)
class Sent:
    """One record as a station sent it. `device_at` is in milliseconds since 1970 by the device's clock.

    `kept` is whether the page said that it only kept the record; no mac covers it: a false one leads to a person.
    """

    key: str
    kind: Kind
    direction: Direction
    typed: str
    device_at: int
    mac: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Records sent together; `sent_at` is by the same clock as their `device_at`, in milliseconds."""

    sent_at: int
    records: tuple[Sent, ...]


_PUBLIC_ID = re.compile(r"[0-9a-z]{20}")
_RECORD_KEY = re.compile(r"[0-9a-z]{20,40}")
_LAST_MOMENT = 4_102_444_800_000  # the year 2100, in milliseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    """Return the moment so many milliseconds after 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def milliseconds(when: datetime) -> int:
    """Return a moment in whole milliseconds since 1970."""
    return (when - _EPOCH) // _MILLISECOND


def read_json(body: bytes) -> Mapping[str, Any]:
    """Return the object that `body` is as JSON, or raise a DomainError (400); NaN and infinities are no JSON."""
    try:
        told = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise DomainError(N_("发来的内容读不懂，请刷新扫码页再发一次")) from None
    if not isinstance(told, dict):
        raise DomainError(N_("发来的内容读不懂，请刷新扫码页再发一次"))
    return told


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)


def read_batch(told: Mapping[str, Any]) -> Batch:
    """Return the records that a station sent, or raise Invalid, when nothing at all is taken in."""
    sent = told.get("records")
    if not isinstance(sent, list):
        raise _malformed("records")
    if len(sent) > BATCH:
        raise Invalid(N_("一次最多发 %(most)s 条扫码记录"), field="records", most=BATCH)
    return Batch(_milliseconds(told.get("sent_at"), "sent_at"), tuple(_read_record(one) for one in sent))


def _read_record(told: Any) -> Sent:
    if not isinstance(told, dict):
        raise _malformed("records")
    key, typed, mac = (told.get(name) for name in ("key", "typed", "mac"))
    if not isinstance(key, str) or not _RECORD_KEY.fullmatch(key):
        raise _malformed("key")
    if not isinstance(typed, str) or len(typed) > LONGEST_TYPED:
        raise _malformed("typed")
    if not isinstance(mac, str):
        raise _malformed("mac")
    kind, direction = told.get("kind"), told.get("direction")
    if kind not in list(Kind) or direction not in list(Direction):
        raise _malformed("kind")
    kept = told.get("kept", False)
    if not isinstance(kept, bool):
        raise _malformed("kept")
    whole = typed.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    device_at = _milliseconds(told.get("device_at"), "device_at")
    return Sent(key, Kind(kind), Direction(direction), whole, device_at, mac, kept)


def _milliseconds(told: Any, field: str) -> int:
    if type(told) is not int or not 0 <= told <= _LAST_MOMENT:
        raise _malformed(field)
    return told


def _malformed(field: str) -> Invalid:
    return Invalid(N_("发来的扫码记录不完整，请刷新扫码页再发一次"), field=field)


def read_public_id(told: Any) -> str:
    """Return a public id that was sent, or "", which names nothing, for whatever cannot be one."""
    return told if isinstance(told, str) and _PUBLIC_ID.fullmatch(told) else ""


def read_name(told: Any, otherwise: str) -> str:
    """Return how a station is to be called, or raise Invalid; `otherwise` when it was given no name."""
    if told is not None and not isinstance(told, str):
        raise _malformed("name")
    name = " ".join("".join(one for one in told or "" if one.isprintable()).split())
    if len(name) > LONGEST_NAME:
        raise Invalid(N_("扫码台的名字最多 %(most)s 个字"), field="name", most=LONGEST_NAME)
    return name or otherwise[:LONGEST_NAME]


# Who sent it


def station_key(ring: KeyRing, station: str) -> bytes:
    """Return the secret with which a new station proves its records; made again when needed, never stored."""
    return secret_for(ring.current, "station", station)


def canonical(sent: Sent) -> bytes:
    """Return what the mac of a record covers; the first three lines and the last can hold no line break."""
    return "\n".join((sent.key, sent.kind, sent.direction, sent.typed, str(sent.device_at))).encode()


def body_digest(sent: Sent) -> str:
    """Return what tells one record under a key from another under the same key."""
    return hashlib.sha256(canonical(sent) + b"\n" + sent.mac.encode("utf-8", "replace")).hexdigest()


def is_of_station(ring: KeyRing, station: str, sent: Sent) -> bool:
    """Return whether the record was made with the station's secret, by whichever of our keys it was given."""
    mac = decode_base64(sent.mac)
    secrets = [secret_for(key, "station", station) for key in ring.keys]
    return mac is not None and any(
        hmac.compare_digest(mac, hmac.digest(secret, canonical(sent), "sha256")) for secret in secrets
    )


# What was scanned or typed


def shown_text(kind: Kind, typed: str) -> str:
    """Return what a person is shown of what was typed: a number as it is; codes and addresses say nothing to anyone."""
    text = "".join(one for one in narrow(typed) if one.isprintable()).strip()
    return text[:30] if kind is Kind.NUMBER else ""


def kept_text(typed: str) -> str:
    """Return what is stored of a text: PostgreSQL takes no NUL."""
    return typed.replace("\0", "\ufffd")


def kept_words(words: Words) -> dict[str, Any]:
    """Return words as they are stored, to be said later in whatever language."""
    return {"msgid": words.msgid, "params": {name: _kept(one) for name, one in words.params.items()}}


def _kept(one: Any) -> Any:
    if isinstance(one, Words):
        return kept_words(one)
    return one if isinstance(one, (str, int, float)) else str(one)


def words_of(kept: Mapping[str, Any]) -> Words:
    """Return the words that `kept_words` stored; none for what has none."""
    params = {key: words_of(one) if isinstance(one, dict) else one for key, one in kept.get("params", {}).items()}
    return Words(kept.get("msgid", "%(nothing)s"), params or {"nothing": ""})


# When it was


@dataclass(frozen=True, slots=True)
class Clocks:
    """One record by both clocks: made and sent by the device's, received by ours."""

    device_at: datetime
    sent_at: datetime
    received_at: datetime

    @property
    def scanned_at(self) -> datetime:
        """When the scan was, by our clock: as long before the arrival as before the sending by the device's clock.

        So it does not matter how late or fast the device's clock goes.
        """
        return self.received_at - (self.sent_at - self.device_at)

    @property
    def is_online(self) -> bool:
        """Whether the record came at once, so that who was scanned still stands there."""
        return self.sent_at - self.device_at <= ONLINE_WITHIN


@dataclass(frozen=True, slots=True)
class Reading:
    """What a record says: whose, when by our clock, how it is known, and why by hand."""

    volunteer: str
    happened_at: datetime
    method: Method
    reason: str = ""


def read_code(code: PersonalCode, clocks: Clocks) -> Reading:
    """Return what a scanned personal code says, or raise `Refusal`: `stale_personal_code`, `device_clock`.

    A code that is fresh by our clock happened now. A later one happened at the moment inside the code, which we made:
    whatever the device's clock says moves nothing, it can only show that the code was old when it was scanned.
    """
    if -CLOCK_SKEW <= clocks.received_at - code.made_at <= PERSONAL_CODE_LIFE:
        return Reading(code.volunteer, clocks.received_at, Method.ORGANIZER_SCAN)
    slack = CLOCK_SKEW if clocks.is_online else OFFLINE_SLACK
    age = clocks.scanned_at - code.made_at
    if age > PERSONAL_CODE_LIFE + slack:
        raise Refusal("stale_personal_code", Words(N_("扫的时候个人码已经过期，请志愿者刷新“我的码”再扫")))
    if age < -slack:
        raise Refusal("device_clock", Words(N_("扫码台的时钟不准，这条记录的时间对不上")))
    return Reading(code.volunteer, code.made_at, Method.OFFLINE)


def by_hand(volunteer: str, kind: Kind, clocks: Clocks) -> Reading:
    """Return what a card or number says: it can be lent or told, so it counts as written by hand."""
    return Reading(volunteer, min(clocks.scanned_at, clocks.received_at), Method.BY_HAND, HAND_REASONS[kind])


HAND_REASONS = {Kind.CARD: N_("现场扫志愿者卡"), Kind.NUMBER: N_("现场输入志愿者编号")}


def may_take(clocks: Clocks, happened_at: datetime, opened_at: datetime, revoked_at: datetime | None) -> Decision:
    """Return whether a record's moment lies where its station could have made it.

    That it was stopped is asked last: it may be looked over by a person, what speaks against the moment itself may not.
    """
    if clocks.scanned_at > clocks.received_at + CLOCK_SKEW:
        return refuse("device_clock", N_("扫码台的时钟不准，这条记录的时间对不上"))
    if happened_at < opened_at - PERSONAL_CODE_LIFE - CLOCK_SKEW:
        return refuse("before_opening", N_("这条记录的时间在扫码台打开之前，对不上"))
    if clocks.received_at - happened_at > LATEST:
        return refuse("too_late_to_sync", N_("过了 24 小时才同步，不能再按扫码记，参加了的请补录"))
    if revoked_at is not None:
        return refuse("revoked_station", N_("这个扫码台已经停用，停用后才送到的记录要人看"))
    return allow()


# What becomes of it

FORGED_RECORD = refuse("forged_record", N_("这条记录不是这个扫码台做的，没有记"))
OTHER_BODY = refuse("other_body", N_("同一个编号下送来了不同的内容，没有记"))
OWN_STATION = refuse("own_station", N_("停用的扫码台后来送到的记录，请另一位组织者来看"))
UNKNOWN_NUMBER = refuse("unknown_number", N_("没有这个编号的志愿者，请核对志愿者卡"))
UNKNOWN_CARD = refuse("unknown_card", N_("这不是本平台的志愿者卡，请扫志愿者的个人码或输入编号"))
WRONG_NUMBER = "wrong_number"
SPOT_CHECK = "spot_check"
"""The rule by which a scan counts that is no coming: it shows somebody who was drawn for a second look."""

_ALWAYS_REFUSED = frozenset({FORGED_RECORD.rule, OTHER_BODY.rule})
_ALWAYS_LOOKED_AT = frozenset({"revoked_station", "device_clock", "before_opening", "too_late_to_sync"})
# What a record that comes later may put right: the other end of an interval, from this station or another.
_OF_ORDER = frozenset({"not_in", "out_of_order", "already_in", "already_out", "in_elsewhere"})
# What no second look changes: the record itself is not good evidence, so only typing it in remains.
_FINAL = frozenset(
    {
        "device_clock",
        "before_opening",
        "too_late_to_sync",
        "stale_personal_code",
        "forged_personal_code",
        "unknown_card",
        WRONG_NUMBER,
    }
)


def outcome_of(rule: str, *, is_online: bool) -> Outcome:
    """Return what a refused record becomes: whoever is gone by now cannot be told, so a person looks at it."""
    if rule in _ALWAYS_REFUSED:
        return Outcome.REFUSED
    if rule in _ALWAYS_LOOKED_AT:
        return Outcome.REVIEW
    return Outcome.REFUSED if is_online else Outcome.REVIEW


RETRIED_BY_ITSELF = _OF_ORDER


def may_retry(rule: str, happened_at: datetime, revoked_at: datetime | None) -> bool:
    """Return whether a person may have a record tried again as it is."""
    return rule not in _FINAL and (revoked_at is None or happened_at < revoked_at)


def came_after_stop(received_at: datetime, revoked_at: datetime | None) -> bool:
    """Return whether a record arrived when its station was stopped; then whoever scanned it does not also let it in."""
    return revoked_at is not None and received_at >= revoked_at


def initials(name: str) -> str:
    """Return what stands on the round picture of a person: 李晓梅 → 晓梅, 热西提 stays, Anna Li → AL."""
    if name and all(is_han(character) for character in name):
        return name[-2:] if len(name) > 2 else name
    parts = [part for part in re.split(r"[\s·'-]+", name) if part]
    if parts and is_han(parts[0][0]):
        return parts[0][:2]
    return "".join(part[0] for part in parts[:2]).upper()
