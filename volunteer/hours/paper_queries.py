"""Paper sheets, and whom one expects to find on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload

from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, PaperSheet, Proposal
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.checkin.facts import stands
from volunteer.hours.queries import LOOK_BACK, STANDING, is_effective
from volunteer.hours.rules import Cause, EntryKind
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_
from volunteer.signups.rules import SignupStatus

_WITH_SHEET = joinedload(PaperSheet.shift).joinedload(Shift.activity).joinedload(Activity.organization)


def sheet_by_public_id(public_id: str) -> PaperSheet:
    """Return the sheet with its shift, without its picture; raise `NotFound` when there is none."""
    query = select(PaperSheet).options(_WITH_SHEET.joinedload(Organization.area))
    sheet = db.session.scalar(query.where(PaperSheet.public_id == public_id))
    if sheet is None:
        raise NotFound(N_("没有找到这张签到表"))
    return sheet


def sheets_at(shift_id: int) -> Sequence[PaperSheet]:
    """Return the sheets of a shift, the oldest first; no photo that shows other evidence."""
    used = select(Proposal.id).where(Proposal.shift_id == PaperSheet.shift_id, Proposal.sheet_id == PaperSheet.id)
    is_sheet = or_(~exists(used), exists(used.where(Proposal.cause == Cause.PAPER)))
    query = select(PaperSheet).where(PaperSheet.shift_id == shift_id, is_sheet)
    return db.session.scalars(query.order_by(PaperSheet.id)).all()


def sheets_unread(organization_ids: Iterable[int], now: datetime) -> Sequence[PaperSheet]:
    """Return the sheets of the last 90 days from which nobody has typed anything in, the oldest first."""
    query = (
        select(PaperSheet)
        .join(PaperSheet.shift)
        .join(Shift.activity)
        .options(_WITH_SHEET)
        .where(
            Activity.organization_id.in_(list(organization_ids)),
            PaperSheet.uploaded_at >= now - LOOK_BACK,
            ~exists(select(Proposal.id).where(Proposal.sheet_id == PaperSheet.id)),
        )
    )
    return db.session.scalars(query.order_by(PaperSheet.id)).all()


@dataclass(frozen=True, slots=True)
class Expected:
    """A volunteer who had a place at a shift or was seen there; `is_recorded`: minutes stand or wait already."""

    number: str
    name: str
    is_recorded: bool


def people_expected(shift_id: int) -> list[Expected]:
    """Return the people of a shift by name: those with a place, and those seen there whose coming was not put right."""
    entry = exists(
        select(Entry.id).where(Entry.volunteer_id == Volunteer.id, Entry.shift_id == shift_id, is_effective())
    )
    standing = exists(
        select(Proposal.id).where(
            Proposal.volunteer_id == Volunteer.id,
            Proposal.shift_id == shift_id,
            Proposal.kind == EntryKind.CREDIT,
            Proposal.state.in_(STANDING),
        )
    )
    placed = select(Signup.volunteer_id).where(Signup.shift_id == shift_id, Signup.status == SignupStatus.PLACED)
    seen = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id == shift_id, stands())
    query = (
        select(Volunteer.number, Volunteer.name, (entry | standing).label("is_recorded"))
        .where(Volunteer.id.in_(placed.union(seen)))
        .order_by(Volunteer.name, Volunteer.id)
    )
    return [Expected(number, name, bool(done)) for number, name, done in db.session.execute(query)]
