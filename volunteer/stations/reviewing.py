"""What a person does about a record that no rule could take, and what is tried again without anybody."""

from collections.abc import Iterable

from models.base import db
from models.stations import StationRecord
from volunteer.audit.operations import record as audit
from volunteer.checkin.queries import belongs_to
from volunteer.checkin.refusals import rule_of
from volunteer.checkin.rules import Method
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError
from volunteer.kernel.text import N_
from volunteer.stations import queries, recording, rules
from volunteer.stations.rules import Kind, Outcome, Reading, Resolution


def try_again_what_waited(taken: Iterable[StationRecord]) -> None:
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
        recording.record_reading(station, station.shift.public_id, record.record_key, record.direction, reading, who)
    except DomainError as refusal:
        record.rule, record.told = rule_of(refusal), rules.kept_words(refusal.words)
        db.session.flush()
        return False
    record.outcome, record.rule, record.told = Outcome.RECORDED, "", {}
    record.presence_event_id = recording.event_made(record)
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
