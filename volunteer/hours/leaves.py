"""The leaves of entries: what of a row stands in the tree, what only as a commitment, and what the seal covers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from models.accounts import Account
from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, PaperSheet, Proposal
from models.ledger import LedgerLeaf
from models.organizations import Organization
from volunteer.checkin.rules import Method
from volunteer.ledger import keys, seals
from volunteer.ledger.leaves import VERSION, Made, Opening, canonical, commitments, digest_of, moment, openings
from volunteer.ledger.queries import tree_size
from volunteer.ledger.rules import LeafKind
from volunteer.volunteers.persons import Person, persons_of

KIND = LeafKind.ENTRY.value
SEALED = (
    "public_id",
    "kind",
    "reverses_id",
    "volunteer_id",
    "shift_id",
    "organization_id",
    "served_on",
    "started_at",
    "ended_at",
    "minutes",
    "source",
    "rules_version",
    "derivation",
    "reason",
    "presence_event_id",
    "made_by",
    "checked_by",
    "made_at",
)


_Arrived, _Left, _Reversed = aliased(PresenceEvent), aliased(PresenceEvent), aliased(Entry)
_Maker, _Checker = aliased(Account), aliased(Account)
# Columns and no objects: a million rows become leaves one after the other.
_ENTRIES = (
    select(
        Entry.id,
        Entry.seal,
        *(getattr(Entry, name) for name in SEALED),
        Shift.public_id.label("shift"),
        Organization.public_id.label("organization"),
        _Reversed.public_id.label("reversed"),
        _Arrived.happened_at.label("arrived_at"),
        _Arrived.method.label("arrived_by"),
        _Arrived.received_at.label("arrival_received_at"),
        _Left.happened_at.label("left_at"),
        _Left.method.label("left_by"),
        _Left.received_at.label("leaving_received_at"),
        Proposal.public_id.label("proposal"),
        Proposal.evidence,
        PaperSheet.picture_digest.label("sheet"),
        _Maker.public_id.label("maker"),
        _Checker.public_id.label("checker"),
    )
    .join(Shift, Shift.id == Entry.shift_id)
    .join(Organization, Organization.id == Entry.organization_id)
    .outerjoin(_Reversed, _Reversed.id == Entry.reverses_id)
    .outerjoin(_Left, _Left.id == Entry.presence_event_id)
    .outerjoin(_Arrived, (_Arrived.volunteer_id == _Left.volunteer_id) & (_Arrived.ordinal == _Left.ordinal - 1))
    .outerjoin(Proposal, Proposal.entry_id == Entry.id)
    .outerjoin(PaperSheet, PaperSheet.id == Proposal.sheet_id)
    .outerjoin(_Maker, _Maker.id == Entry.made_by)
    .outerjoin(_Checker, _Checker.id == Entry.checked_by)
    .order_by(Entry.id)
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """An entry with what stands beside it, and the person it is about."""

    row: Row[Any]
    person: Person

    @property
    def hidden(self) -> dict[str, Any]:
        """Return what the leaf only commits to."""
        return {"person": self.person.value, "evidence": _evidence(self.row)}


def seal_entry(row: Mapping[str, Any]) -> str:
    """Return the seal of an entry that is about to be written; a column that is left out is None."""
    return seals.seal(keys.ring(), KIND, {name: row.get(name) for name in SEALED})


def entry_leaves(row_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Made]:
    """Return the leaves of these entries by id; a `Source` of the tree."""
    ring = keys.ring()
    return {
        asked.row.id: Made(
            subject=asked.row.public_id,
            content=_content(asked),
            seal_holds=seals.holds(ring, KIND, {name: getattr(asked.row, name) for name in SEALED}, asked.row.seal),
            seal=asked.row.seal,
        )
        for asked in _asked(row_ids, makes_secrets=makes_secrets)
    }


def entries_in_doubt(row_ids: Sequence[int]) -> list[int]:
    """Return which of these entries the tree does not stand behind: altered since their leaf, or never sealed by us.

    A leaf of the database alone proves nothing, it may have been altered along: a row that has a seal is held by it as
    well, and by it alone while it waits for its leaf. Before the tree is opened there is nothing to compare with.
    """
    if tree_size() == 0:
        return []
    query = select(LedgerLeaf.row_id, LedgerLeaf.content).where(
        LedgerLeaf.kind == LeafKind.ENTRY, LedgerLeaf.row_id.in_(row_ids)
    )
    kept = {row.row_id: row.content for row in db.session.execute(query)}
    made = entry_leaves(row_ids)
    return [one for one in row_ids if not _stands(made[one], kept.get(one))]


def _stands(made: Made, leaf: str | None) -> bool:
    if leaf is None:
        return made.seal_holds
    return leaf == canonical(made.content).decode() and (made.seal_holds or made.seal == "")


def entry_openings(row_ids: Sequence[int]) -> dict[int, dict[str, Opening]]:
    """Return by entry what opens the commitments of its leaf; entries of persons who were erased are left out."""
    return {
        asked.row.id: openings(asked.person.secret, KIND, asked.row.public_id, asked.hidden)
        for asked in _asked(row_ids)
        if asked.person.secret is not None
    }


def _asked(row_ids: Sequence[int], *, makes_secrets: bool = False) -> Iterator[_Asked]:
    rows = db.session.execute(_ENTRIES.where(Entry.id.in_(row_ids))).all()
    persons = persons_of([row.volunteer_id for row in rows], makes_secrets=makes_secrets)
    return (_Asked(row, persons[row.volunteer_id]) for row in rows)


def _content(asked: _Asked) -> dict[str, Any]:
    row = asked.row
    return {
        "v": VERSION,
        "kind": KIND,
        "id": row.public_id,
        "act": row.kind.value,
        "reverses": row.reversed,
        "organization": row.organization,
        "shift": row.shift,
        "served_on": row.served_on.isoformat(),
        "started_at": moment(row.started_at),
        "ended_at": moment(row.ended_at),
        "minutes": row.minutes,
        "source": row.source.value,
        "rules": row.rules_version,
        "derivation": digest_of(row.derivation),
        "made_at": moment(row.made_at),
        **commitments(asked.person.secret, KIND, row.public_id, asked.hidden),
    }


def _evidence(row: Row[Any]) -> dict[str, Any]:
    return {
        "arrived": _event(row.arrived_at, row.arrived_by, row.arrival_received_at),
        "left": _event(row.left_at, row.left_by, row.leaving_received_at),
        "proposal": row.proposal,
        "reason": row.reason,
        "evidence": row.evidence or "",
        "sheet": row.sheet,
        "maker": row.maker,
        "checker": row.checker,
    }


def _event(at: datetime | None, method: Method | None, received_at: datetime | None) -> dict[str, str] | None:
    if at is None or method is None or received_at is None:
        return None
    return {"at": moment(at), "method": method.value, "received_at": moment(received_at)}
