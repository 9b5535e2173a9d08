"""What led to minutes: written by the program alone, shown long enough, by two persons, and told in the trail.

Proposals that are older than the tree stand as they are, as entries do: their seal was made when it was opened.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, and_, exists, select
from sqlalchemy.orm import aliased

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry, Proposal
from models.ledger import LedgerLeaf
from models.volunteers import Volunteer
from volunteer.hours.proposal_seals import SEALED, unsealed
from volunteer.hours.rules import (
    Cause,
    EntryKind,
    ProposalAct,
    ProposalState,
    confirming_act,
    needs_evidence,
    notice_until,
)
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.integrity.rows import ROWS_AT_ONCE, Progress
from volunteer.kernel.clock import local_day
from volunteer.volunteers.rules import Relation

_PROPOSING = tuple(
    f"hours.{act}" for act in ("propose_end", "propose_typed", "propose_paper", "propose_reversal", "correct")
)
_Maker, _Checker = aliased(Volunteer), aliased(Volunteer)
_Beside = aliased(Proposal)
_PROPOSALS = (
    select(
        Proposal.id,
        Proposal.seal,
        *(getattr(Proposal, name) for name in SEALED),
        Entry.public_id.label("entry"),
        Entry.made_at.label("entered_at"),
        _Maker.document_digest.label("maker"),
        _Checker.document_digest.label("checker"),
        Volunteer.number,
    )
    .join(Volunteer, Volunteer.id == Proposal.volunteer_id)
    .outerjoin(Entry, Entry.id == Proposal.entry_id)
    .outerjoin(_Maker, and_(_Maker.account_id == Proposal.made_by, _Maker.relation == Relation.SELF))
    .outerjoin(_Checker, and_(_Checker.account_id == Proposal.checked_by, _Checker.relation == Relation.SELF))
    .order_by(Proposal.id)
    .limit(ROWS_AT_ONCE)
)
_Row = Row[*tuple[Any, ...]]
_Faults = Iterator[tuple[Fault, str]]


def check_proposals(findings: Findings, progress: Progress) -> None:
    """Find proposals that the program did not write so, and minutes that came about otherwise than they must."""
    opened_at = _opened_at()
    last = 0
    while rows := db.session.execute(_PROPOSALS.where(Proposal.id > last)).all():
        broken = unsealed(rows)
        young = [row for row in rows if row.state is ProposalState.EFFECTIVE and _is_younger(row, opened_at)]
        proposed, confirmed = _proposed(young), _confirmed(young)
        for row in rows:
            _add(findings, row, _of_seal(row, is_open=opened_at is not None) if row.id in broken else iter(()))
        for row in young:
            _add(findings, row, _of_notice(row))
            _add(findings, row, _of_people(row))
            _add(findings, row, _of_trail(row, is_proposed=row.id in proposed, confirmed_by=confirmed))
        last = rows[-1].id
        findings.count("proposals", len(rows))
        progress(len(rows))


def _add(findings: Findings, row: _Row, faults: _Faults) -> None:
    where = f"proposal {row.public_id}" + (f" of entry {row.entry}" if row.entry else "")
    findings.extend(Found(fault, where, detail=detail, volunteer=row.number) for fault, detail in faults)


def _opened_at() -> datetime | None:
    """Return when the tree was opened, None before; long ago where leaf 0 says nothing that can be read."""
    content = db.session.scalar(select(LedgerLeaf.content).where(LedgerLeaf.position == 0))
    if content is None:
        return None
    try:
        return datetime.fromisoformat(str(json.loads(content)["at"]))
    except (KeyError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _is_younger(row: _Row, opened_at: datetime | None) -> bool:
    """Whether a proposal was confirmed since the tree is open, or by this version before it was."""
    if opened_at is None:
        return bool(row.seal)
    return row.checked_at is None or row.checked_at >= opened_at


def _of_seal(row: _Row, *, is_open: bool) -> _Faults:
    if row.seal != "":
        yield Fault.SEAL_BROKEN, "changed past the program, or an objection to it is gone"
    elif is_open:
        yield Fault.SEAL_MISSING, "the program did not write it"


def _of_notice(row: _Row) -> _Faults:
    if confirming_act(row.cause, row.kind) is not ProposalAct.PUT_ON_NOTICE:
        return
    if row.checked_at is None or row.notice_until_on is None:
        yield Fault.NOTICE_SHORT, "it never was"
        return
    if row.notice_until_on < notice_until(local_day(row.checked_at)):
        yield Fault.NOTICE_SHORT, f"confirmed on {local_day(row.checked_at)}, shown until {row.notice_until_on}"
    if row.entered_at is not None and local_day(row.entered_at) <= row.notice_until_on:
        yield Fault.NOTICE_SHORT, f"shown until {row.notice_until_on}, entered on {local_day(row.entered_at)}"


def _of_people(row: _Row) -> _Faults:
    is_one_document = row.checker is not None and row.checker == row.maker
    if row.checked_by is not None and (row.checked_by == row.made_by or is_one_document):
        yield Fault.ONE_PERSON, ""


def _of_trail(row: _Row, *, is_proposed: bool, confirmed_by: set[tuple[str, int | None]]) -> _Faults:
    if _is_told(row) and not is_proposed:
        yield Fault.TRAIL_MISSING, "nobody proposed it"
    if (row.public_id, row.checked_by) not in confirmed_by:
        yield Fault.TRAIL_MISSING, "nobody confirmed it"


def _is_told(row: _Row) -> bool:
    """Whether a person proposed it, and no check-out did."""
    is_end = row.cause in (Cause.FORGOTTEN_CHECK_OUT, Cause.FORGOTTEN_BY_HAND)
    return row.kind is EntryKind.REVERSAL or is_end or needs_evidence(row.cause)


def _proposed(rows: Sequence[_Row]) -> set[int]:
    """Return the ids of those that the trail tells of; of a sheet, or of several days, it names one for all."""
    told = (
        select(AuditEvent.id)
        .join(_Beside, and_(AuditEvent.subject_kind == "proposal", AuditEvent.subject_id == _Beside.public_id))
        .where(
            _Beside.shift_id == Proposal.shift_id,
            _Beside.made_by == Proposal.made_by,
            _Beside.cause == Proposal.cause,
            _Beside.kind == Proposal.kind,
            AuditEvent.account_id == Proposal.made_by,
            AuditEvent.action.in_(_PROPOSING),
        )
    )
    query = select(Proposal.id).where(Proposal.id.in_([row.id for row in rows]), exists(told))
    return set(db.session.scalars(query))


def _confirmed(rows: Sequence[_Row]) -> set[tuple[str, int | None]]:
    query = select(AuditEvent.subject_id, AuditEvent.account_id).where(
        AuditEvent.subject_kind == "proposal",
        AuditEvent.subject_id.in_([row.public_id for row in rows]),
        AuditEvent.action == "hours.confirm",
    )
    return {(subject, account_id) for subject, account_id in db.session.execute(query)}
