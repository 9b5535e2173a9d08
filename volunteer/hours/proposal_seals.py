"""Seals of proposals: minutes take effect only if the program itself wrote all that led there.

An entry's seal says that the program wrote the entry; whoever can write to the database could let it do so with a
proposal of their own making. So a proposal has a seal too, renewed with each change, over its columns and over what is
held against it: an objection cannot be deleted without a trace.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import select, update

from models.base import db
from models.hours import Objection, Proposal
from volunteer.hours.rules import EntryKind, ProposalState
from volunteer.kernel.ids import new_public_id
from volunteer.ledger import keys, seals
from volunteer.ledger.rules import PROPOSAL

ROWS_AT_ONCE = 1_000
SEALED = (
    *("public_id", "kind", "reverses_id", "replaces_id", "presence_event_id", "volunteer_id", "shift_id"),
    *("organization_id", "served_on", "started_at", "ended_at", "minutes", "source", "state", "rules_version"),
    *("derivation", "cause", "reason", "evidence", "sheet_id", "made_by", "made_at", "checked_by", "checked_at"),
    *("answer", "notice_until_on", "entry_id"),
)


class Sealed(Protocol):
    """A proposal, or a row with the columns of one."""

    @property
    def id(self) -> Any:
        """Its key."""

    @property
    def seal(self) -> Any:
        """The seal that it has."""


def new_proposal(**values: Any) -> Proposal:
    """Return a proposal with its seal, for the session; what is left out is as the table has it."""
    defaults = {"kind": EntryKind.CREDIT, "state": ProposalState.AWAITING, "reason": "", "evidence": "", "answer": ""}
    proposal = Proposal(**{"public_id": new_public_id(), **defaults, **values})
    proposal.seal = _seal(proposal, ())
    return proposal


def seal_proposal(proposal: Proposal) -> None:
    """Renew the seal after a change that the program made, to the proposal or to what is held against it."""
    db.session.flush()
    proposal.seal = _seal(proposal, _objections([proposal.id])[proposal.id])
    db.session.flush()


def unsealed(proposals: Collection[Sealed]) -> set[int]:
    """Return the ids of those whose seal does not hold: somebody wrote to them past the program."""
    ring, held = keys.ring(), _objections(one.id for one in proposals)
    return {one.id for one in proposals if not seals.holds(ring, PROPOSAL, _values(one, held[one.id]), one.seal)}


def seal_older() -> None:
    """Seal what has no seal yet, in the moment in which the tree is opened; never after it."""
    last = 0
    query = select(Proposal.id, Proposal.seal, *(getattr(Proposal, name) for name in SEALED)).order_by(Proposal.id)
    while rows := db.session.execute(query.where(Proposal.id > last, Proposal.seal == "").limit(ROWS_AT_ONCE)).all():
        held = _objections(row.id for row in rows)
        db.session.execute(update(Proposal), [{"id": row.id, "seal": _seal(row, held[row.id])} for row in rows])
        last = rows[-1].id


_Held = tuple[str, str | None]


def _objections(proposal_ids: Iterable[int]) -> Mapping[int, Collection[_Held]]:
    query = select(Objection.proposal_id, Objection.public_id, Objection.outcome)
    found: defaultdict[int, list[_Held]] = defaultdict(list)
    for row in db.session.execute(query.where(Objection.proposal_id.in_(list(proposal_ids)))):
        found[row.proposal_id].append((row.public_id, row.outcome.value if row.outcome is not None else None))
    return found


def _seal(row: Any, held: Collection[_Held]) -> str:
    return seals.seal(keys.ring(), PROPOSAL, _values(row, held))


def _values(row: Any, held: Collection[_Held]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SEALED} | {"objections": sorted(held)}
