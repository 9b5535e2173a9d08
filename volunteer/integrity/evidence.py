"""No minutes without evidence: what each credit and each certificate rests on, looked at once more."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import aliased

from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.checkin import PresenceEvent
from models.hours import Entry, Proposal
from models.volunteers import Volunteer
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import Derivation, Interval, Moment, is_strict
from volunteer.hours.rules import Cause, EntryKind, ProposalState, needs_evidence
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.integrity.rows import ROWS_AT_ONCE, Progress
from volunteer.kernel.clock import midnight
from volunteer.ledger.rules import LeafKind
from volunteer.volunteers.rules import Relation

FILES_AT_ONCE = 20
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
# Where a person told the time, presence alone does not give the minutes.
_TOLD = frozenset({Cause.FORGOTTEN_CHECK_OUT, Cause.FORGOTTEN_BY_HAND}) | {one for one in Cause if needs_evidence(one)}

_Left, _Arrived = aliased(PresenceEvent), aliased(PresenceEvent)
_Maker, _Checker, _Whose = aliased(Volunteer), aliased(Volunteer), aliased(Volunteer)
_CREDITS = (
    select(
        Entry.id,
        Entry.public_id,
        Entry.volunteer_id,
        Entry.shift_id,
        Entry.served_on,
        Entry.started_at,
        Entry.ended_at,
        Entry.minutes,
        Entry.source,
        Entry.derivation,
        Entry.presence_event_id,
        Entry.made_by,
        Entry.checked_by,
        _Left.direction.label("left_direction"),
        _Left.volunteer_id.label("left_volunteer_id"),
        _Left.shift_id.label("left_shift_id"),
        _Left.method.label("left_by"),
        _Left.happened_at.label("left_at"),
        _Left.ordinal.label("left_ordinal"),
        _Arrived.shift_id.label("arrived_shift_id"),
        _Arrived.method.label("arrived_by"),
        _Arrived.happened_at.label("arrived_at"),
        Proposal.id.label("proposal_id"),
        Proposal.state,
        Proposal.cause,
        Proposal.reason,
        Proposal.evidence,
        Proposal.sheet_id,
        _Maker.document_digest.label("maker"),
        _Checker.document_digest.label("checker"),
        _Whose.document_digest.label("whose"),
        _Whose.number,
    )
    .join(_Whose, _Whose.id == Entry.volunteer_id)
    .outerjoin(_Left, _Left.id == Entry.presence_event_id)
    .outerjoin(_Arrived, and_(_Arrived.volunteer_id == _Left.volunteer_id, _Arrived.ordinal == _Left.ordinal - 1))
    .outerjoin(Proposal, Proposal.entry_id == Entry.id)
    .outerjoin(_Maker, and_(_Maker.account_id == Entry.made_by, _Maker.relation == Relation.SELF))
    .outerjoin(_Checker, and_(_Checker.account_id == Entry.checked_by, _Checker.relation == Relation.SELF))
    .where(Entry.kind == EntryKind.CREDIT)
    .order_by(Entry.id)
    .limit(ROWS_AT_ONCE)
)
_Credit = Row[*tuple[Any, ...]]


def check_evidence(findings: Findings, progress: Progress) -> None:
    """Find credits that no presence and no second person stands behind, or whose minutes are others than theirs."""
    last = 0
    while rows := db.session.execute(_CREDITS.where(Entry.id > last)).all():
        for row in rows:
            findings.extend(
                Found(fault, row.public_id, LeafKind.ENTRY, detail=detail, volunteer=row.number)
                for fault, detail in _faults(row)
            )
        last = rows[-1].id
        findings.count("credits", len(rows))
        progress(len(rows))


_Faults = Iterator[tuple[Fault, str]]


def _faults(row: _Credit) -> _Faults:
    derivation = _derivation(row)
    if derivation is None:
        yield Fault.EVIDENCE_DIFFERS, "how the minutes came about cannot be read"
        return
    yield from _of_derivation(row, derivation)
    if row.presence_event_id is not None:
        yield from _of_presence(row, derivation)
    if row.proposal_id is not None or not is_strict(row.source):
        yield from _of_people(row)
    elif row.presence_event_id is None:
        yield Fault.EVIDENCE_MISSING, f"{row.source} without a presence"


def _derivation(row: _Credit) -> Derivation | None:
    try:
        return Derivation.from_json(row.derivation)
    except (KeyError, TypeError, ValueError):
        return None


def _of_derivation(row: _Credit, told: Derivation) -> _Faults:
    """Count again: the presence inside the plan and the day, the rest off, floored."""
    begins = midnight(row.served_on)
    part_from = max(told.present_from, told.planned_from, begins)
    part_to = min(told.present_to, told.extended_to or told.planned_to, begins + _DAY)
    minutes = (part_to - part_from - timedelta(seconds=told.break_seconds)) // _MINUTE
    if (row.started_at, row.ended_at) != (part_from, part_to) or told.break_seconds < 0:
        yield Fault.EVIDENCE_DIFFERS, "the time is not the presence inside the plan and the day"
    elif row.minutes != minutes or row.minutes != told.minutes:
        yield Fault.EVIDENCE_DIFFERS, f"{row.minutes} minutes, recounted {minutes}"


def _of_presence(row: _Credit, told: Derivation) -> _Faults:
    if row.left_direction is not Direction.OUT or row.arrived_at is None:
        yield Fault.EVIDENCE_MISSING, "there is no coming and going behind it"
        return
    if row.left_volunteer_id != row.volunteer_id:
        yield Fault.EVIDENCE_DIFFERS, "the presence is somebody else's"
    if not row.left_shift_id == row.arrived_shift_id == row.shift_id:
        yield Fault.EVIDENCE_DIFFERS, "the presence is at another shift"
    if row.cause in _TOLD:
        return
    if (told.present_from, told.present_to) != (row.arrived_at, row.left_at) or row.left_by is Method.AUTO_CLOSE:
        yield Fault.EVIDENCE_DIFFERS, "the times are not those of the presence"
    weakest = Interval(
        Moment(1, Direction.IN, row.arrived_by, row.arrived_at, row.shift_id),
        Moment(2, Direction.OUT, row.left_by, row.left_at, row.shift_id),
    ).source
    if row.source is not weakest:
        yield Fault.EVIDENCE_DIFFERS, f"said to be {row.source}, the presence was {weakest}"


def _of_people(row: _Credit) -> _Faults:
    """What needs a second person has a proposal that one made and another confirmed, neither for themselves."""
    if row.proposal_id is None or row.state is not ProposalState.EFFECTIVE:
        yield Fault.EVIDENCE_MISSING, f"{row.source} without a proposal that took effect"
        return
    if row.checked_by is None:
        yield Fault.EVIDENCE_MISSING, "nobody confirmed it"
    elif row.checked_by == row.made_by or (row.checker is not None and row.checker in (row.maker, row.whose)):
        yield Fault.ONE_PERSON, "the second person is the first, or the volunteer"
    if row.presence_event_id is None and needs_evidence(row.cause):
        if row.made_by is None:
            yield Fault.EVIDENCE_MISSING, "nobody made it"
        if not row.reason.strip():
            yield Fault.EVIDENCE_MISSING, "no reason was given"
        if not row.evidence.strip() and row.sheet_id is None:
            yield Fault.EVIDENCE_MISSING, "neither a picture nor words stand behind it"


# Certificates


def check_certificates(findings: Findings) -> None:
    """Find certificates whose file is another one, or whose minutes are not those of the entries behind them."""
    _check_certificate_sums(findings)
    last = 0
    while rows := _files(last):
        for row in rows:
            if row.pdf is None and row.erased_at is not None:
                continue
            if row.pdf is None or hashlib.sha256(row.pdf).hexdigest() != row.pdf_digest:
                detail = "it is gone" if row.pdf is None else ""
                findings.add(Found(Fault.CERTIFICATE_FILE, row.public_id, LeafKind.CERTIFICATE, detail=detail))
        last = rows[-1].id
        findings.count("certificates", len(rows))


def _files(last: int) -> Sequence[Any]:
    query = (
        select(Certificate.id, Certificate.public_id, Certificate.pdf_digest, CertificateFile.pdf, Volunteer.erased_at)
        .join(Volunteer, Volunteer.id == Certificate.volunteer_id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(Certificate.id > last)
        .order_by(Certificate.id)
        .limit(FILES_AT_ONCE)
    )
    return db.session.execute(query).all()


def _check_certificate_sums(findings: Findings) -> None:
    ours = and_(
        Entry.id == CertificateEntry.entry_id,
        Entry.kind == EntryKind.CREDIT,
        Entry.volunteer_id == Certificate.volunteer_id,
        Entry.organization_id == Certificate.organization_id,
    )
    total = func.coalesce(func.sum(Entry.minutes), 0)
    query = (
        select(Certificate.public_id, Certificate.minutes, total)
        .outerjoin(CertificateEntry, CertificateEntry.certificate_id == Certificate.id)
        .outerjoin(Entry, ours)
        .group_by(Certificate.id, Certificate.public_id, Certificate.minutes)
        .having(total != Certificate.minutes)
        .order_by(Certificate.id)
    )
    for public_id, minutes, found in db.session.execute(query).all():
        detail = f"{minutes} minutes, its entries {found}"
        findings.add(Found(Fault.CERTIFICATE_SUM, public_id, LeafKind.CERTIFICATE, detail=detail))
