"""What is done with activities: drafted, published, changed, extended, cancelled and closed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.organizations import Organization
from volunteer.activities import queries
from volunteer.activities.change_rules import Change, changes
from volunteer.activities.publishing_rules import (
    ActivityText,
    NotReady,
    ShiftText,
    check_poster,
    draft_problems,
    publish_problems,
)
from volunteer.activities.rules import ActivityAct, ActivityStatus, may_close, next_status
from volunteer.activities.shift_rules import (
    PlannedShift,
    ShiftStatus,
    check_capacity,
    check_extension,
    check_shape,
    check_shift,
    may_change_time,
)
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.text import N_
from volunteer.organizations.queries import area_meant
from volunteer.organizations.rules import may_operate, may_publish

TEXTS = (
    "title",
    "category",
    "description",
    "place",
    "latitude",
    "longitude",
    "contact_name",
    "contact_phone",
    "bring",
    "requirements",
    "minimum_age",
    "risk",
    "risks",
    "insurance",
)


theme_changed: list[Callable[[int, str], object]] = []
"""Called with the id of a published activity and its former theme; filled by app.py, since figures are kept above."""
room_grew: list[Callable[[Sequence[int]], object]] = []
"""Called with the ids of shifts that can take more people; filled by app.py, since the line is kept in a room above."""


def create_draft(
    organization: Organization, text: ActivityText, shifts: Sequence[ShiftText], *, account_id: int
) -> Activity:
    """Keep a new draft; only a shift that makes no sense at all is refused."""
    activity = Activity(
        organization_id=organization.id,
        organization=organization,
        status=ActivityStatus.DRAFT,
        created_by=account_id,
        created_at=clock.now(),
    )
    _write_text(activity, text)
    activity.gate = dict(text.gate)
    db.session.add(activity)
    db.session.flush()
    _replace_shifts(activity, shifts)
    _record("created", activity, account_id, title=activity.title)
    return activity


def save_draft(activity: Activity, text: ActivityText, shifts: Sequence[ShiftText], *, account_id: int) -> Activity:
    """Keep what was typed into a draft; raise `Conflict` when it has been published meanwhile."""
    _lock(activity)
    if activity.status is not ActivityStatus.DRAFT:
        raise Conflict(N_("这个活动已经发布，不再是草稿，请刷新后再改"))
    _write_text(activity, text)
    activity.gate = dict(text.gate)
    _replace_shifts(activity, shifts)
    _record("edited", activity, account_id)
    return activity


def publish(activity: Activity, *, account_id: int) -> Activity:
    """Publish a draft; raise `NotReady` with all that is missing or wrong, each on its field."""
    _lock(activity)
    status = next_status(activity.status, ActivityAct.PUBLISH)
    plans = [(queries.plan_of(shift), shift.capacity) for shift in _as_typed(activity)]
    problems = [*publish_problems(queries.draft_of(activity), plans, clock.now()), *_poster_problems(activity)]
    if problems:
        raise NotReady(problems)
    may_publish(activity.organization.status).require()
    activity.status = status
    activity.published_at = clock.now()
    db.session.flush()
    _record("published", activity, account_id, title=activity.title)
    return activity


def change_published(
    activity: Activity, text: ActivityText, shifts: Sequence[ShiftText], *, account_id: int
) -> Activity:
    """Change a published activity and note what changed; shifts that are not among `shifts` stay as they are.

    The answers of the gate stay as given at publishing. Raises `NotReady` with all that is wrong.
    """
    _lock(activity)
    _require_published(activity)
    _lock_shifts(activity)
    before, theme = queries.facts_of(activity), activity.category
    _write_text(activity, text)
    problems = list(draft_problems(queries.draft_of(activity)))
    _note(activity, None, changes(before, queries.facts_of(activity)), account_id)
    places = {shift.id: shift.capacity for shift in activity.shifts}
    for position, typed in enumerate(shifts):
        try:
            _change_shift(activity, typed, account_id)
        except DomainError as error:
            problems.append(_in_row(error, position))
    if problems:
        raise NotReady(problems)
    db.session.flush()
    db.session.expire(activity, ["shifts"])
    grown = sorted(shift.id for shift in activity.shifts if shift.capacity > places.get(shift.id, shift.capacity))
    for call in room_grew if grown else ():
        call(grown)
    for follow in theme_changed if activity.category != theme else ():
        follow(activity.id, str(theme))
    _record("changed", activity, account_id)
    return activity


def _poster_problems(activity: Activity) -> list[Invalid]:
    problems = []
    for position, shift in enumerate(_as_typed(activity)):
        try:
            check_poster(shift.allows_poster, activity.risk)
        except Invalid as error:
            problems.append(_in_row(error, position))
    return problems


def extend_shift(activity: Activity, shift: Shift, until: datetime, reason: str, *, account_id: int) -> Shift:
    """Let a shift go on until then, so that those who stay longer are credited; needs a reason."""
    _lock(activity)
    _require_published(activity)
    may_operate(activity.organization.status).require("extended_until")
    if shift.status is ShiftStatus.CANCELLED:
        raise Conflict(N_("这个班次已经取消了"))
    plan = PlannedShift(
        shift.starts_at, shift.ends_at, shift.break_minutes, (), shift.extended_until, shift.extension_reason
    )
    check_extension(plan, until, reason, clock.now())
    before = (shift.extended_until or shift.ends_at).isoformat()
    shift.extended_until, shift.extension_reason = until, reason
    _note(activity, shift, [Change("extended_until", before, until.isoformat())], account_id)
    db.session.flush()
    _record("extended_shift", activity, account_id, shift=shift.public_id, until=until.isoformat(), reason=reason)
    return shift


def set_signups_open(activity: Activity, shift: Shift, is_open: bool, *, account_id: int) -> Shift:
    """Let a shift take signups, or stop it; those who have a place keep it."""
    _lock(activity)
    _require_published(activity)
    if shift.status is ShiftStatus.CANCELLED:
        raise Conflict(N_("这个班次已经取消了"))
    shift.status = ShiftStatus.OPEN if is_open else ShiftStatus.CLOSED
    db.session.flush()
    _record("opened_shift" if is_open else "stopped_shift", activity, account_id, shift=shift.public_id)
    return shift


def cancel_shift(activity: Activity, shift: Shift, reason: str, *, account_id: int) -> Shift:
    """Cancel one shift before it starts, with a reason that those signed up read."""
    _lock(activity)
    _require_published(activity)
    if shift.status is ShiftStatus.CANCELLED:
        raise Conflict(N_("这个班次已经取消了"))
    if clock.now() >= shift.starts_at:
        raise Conflict(N_("班次已经开始，不能再取消"))
    shift.status = ShiftStatus.CANCELLED
    _note(activity, shift, [Change("cancelled", "", reason)], account_id)
    db.session.flush()
    _record("cancelled_shift", activity, account_id, shift=shift.public_id, reason=reason)
    return shift


def discard_draft(activity: Activity, *, account_id: int) -> None:
    """Delete a draft; nobody but its organizers ever saw it."""
    _lock(activity)
    if activity.status is not ActivityStatus.DRAFT:
        raise Conflict(N_("这个活动已经发布，不能删除，可以取消"))
    _record("discarded", activity, account_id, title=activity.title)
    db.session.execute(delete(Shift).where(Shift.activity_id == activity.id))
    db.session.execute(delete(Activity).where(Activity.id == activity.id))


def cancel_activity(activity: Activity, reason: str, *, account_id: int) -> Activity:
    """Cancel an activity of which no shift has started, with a reason that those signed up read."""
    _lock(activity)
    _require_published(activity)
    status = next_status(activity.status, ActivityAct.CANCEL)
    now = clock.now()
    if any(shift.starts_at <= now for shift in live_shifts(activity)):
        raise Conflict(N_("已经有班次开始了，不能取消整个活动；还没开始的班次可以一个个取消"))
    activity.status, activity.cancel_reason = status, reason
    db.session.flush()
    _record("cancelled", activity, account_id, reason=reason)
    return activity


def close_activity(activity: Activity, *, account_id: int) -> Activity:
    """Close an activity whose shifts are all over."""
    _lock(activity)
    last = max((queries.ends_at(shift) for shift in live_shifts(activity)), default=None)
    may_close(activity.status, last, clock.now()).require()
    activity.status = next_status(activity.status, ActivityAct.CLOSE)
    activity.closed_at = clock.now()
    db.session.flush()
    _record("closed", activity, account_id)
    return activity


def live_shifts(activity: Activity) -> list[Shift]:
    """Return the shifts that were not cancelled."""
    return [shift for shift in activity.shifts if shift.status is not ShiftStatus.CANCELLED]


def _write_text(activity: Activity, text: ActivityText) -> None:
    area = area_meant(text.area_code) if text.area_code else activity.organization.area
    activity.area_id, activity.area = area.id, area
    for name in TEXTS:
        setattr(activity, name, getattr(text, name))


def _replace_shifts(activity: Activity, shifts: Sequence[ShiftText]) -> None:
    """Put `shifts` in place of a draft's: nothing refers to a shift that was never published."""
    problems = []
    for position, typed in enumerate(shifts):
        try:
            check_shape(typed.plan, typed.capacity)
        except Invalid as error:
            problems.append(_in_row(error, position))
    if problems:
        raise NotReady(problems)
    db.session.execute(delete(Shift).where(Shift.activity_id == activity.id))
    for typed in shifts:
        db.session.add(_new_shift(activity, typed))
        db.session.flush()  # one by one, so that the order of the page is the order of the ids
    db.session.expire(activity, ["shifts"])


