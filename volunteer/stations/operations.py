"""Opening and closing stations, and taking in what they send: every record once, none dropped, none taken on trust."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.base import db
from models.checkin import PresenceEvent
from models.stations import Station, StationRecord
from volunteer.audit.operations import record as audit
from volunteer.checkin import codes, spot_checks
from volunteer.checkin.operations import Asked, record_presence
from volunteer.checkin.queries import ShiftCard, belongs_to, volunteer_by_number
from volunteer.checkin.refusals import keep_refusal, rule_of
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Decision, Refusal
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.speech import say_time
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.stations import queries, rules
from volunteer.stations.queries import Known
from volunteer.stations.rules import Batch, Clocks, Kind, Outcome, Reading, Resolution, Sent

LONGEST_TOLD = 300
SUBJECT = "station"


def open_station(card: ShiftCard, name: str, account_id: int) -> Station:
    """Open a station at a shift for the browser of an account."""
    station = Station(
        public_id=new_public_id(), shift_id=card.id, name=name, opened_by=account_id, opened_at=clock.now()
    )
    db.session.add(station)
    db.session.flush()
    audit("stations.open", "shift", card.public_id, account_id=account_id, lineage=card.scope.lineage, name=name)
    return station


def revoke(station: Station, card: ShiftCard, account_id: int) -> None:
    """Close a station for good; what it sends from now on is looked at by a person. Again does nothing."""
    station = queries.lock(station.id)
    if station.revoked_at is not None:
        return
    station.revoked_at, station.revoked_by = clock.now(), account_id
    name = station.name
    audit("stations.revoke", "shift", card.public_id, account_id=account_id, lineage=card.scope.lineage, name=name)


# Taking in


@dataclass(frozen=True, slots=True)
class Trust:
    """What tells our codes and cards from others: the keys of codes, and the address that our cards lead to."""

    ring: KeyRing
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one record that was sent. `volunteer_id` is None where it names nobody that we know."""

    key: str
    outcome: Outcome
    rule: str
    kind: Kind
    volunteer_id: int | None
    happened_at: datetime
    words: Words


@dataclass(slots=True)
class _Examined:
    """A record before the rules of presence: whose it is and when it was, as far as it says; why it is not taken."""

    sent: Sent
    clocks: Clocks
    happened_at: datetime
    volunteer: str = ""
    reading: Reading | None = None
    refusal: DomainError | None = None


def take_in(station: Station, card: ShiftCard, batch: Batch, trust: Trust) -> list[Answer]:
    """Take in what a station sent and return an answer to each record, in the order of sending.

    What came before is answered as it was then. A volunteer's records are applied in the order in which they happened,
    and volunteers in the order of their rows, as everywhere, so that no two transactions wait for each other. One bad
    record spoils no other: each has a savepoint.
    """
    station = queries.lock(station.id)
    now = clock.now()
    station.last_sent_at = now
    kept = queries.records_by_key(station.id, (sent.key for sent in batch.records))
    new: dict[str, Sent] = {}
    for sent in batch.records:
        if sent.key not in kept:
            new.setdefault(sent.key, sent)
    examined = [_examine(station, sent, batch.sent_at, now, trust) for sent in new.values()]
    known = queries.people(one.volunteer for one in examined)
    said: dict[str, Words] = {}
    for one in sorted(examined, key=lambda one: _in_order(one, known)):
        record, words = _take(station, card, one, known)
        kept[one.sent.key], said[one.sent.key] = record, words
    _try_again_what_waited(record for record in kept.values() if record.record_key in new)
    return [_answer(sent, kept[sent.key], said.get(sent.key)) for sent in batch.records]


def _in_order(one: _Examined, known: dict[str, Known]) -> tuple[int, datetime]:
    return known[one.volunteer].id if one.volunteer in known else 0, one.happened_at


def _examine(station: Station, sent: Sent, sent_at: int, now: datetime, trust: Trust) -> _Examined:
    clocks = Clocks(rules.moment(sent.device_at), rules.moment(sent_at), now)
    one = _Examined(sent, clocks, min(clocks.scanned_at, now))
    try:
        if not rules.is_of_station(trust.ring, station.public_id, sent):
            rules.FORGED_RECORD.require()
        reading = _read(one, trust)
        one.happened_at = reading.happened_at
        rules.may_take(clocks, one.happened_at, station.opened_at, station.revoked_at).require()
        one.reading = reading
    except DomainError as refusal:
        one.refusal = refusal
    return one


def _read(one: _Examined, trust: Trust) -> Reading:
    """Note whose a record is, then return what it says or raise a `DomainError`: also a code too old names somebody."""
    if one.sent.kind is Kind.CODE:
        code = codes.verify_personal_code(trust.ring, one.sent.typed)
        one.volunteer, one.happened_at = code.volunteer, code.made_at
        return rules.read_code(code, one.clocks)
    one.volunteer = _by_hand(one.sent, trust)
    return rules.by_hand(one.volunteer, one.sent.kind, one.clocks)


