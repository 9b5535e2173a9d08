"""The few statements that all work on proposals shares."""

from typing import Any

from models.base import db
from models.hours import Entry, Proposal
from volunteer.audit.operations import record
from volunteer.hours import queries, rules
from volunteer.hours.ledger import Day, Seat, entry_values
from volunteer.hours.minutes import DayCredit, Source
from volunteer.hours.rules import Cause, DayVerdict, EntryKind
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of


def add_proposal(seat: Seat, day: DayCredit, cause: Cause, source: Source, **more: Any) -> Proposal:
    """Add a day's minutes that need a person before they count."""
    values = entry_values(seat, day, source)
    proposal = Proposal(**values, cause=cause, made_at=clock.now(), **more)
    db.session.add(proposal)
    db.session.flush()
    return proposal


def require_day(so_far: Day, day: DayCredit, field: str | None = None) -> None:
    """Raise `Invalid` on `field` when the day would be too long."""
    judgement = rules.judge_day(so_far.minutes, day.minutes)
    if judgement.verdict is DayVerdict.REFUSED:
        raise Invalid(judgement.reason.msgid, field=field, **judgement.reason.params)


def require_not_reversed(entry: Entry) -> None:
    """Raise `Conflict` when an entry is a reversal or was reversed."""
    if entry.kind is EntryKind.REVERSAL:
        raise Conflict(N_("这条本身就是冲销，不能再冲销"))
    if queries.reversal_of(entry.id) is not None:
        raise Conflict(N_("这条记录已经冲销了"))


def trail(action: str, proposal: Proposal, account_id: int | None, **details: Any) -> None:
    """Write an act on a proposal into the trail of its organization."""
    organization = proposal.organization
    record(
        action, "proposal", proposal.public_id, account_id=account_id, lineage=scope_of(organization).lineage, **details
    )