def _as_typed(activity: Activity) -> list[Shift]:
    return sorted(activity.shifts, key=lambda shift: shift.id)


def _new_shift(activity: Activity, typed: ShiftText) -> Shift:
    return Shift(
        activity_id=activity.id,
        task=typed.task,
        starts_at=typed.starts_at,
        ends_at=typed.ends_at,
        break_minutes=typed.break_minutes,
        capacity=typed.capacity,
        allows_walk_in=typed.allows_walk_in,
        allows_poster=typed.allows_poster,
    )


def _change_shift(activity: Activity, typed: ShiftText, account_id: int) -> None:
    now = clock.now()
    check_poster(typed.allows_poster, activity.risk)
    if not typed.public_id:
        may_operate(activity.organization.status).require("starts_at")
        check_shift(typed.plan, typed.capacity, now)
        db.session.add(_new_shift(activity, typed))
        return
    shift = queries.shift_of(activity, typed.public_id)
    if shift.status is ShiftStatus.CANCELLED:
        return
    moved = _minute(shift.starts_at) != typed.starts_at or _minute(shift.ends_at) != typed.ends_at
    if moved or shift.break_minutes != typed.break_minutes:
        may_change_time(shift.starts_at, now).require("starts_at")
        check_shift(typed.plan, typed.capacity, now, taken=shift.taken)
    before = queries.shift_facts_of(shift)
    if moved:
        shift.starts_at, shift.ends_at = typed.starts_at, typed.ends_at
    shift.break_minutes, shift.task = typed.break_minutes, typed.task
    shift.allows_walk_in, shift.allows_poster = typed.allows_walk_in, typed.allows_poster
    _change_capacity(shift, typed.capacity)
    _note(activity, shift, changes(before, queries.shift_facts_of(shift)), account_id)