def _by_hand(sent: Sent, trust: Trust) -> str:
    if sent.kind is Kind.CARD:
        return codes.read_card(sent.typed, trust.address) or _refuse(rules.UNKNOWN_CARD)
    try:
        number = check_volunteer_number(sent.typed)
    except Invalid as wrong:
        raise Refusal(rules.WRONG_NUMBER, wrong.words) from None
    return volunteer_by_number(number) or _refuse(rules.UNKNOWN_NUMBER)


def _refuse(decision: Decision) -> str:
    decision.require()
    raise AssertionError("a refusal was expected")


def _take(station: Station, card: ShiftCard, one: _Examined, known: dict[str, Known]) -> tuple[StationRecord, Words]:
    """Apply the rules of presence to one record and keep what came of it."""
    who = known.get(one.volunteer)
    sent = one.sent
    record = StationRecord(
        public_id=new_public_id(),
        station_id=station.id,
        record_key=sent.key,
        body_digest=rules.body_digest(sent),
        kind=sent.kind,
        typed=rules.kept_text(sent.typed),
        direction=sent.direction,
        device_at=one.clocks.device_at,
        happened_at=one.happened_at,
        received_at=one.clocks.received_at,
        volunteer_id=who.id if who else None,
    )
    try:
        words = _record_new(station, card, one, who, record)
    except DomainError as refusal:
        words = refusal.words
        record.rule = rule_of(refusal)
        record.outcome = rules.outcome_of(record.rule, is_online=one.clocks.is_online)
        if record.outcome is Outcome.REFUSED:
            _keep_refusal(station, card, one, refusal)
    record.told = str(words)[:LONGEST_TOLD]
    db.session.add(record)
    db.session.flush()
    return record, words


def _record_new(station: Station, card: ShiftCard, one: _Examined, who: Known | None, record: StationRecord) -> Words:
    if one.refusal is not None:
        raise one.refusal
    if one.reading is None or who is None:
        raise Refusal(rules.UNKNOWN_CARD.rule, rules.UNKNOWN_CARD.reason)
    try:
        return _record(station, card.public_id, record, one.reading, who)
    except Refusal as refusal:
        said = _second_look(station, card, one.reading) if refusal.rule == "already_in" else None
        if said is None:
            raise
        record.outcome, record.rule = Outcome.RECORDED, rules.SPOT_CHECK
        return said


def _second_look(station: Station, card: ShiftCard, reading: Reading) -> Words | None:
    """Answer the spot check of somebody who is in and was drawn; None when nobody asked for a second look."""
    if not queries.is_drawn(reading.volunteer, card.id, reading.happened_at):
        return None
    try:
        name = spot_checks.answer(
            volunteer=reading.volunteer,
            shift=card.public_id,
            scanned_at=reading.happened_at,
            method=reading.method,
            account_id=station.opened_by,
            is_own=False,
        )
    except Refusal:
        return None
    return Words(N_("%(name)s在现场，抽查看到了"), {"name": name})


def _record(station: Station, shift: str, record: StationRecord, reading: Reading, who: Known) -> Words:
    """Record what `record` says within a savepoint and return what is said of it, or raise a `DomainError`."""
    if who.account_id == station.opened_by:
        rules.OWN_FAMILY.require()
    with db.session.begin_nested():
        recorded = record_presence(
            Asked(
                volunteer=reading.volunteer,
                shift=shift,
                direction=record.direction,
                happened_at=reading.happened_at,
                method=reading.method,
                account_id=station.opened_by,
                request_key=_event_key(station, record.record_key),
                is_own=False,
                station=station.public_id,
                reason=reading.reason,
            )
        )
    record.outcome, record.rule = Outcome.RECORDED, ""
    record.presence_event_id = _event_made(_event_key(station, record.record_key))
    said = {"name": recorded.name, "time": say_time(recorded.happened_at, record.received_at)}
    return Words(_SAID[record.direction], said)


_SAID = {Direction.IN: N_("%(name)s %(time)s 签到成功"), Direction.OUT: N_("%(name)s %(time)s 签退成功")}


def _event_key(station: Station, key: str) -> str:
    """Return the key under which a record's event is made once, however often the record is tried."""
    return hashlib.sha256(f"{station.public_id}\n{key}".encode()).hexdigest()[:40]


def _event_made(request_key: str) -> int | None:
    return db.session.scalar(select(PresenceEvent.id).where(PresenceEvent.request_key == request_key))


