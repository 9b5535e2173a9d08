"""Opening and closing stations, and taking in what they send: every record once, none dropped, none taken on trust."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.base import db
from models.stations import Station, StationRecord
from volunteer.audit.operations import record as audit
from volunteer.checkin import codes, spot_checks
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.refusals import keep_refusal, rule_of
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Decision, Refusal
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.speech import say_time
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.stations import queries, rules
from volunteer.stations.queries import Known
from volunteer.stations.recording import event_key, record_reading
from volunteer.stations.reviewing import try_again_what_waited
from volunteer.stations.rules import Batch, Clocks, Kind, Outcome, Reading, Sent


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
    """What tells our codes and cards from others: the keys of codes, the address that our cards lead to, and who has
    the numbers that were typed (public ids).
    """

    ring: KeyRing
    address: str
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one record that was sent. `volunteer` is a public id, "" like `name` where nobody is known."""

    key: str
    outcome: Outcome
    rule: str
    kind: Kind
    volunteer_id: int | None
    volunteer: str
    name: str
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
    with_numbers = replace(trust, numbers=queries.by_number(_numbers(new.values())))
    examined = [_examine(station, sent, batch.sent_at, now, with_numbers) for sent in new.values()]
    known = queries.people(one.volunteer for one in examined)
    examined.sort(key=lambda one: _in_order(one, known))
    taken = [_take(station, card, one, known) for one in examined]
    # All together: each by itself would be two statements more.
    events = queries.events_made(event_key(station, one.record_key) for one in taken if _is_event(one))
    for record in taken:
        record.presence_event_id = events.get(event_key(station, record.record_key))
    db.session.add_all(taken)
    db.session.flush()
    try_again_what_waited(taken)
    kept |= {record.record_key: record for record in taken}
    names = queries.names_of(record.volunteer_id for record in kept.values() if record.volunteer_id is not None)
    return [_answer(sent, kept[sent.key], names) for sent in batch.records]


def _numbers(sent: Iterable[Sent]) -> Iterator[str]:
    for one in sent:
        if one.kind is Kind.NUMBER:
            with suppress(Invalid):
                yield check_volunteer_number(one.typed)


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
    return trust.numbers.get(number) or _refuse(rules.UNKNOWN_NUMBER)


def _refuse(decision: Decision) -> str:
    decision.require()
    raise AssertionError("a refusal was expected")


def _take(station: Station, card: ShiftCard, one: _Examined, known: dict[str, Known]) -> StationRecord:
    """Apply the rules of presence to one record and return what came of it, to be stored."""
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
        record.rule = _record_new(station, card, one, who)
        record.outcome, record.told = Outcome.RECORDED, {}
    except DomainError as refusal:
        record.rule, record.told = rule_of(refusal), rules.kept_words(refusal.words)
        record.outcome = rules.outcome_of(record.rule, is_online=one.clocks.is_online and not sent.kept)
        if record.outcome is Outcome.REFUSED:
            _keep_refusal(station, card, one, refusal)
    return record


def _record_new(station: Station, card: ShiftCard, one: _Examined, who: Known | None) -> str:
    """Record a coming, a going or a second look and return by which rule, or raise the `DomainError` against it."""
    if one.refusal is not None:
        raise one.refusal
    if one.reading is None or who is None:
        raise Refusal(rules.UNKNOWN_CARD.rule, rules.UNKNOWN_CARD.reason)
    try:
        record_reading(station, card.public_id, one.sent.key, one.sent.direction, one.reading, who)
        return ""
    except Refusal as refusal:
        if refusal.rule != "already_in" or not _was_second_look(station, card, one.reading):
            raise
        return rules.SPOT_CHECK


def _was_second_look(station: Station, card: ShiftCard, reading: Reading) -> bool:
    """Answer the spot check of somebody who is in and was drawn; False when nobody asked for a second look."""
    if not queries.is_drawn(reading.volunteer, card.id, reading.happened_at):
        return False
    try:
        spot_checks.answer(
            volunteer=reading.volunteer,
            shift=card.public_id,
            scanned_at=reading.happened_at,
            method=reading.method,
            account_id=station.opened_by,
            is_own=False,
        )
    except Refusal:
        return False
    return True


def _is_event(record: StationRecord) -> bool:
    return record.outcome is Outcome.RECORDED and not record.rule


def _keep_refusal(station: Station, card: ShiftCard, one: _Examined, refusal: DomainError) -> None:
    keep_refusal(
        refusal,
        shift=card.public_id,
        volunteer=one.volunteer or None,
        account_id=station.opened_by,
        direction=one.sent.direction,
        method=Method.ORGANIZER_SCAN if one.sent.kind is Kind.CODE else Method.BY_HAND,
        asked_at=one.happened_at,
        request_key=event_key(station, one.sent.key),
    )


def _answer(sent: Sent, record: StationRecord, names: Mapping[int, tuple[str, str]]) -> Answer:
    """Return what is told of a record; another body under a known key tells nothing of the first."""
    if record.body_digest != rules.body_digest(sent):
        rule, words = rules.OTHER_BODY.rule, rules.OTHER_BODY.reason
        return Answer(sent.key, Outcome.REFUSED, rule, sent.kind, None, "", "", record.happened_at, words)
    volunteer, name = names.get(record.volunteer_id or 0, ("", ""))
    return Answer(
        key=sent.key,
        outcome=record.outcome,
        rule=record.rule,
        kind=record.kind,
        volunteer_id=record.volunteer_id,
        volunteer=volunteer,
        name=name,
        happened_at=record.happened_at,
        words=words_about(record, name),
    )


_SAID = {Direction.IN: N_("%(name)s %(time)s 签到成功"), Direction.OUT: N_("%(name)s %(time)s 签退成功")}


def words_about(record: StationRecord, name: str) -> Words:
    """Return what is said of a record, at first as later: that somebody of that name is recorded, or why not."""
    if record.outcome is not Outcome.RECORDED:
        return rules.words_of(record.told)
    if record.rule == rules.SPOT_CHECK:
        return Words(N_("%(name)s在现场，抽查看到了"), {"name": name})
    return Words(_SAID[record.direction], {"name": name, "time": say_time(record.happened_at, record.received_at)})