def _change_capacity(shift: Shift, capacity: int) -> None:
    """Change how many may come; the condition holds against a sign-up at the same moment."""
    if capacity == shift.capacity:
        return
    check_capacity(capacity, shift.taken)
    changed = db.session.execute(
        update(Shift).where(Shift.id == shift.id, Shift.taken <= capacity).values(capacity=capacity)
    )
    db.session.refresh(shift, ["capacity", "taken"])
    if not changed.rowcount:  # type: ignore[attr-defined]
        check_capacity(capacity, shift.taken)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _in_row(error: DomainError, position: int) -> Invalid:
    problem = Invalid(error.words.msgid, field=f"shifts-{position}-{error.field or 'starts_at'}", **error.words.params)
    if isinstance(error, Refusal):
        problem.words = error.words
    return problem


def _require_published(activity: Activity) -> None:
    if activity.status is not ActivityStatus.PUBLISHED:
        raise Conflict(N_("活动的状态已经变了，请刷新后再看"))


def _lock(activity: Activity) -> None:
    """Let one change of an activity follow another; reads its row afresh."""
    db.session.execute(select(Activity.id).where(Activity.id == activity.id).with_for_update(key_share=True))
    db.session.refresh(activity)


def _lock_shifts(activity: Activity) -> None:
    """Lock all shifts of an activity in the order of their ids, as all who lock several do; reads them afresh."""
    query = select(Shift).where(Shift.activity_id == activity.id).order_by(Shift.id).with_for_update(key_share=True)
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def _note(activity: Activity, shift: Shift | None, found: Sequence[Change], account_id: int) -> None:
    """Keep what changed for those who had signed up."""
    if not found:
        return
    db.session.add(
        ActivityChange(
            activity_id=activity.id,
            shift_id=shift.id if shift else None,
            at=clock.now(),
            changed_by=account_id,
            changes=[change.to_json() for change in found],
        )
    )


def _record(verb: str, activity: Activity, account_id: int, **details: str) -> None:
    record(
        f"activities.{verb}",
        "activity",
        activity.public_id,
        account_id=account_id,
        lineage=activity.area.lineage,
        **details,
    )
