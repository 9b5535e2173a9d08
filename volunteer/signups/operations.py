"""Writing signups. Whoever writes locks the shift first and volunteers after it, so that no two wait for each other."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models.activities import Shift
from models.base import broken_constraint, db
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.text import N_
from volunteer.signups import queries
from volunteer.signups.rules import (
    Offer,
    SignupStatus,
    Waiting,
    eligibility,
    may_cancel,
    overlaps,
    person_eligibility,
    promote,
)


def sign_up(shift_id: int, volunteer_ids: Iterable[int], *, account_id: int) -> list[Signup]:
    """Give each volunteer of the account a place on the shift, or a place in the line when it is full.

    All or none: raises `Refusal` with the reason of the first who cannot, `NotFound` for a volunteer of somebody else.
    """
    wanted = list(dict.fromkeys(volunteer_ids))
    if not wanted:
        raise Invalid(N_("请选择谁来参加"), field="volunteers")
    shift = _locked_shift(shift_id)
    volunteers = _locked_volunteers(wanted)
    if any(volunteer.account_id != account_id for volunteer in volunteers) or len(volunteers) != len(wanted):
        raise NotFound(N_("没有找到这位志愿者"))
    now = clock.now()
    offer = queries.offer_of(shift)
    people = queries.people_of(volunteers)
    held = queries.held_by(wanted, now)
    for volunteer in volunteers:
        eligibility(people[volunteer.id], offer, held.get(volunteer.id, ()), now).require("volunteers")
    signups = [_add(shift, volunteer, account_id, now) for volunteer in volunteers]
    move_up(shift.id)
    return signups


def cancel(signup: Signup, *, account_id: int) -> Signup:
    """Give back the place or the wait, and let the line move up; raises `Refusal` once the shift has started."""
    shift = _locked_shift(signup.shift_id)
    db.session.refresh(signup)
    now = clock.now()
    may_cancel(signup.status, shift.starts_at, now).require()
    if signup.status is SignupStatus.PLACED:
        _free_place(shift.id)
    signup.status, signup.cancelled_at = SignupStatus.CANCELLED, now
    db.session.flush()
    _record("signups.cancel", signup, account_id)
    move_up(shift.id)
    return signup


def move_up(shift_id: int) -> list[Signup]:
    """Give free places of a shift to the earliest who wait and can come; return those who moved up."""
    shift = _locked_shift(shift_id)
    db.session.refresh(shift, ["taken", "capacity"])
    free = shift.capacity - shift.taken
    waiting = queries.waiting_on(shift_id) if free > 0 else []
    if not waiting:
        return []
    _locked_volunteers([signup.volunteer_id for signup in waiting])
    able = _able_to_come(waiting, queries.offer_of(shift))
    by_ordinal = {signup.id: signup for signup in waiting}
    chosen = promote([Waiting(signup.id, signup.id in able) for signup in waiting], free)
    return [_place(by_ordinal[one.ordinal]) for one in chosen]


def move_up_everywhere() -> int:
    """Let every line move that can, such as after a capacity was raised; return how many moved up."""
    return sum(len(move_up(shift_id)) for shift_id in queries.shifts_with_room_and_waiting(clock.now()))


def note_changes_seen(signup: Signup) -> Signup:
    """Remember that the person has read what changed until now."""
    signup.changes_seen_at = clock.now()
    db.session.flush()
    return signup


def _add(shift: Shift, volunteer: Volunteer, account_id: int, now: datetime) -> Signup:
    signup = Signup(
        shift_id=shift.id,
        volunteer_id=volunteer.id,
        account_id=account_id,
        status=SignupStatus.WAITING,
        created_at=now,
        changes_seen_at=now,
    )
    db.session.add(signup)
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) in ("signup.shift_id,signup.volunteer_id", "uq_signup_live"):
            raise Conflict(N_("已经报过这个班次了，在“我的报名”里能看到"), field="volunteers") from error
        raise
    _record("signups.sign_up", signup, account_id)
    return signup


def _place(signup: Signup) -> Signup:
    got_one = db.session.execute(
        update(Shift)
        .where(Shift.id == signup.shift_id, Shift.taken < Shift.capacity)
        .values(taken=Shift.taken + 1)
        .returning(Shift.id)
    ).first()
    if got_one:
        signup.status, signup.placed_at = SignupStatus.PLACED, clock.now()
        db.session.flush()
    return signup


def _free_place(shift_id: int) -> None:
    db.session.execute(update(Shift).where(Shift.id == shift_id, Shift.taken > 0).values(taken=Shift.taken - 1))


def _able_to_come(waiting: Iterable[Signup], offer: Offer) -> set[int]:
    """Return the ids of the waiting signups whose volunteers may still take part and have no place at that time."""
    waiting = list(waiting)
    people = queries.people_of(signup.volunteer for signup in waiting)
    held = queries.held_by([signup.volunteer_id for signup in waiting], clock.now())
    return {
        signup.id
        for signup in waiting
        if person_eligibility(people[signup.volunteer_id], offer).allowed
        and not any(
            other.status is SignupStatus.PLACED and other.shift != offer.shift and overlaps(other, offer)
            for other in held.get(signup.volunteer_id, ())
        )
    }


def _locked_shift(shift_id: int) -> Shift:
    # NO KEY UPDATE: the line stands still, while check-ins, which refer to the shift, go on.
    return db.session.execute(
        select(Shift)
        .where(Shift.id == shift_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one()


def _locked_volunteers(ids: Iterable[int]) -> list[Volunteer]:
    query = select(Volunteer).where(Volunteer.id.in_(list(ids))).order_by(Volunteer.id).with_for_update(key_share=True)
    return list(db.session.scalars(query))


def _record(action: str, signup: Signup, account_id: int) -> None:
    record(action, "signup", signup.public_id, account_id=account_id, status=signup.status.value)
