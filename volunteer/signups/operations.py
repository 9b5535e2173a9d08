"""Writing signups.

Whoever writes locks the shifts first and all volunteers concerned after them, each in the order of their ids and in one
statement, so that no two wait for each other.
"""

from collections.abc import Iterable, Sequence
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
    may_go_on,
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
    volunteers = [one for one in _locked_with_the_line(shift, wanted) if one.id in wanted]
    if any(volunteer.account_id != account_id for volunteer in volunteers) or len(volunteers) != len(wanted):
        raise NotFound(N_("没有找到这位志愿者"))
    now = clock.now()
    offer = queries.offer_of(shift)
    people = queries.people_of(volunteers)
    held = queries.held_by(wanted, now)
    for volunteer in volunteers:
        eligibility(people[volunteer.id], offer, held.get(volunteer.id, ()), now).require("volunteers")
    signups = [_add(shift, volunteer, account_id, now) for volunteer in volunteers]
    moved = _move_line(shift)
    _record("signups.sign_up", signups, account_id)
    _record("signups.move_up", [signup for signup in moved if signup not in signups], None)
    return signups


def cancel(signup: Signup, *, account_id: int) -> Signup:
    """Give back the place or the wait, and let the line move up; raises `Refusal` once the shift has started."""
    shift = _locked_shift(signup.shift_id)
    db.session.refresh(signup)
    now = clock.now()
    may_cancel(signup.status, shift.starts_at, now).require()
    _cancel(signup, account_id, now)
    move_up([shift.id])
    return signup


def cancel_all_of(volunteer_id: int, account_id: int) -> None:
    """Give back all that a volunteer who leaves the register holds for shifts to come, and let those lines move."""
    now = clock.now()
    held = queries.coming_of_volunteer(volunteer_id, now)
    shift_ids = [signup.shift_id for signup in held]
    _lock_lines(shift_ids, [volunteer_id])
    for signup in queries.coming_of_volunteer(volunteer_id, now):  # anew: the line may have moved meanwhile
        _cancel(signup, account_id, now)
    move_up(shift_ids)


def move_up(shift_ids: Iterable[int]) -> list[Signup]:
    """Give free places of these shifts to the earliest who wait and can come; return those who moved up."""
    shifts = _lock_lines(shift_ids)
    moved = [signup for shift in shifts for signup in _move_line(shift)]
    _record("signups.move_up", moved, None)
    return moved


def _move_line(shift: Shift) -> list[Signup]:
    """Move the line of a shift that is locked with the volunteers who wait."""
    db.session.refresh(shift, ["taken", "capacity"])
    free = shift.capacity - shift.taken
    offer = queries.offer_of(shift)
    waiting = queries.waiting_on(shift.id) if free > 0 and may_go_on(offer).allowed else []
    if not waiting:
        return []
    able = _able_to_come(waiting, offer)
    by_ordinal = {signup.id: signup for signup in waiting}
    chosen = promote([Waiting(signup.id, signup.id in able) for signup in waiting], free)
    return [_place(by_ordinal[one.ordinal]) for one in chosen]


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


def _cancel(signup: Signup, account_id: int, now: datetime) -> None:
    if signup.status is SignupStatus.PLACED:
        _free_place(signup.shift_id)
    signup.status, signup.cancelled_at = SignupStatus.CANCELLED, now
    db.session.flush()
    _record("signups.cancel", [signup], account_id)


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
    return _locked_shifts([shift_id])[0]


def _locked_shifts(ids: Iterable[int]) -> Sequence[Shift]:
    # NO KEY UPDATE: the line stands still, while check-ins, which refer to the shift, go on.
    query = select(Shift).where(Shift.id.in_(list(ids))).order_by(Shift.id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _lock_lines(shift_ids: Iterable[int], volunteer_ids: Iterable[int] = ()) -> Sequence[Shift]:
    """Lock shifts, and after them these volunteers with all who wait for one of the shifts."""
    shifts = _locked_shifts(shift_ids)
    _locked_volunteers({*volunteer_ids, *queries.volunteers_waiting([shift.id for shift in shifts])})
    return shifts


def _locked_with_the_line(shift: Shift, wanted: Iterable[int]) -> Sequence[Volunteer]:
    """Lock those who want to come, with those who may move up at the same time."""
    line = queries.volunteers_waiting([shift.id]) if shift.taken < shift.capacity else ()
    return _locked_volunteers({*wanted, *line})


def _locked_volunteers(ids: Iterable[int]) -> Sequence[Volunteer]:
    query = select(Volunteer).where(Volunteer.id.in_(list(ids))).order_by(Volunteer.id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _record(action: str, signups: Iterable[Signup], account_id: int | None) -> None:
    for signup in signups:
        record(action, "signup", signup.public_id, account_id=account_id, status=signup.status.value)