def _keep_refusal(station: Station, card: ShiftCard, one: _Examined, refusal: DomainError) -> None:
    keep_refusal(
        refusal,
        shift=card.public_id,
        volunteer=one.volunteer or None,
        account_id=station.opened_by,
        direction=one.sent.direction,
        method=Method.ORGANIZER_SCAN if one.sent.kind is Kind.CODE else Method.BY_HAND,
        asked_at=one.happened_at,
        request_key=_event_key(station, one.sent.key),
    )


def _answer(sent: Sent, record: StationRecord, words: Words | None) -> Answer:
    """Return what is told of a record; another body under a known key tells nothing of the first."""
    if record.body_digest != rules.body_digest(sent):
        told = Words(rules.OTHER_BODY.reason.msgid)
        return Answer(sent.key, Outcome.REFUSED, rules.OTHER_BODY.rule, sent.kind, None, record.happened_at, told)
    # Of a record that was put right meanwhile this is told, whatever was said at first.
    is_settled = record.resolution is Resolution.RECORDED
    return Answer(
        key=sent.key,
        outcome=record.outcome,
        rule=record.rule,
        kind=record.kind,
        volunteer_id=record.volunteer_id,
        happened_at=record.happened_at,
        words=words if words is not None and not is_settled else Words("%(told)s", {"told": record.told}),
    )


# Trying again


def _try_again_what_waited(taken: Iterable[StationRecord]) -> None:
    """Try again what waited for the order of things, for each volunteer of whom something was recorded just now."""
    moved = {one.volunteer_id for one in taken if one.outcome is Outcome.RECORDED and one.volunteer_id is not None}
    for record in queries.waiting_for_order(moved):
        _try_again(record, account_id=None)


def _try_again(record: StationRecord, *, account_id: int | None) -> bool:
    """Apply the rules of presence once more, at the moment that the record has always had; return whether it went."""
    station = record.station
    [who] = queries.people([_public_id_of(record)]).values()
    reading = Reading(who.public_id, record.happened_at, *_known_by(record.kind))
    try:
        words = _record(station, station.shift.public_id, record, reading, who)
    except DomainError as refusal:
        record.rule, record.told = rule_of(refusal), str(refusal.words)[:LONGEST_TOLD]
        db.session.flush()
        return False
    record.told = str(words)[:LONGEST_TOLD]
    _resolve(record, Resolution.RECORDED, account_id)
    return True


def _public_id_of(record: StationRecord) -> str:
    if record.volunteer is None:
        raise Conflict(N_("这条记录看不出是谁，请改用补录，或选不记"))
    return record.volunteer.public_id


def _known_by(kind: Kind) -> tuple[Method, str]:
    return (Method.OFFLINE, "") if kind is Kind.CODE else (Method.BY_HAND, rules.HAND_REASONS[kind])


# What a person does about a record


def retry(record: StationRecord, account_id: int) -> bool:
    """Try a record again because a person asks; return whether it was recorded, else it says anew why not."""
    _require_unresolved(record)
    if not rules.may_retry(record.rule, record.happened_at, record.station.revoked_at):
        raise Conflict(N_("这条记录不能再按扫码记，参加了的请改用补录"))
    if account_id == record.station.opened_by and rules.came_after_stop(record.received_at, record.station.revoked_at):
        rules.OWN_STATION.require()
    if belongs_to(_public_id_of(record), account_id):
        rules.OWN_FAMILY.require()
    return _try_again(record, account_id=account_id)


def mark_typed_in(record: StationRecord, account_id: int) -> StationRecord:
    """Note that the hours are typed in instead, which has a second person and a public notice of its own."""
    _require_unresolved(record)
    _resolve(record, Resolution.TYPED_IN, account_id)
    return record


def dismiss(record: StationRecord, reason: str, account_id: int) -> StationRecord:
    """Note that nothing is recorded, and why."""
    _require_unresolved(record)
    _resolve(record, Resolution.DISMISSED, account_id, reason)
    return record


def _require_unresolved(record: StationRecord) -> None:
    db.session.refresh(record, with_for_update={"of": StationRecord})
    if record.outcome is not Outcome.REVIEW or record.resolved_at is not None:
        raise Conflict(N_("这条记录已经有人处理了，请刷新列表"))


def _resolve(record: StationRecord, resolution: Resolution, account_id: int | None, reason: str = "") -> None:
    record.resolution, record.resolution_reason = resolution, reason
    record.resolved_at, record.resolved_by = clock.now(), account_id
    db.session.flush()
    shift = record.station.shift
    audit(
        "stations.resolve",
        "shift",
        shift.public_id,
        account_id=account_id,
        lineage=shift.activity.area.lineage,
        resolution=resolution.value,
        reason=reason,
    )


def names_for(answers: Sequence[Answer]) -> dict[int, tuple[str, str]]:
    """Return by id the public id and name of those whom answers speak of."""
    return queries.names_of(answer.volunteer_id for answer in answers if answer.volunteer_id is not None)
