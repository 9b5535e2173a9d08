"""Minutes that a person proposes: told ends, typed times, taking back; nothing counts before another says yes."""

from datetime import datetime

from models.activities import Shift
from models.base import db
from models.hours import Entry, Proposal
from volunteer.activities.queries import plan_of
from volunteer.hours import limits, rules
from volunteer.hours.awaiting import Forgotten
from volunteer.hours.doubts import reason_at
from volunteer.hours.ledger import same_as, take_seat, take_volunteer
from volunteer.hours.minutes import Source
from volunteer.hours.notifying import tell_proposed
from volunteer.hours.papers import keep_photo
from volunteer.hours.photos import draw_anew
from volunteer.hours.proposal_seals import new_proposal
from volunteer.hours.proposals import (
    add_proposal,
    forgotten_event,
    is_told,
    require_known_person,
    require_recordable,
    require_room,
    require_still_open,
    require_untouched,
    require_within_volunteer_limit,
    take_typed,
    trail,
    volunteer_numbered,
)
from volunteer.hours.rules import Cause, EntryKind
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.organizations.rules import may_operate


def propose_end(forgotten: Forgotten, *, ended_at: datetime, reason: str, account_id: int) -> list[Proposal]:
    """Say when a volunteer left who forgot to check out; a second person confirms it. Return a proposal a day.

    What a room above finds odd about the presence is kept beside the reason, for who confirms. At a suspended
    organization only the volunteer's own account tells it (our decision); who is there may always leave.
    Raises Invalid on ended_at or reason, Conflict when somebody has told already.
    """
    shift, volunteer = forgotten.shift, forgotten.volunteer
    if account_id != volunteer.account_id:
        may_operate(shift.activity.organization.status).require()
    rules.check_reason(Cause.FORGOTTEN_CHECK_OUT, reason, "")
    credit = rules.check_proposed_end(forgotten.interval, ended_at, plan_of(shift), clock.now())
    seat = take_seat(volunteer.id, shift.id, forgotten.event_id)
    if is_told(forgotten.event_id):
        raise Conflict(N_("这次几点离开已经有人说过了，在等确认"))
    require_room(seat, credit.days, field="ended_at")
    cause = rules.cause_of_ends(forgotten.interval, is_cancelled=seat.is_cancelled) or Cause.FORGOTTEN_CHECK_OUT
    written = {"made_by": account_id, "reason": reason_at(seat, reason.strip())}
    made = [add_proposal(seat, day, cause, forgotten.interval.source, **written) for day in credit.days]
    trail("hours.propose_end", made[0], account_id, minutes=credit.minutes)
    tell_proposed(made)
    return made


def propose_typed(
    shift: Shift,
    *,
    volunteer_number: str,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    evidence: str,
    photo: bytes,
    account_id: int,
) -> list[Proposal]:
    """Type in minutes that no scan proves (补录); a second person confirms, then the public may look for 7 days.

    The photo shows the evidence and is drawn anew. After the ten working days the second person is of the office.
    Returns a proposal a day. Raises Invalid on shift, volunteer_number, started_at, ended_at, reason, evidence or
    photo, and for the whole form above the limits of who types and where.
    """
    require_recordable(shift)
    require_still_open(shift, clock.today())
    volunteer = volunteer_numbered(volunteer_number)
    require_known_person(account_id)
    rules.check_reason(Cause.MANUAL, reason, evidence)
    credit = rules.check_typed_span(started_at, ended_at, plan_of(shift), clock.now())
    drawn = draw_anew(photo)
    organization = shift.activity.organization
    limits.check_typed(take_typed(organization, account_id), credit.minutes, organization.name)
    take_volunteer(volunteer.id)
    seat = take_seat(volunteer.id, shift.id, forgotten_event(volunteer.id, shift.id))
    require_room(seat, credit.days, field="started_at")
    require_within_volunteer_limit(volunteer.id, credit.minutes, field="volunteer_number")
    sheet = keep_photo(shift, drawn, account_id)
    written = {"made_by": account_id, "reason": reason_at(seat, reason.strip()), "evidence": evidence.strip()}
    made = [add_proposal(seat, day, Cause.MANUAL, Source.MANUAL, sheet_id=sheet.id, **written) for day in credit.days]
    facts = {"volunteer": volunteer.number, "sheet": sheet.public_id, "digest": sheet.picture_digest}
    trail("hours.propose_typed", made[0], account_id, minutes=credit.minutes, **facts)
    tell_proposed(made)
    return made


def propose_reversal(entry: Entry, *, reason: str, account_id: int) -> Proposal:
    """Propose to take an entry back (冲销); a second person confirms it.

    Raises Invalid on reason, Conflict when the entry is or is about to be taken back.
    """
    if not reason.strip():
        raise Invalid(N_("请写明为什么要冲销"), field="reason")
    require_known_person(account_id)
    take_volunteer(entry.volunteer_id)
    require_untouched(entry)
    proposal = new_proposal(
        kind=EntryKind.REVERSAL,
        reverses_id=entry.id,
        cause=Cause.CORRECTION,
        reason=reason.strip(),
        made_by=account_id,
        made_at=clock.now(),
        **same_as(entry),
    )
    db.session.add(proposal)
    db.session.flush()
    trail("hours.propose_reversal", proposal, account_id, entry=entry.public_id, minutes=entry.minutes)
    return proposal
