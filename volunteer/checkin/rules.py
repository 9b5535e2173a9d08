"""Who may come or go at what moment, where people on a roster are, and what a phone tells of its place.

Windows are our decision. The present moment is an argument throughout.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ARRIVAL_OPENS_BEFORE, PlannedShift, ShiftStatus
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.speech import say_clock, say_time
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import OrganizationStatus, may_operate
from volunteer.signups.rules import Offer, Person, SignupStatus, person_eligibility

CHECK_IN_OPENS_BEFORE = ARRIVAL_OPENS_BEFORE
CHECK_OUT_CLOSES_AFTER = timedelta(minutes=60)


class Direction(StrEnum):
    """Coming or going; also the phase that a venue's code is for."""

    IN = "in"
    OUT = "out"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return DIRECTION_LABELS[self]


DIRECTION_LABELS = {Direction.IN: N_("签到"), Direction.OUT: N_("签退")}


class Method(StrEnum):
    """How a presence event came to be known."""

    VENUE_CODE = "venue_code"
    TYPED_CODE = "typed_code"
    ORGANIZER_SCAN = "organizer_scan"
    KIOSK = "kiosk"
    BY_HAND = "by_hand"
    PAPER = "paper"
    OFFLINE = "offline"
    POSTER = "poster"
    MENDED = "mended"
    AUTO_CLOSE = "auto_close"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return METHOD_LABELS[self]


METHOD_LABELS = {
    Method.VENUE_CODE: N_("扫码"),
    Method.TYPED_CODE: N_("输入现场数字码"),
    Method.ORGANIZER_SCAN: N_("组织者扫码"),
    Method.KIOSK: N_("现场平板"),
    Method.BY_HAND: N_("组织者手工登记"),
    Method.PAPER: N_("纸质签到"),
    Method.OFFLINE: N_("离线扫码"),
    Method.POSTER: N_("海报码"),
    Method.MENDED: N_("选错人，已更正"),
    Method.AUTO_CLOSE: N_("系统收口"),
}


# Who may come and go


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """What the rules must know of the shift at hand; `shift` is any key that tells shifts apart."""

    shift: object
    plan: PlannedShift
    activity_status: ActivityStatus = ActivityStatus.PUBLISHED
    shift_status: ShiftStatus = ShiftStatus.OPEN
    allows_walk_in: bool = False
    organization_status: OrganizationStatus = OrganizationStatus.APPROVED
    allows_poster: bool = False
    risk: RiskLevel = RiskLevel.ORDINARY


@dataclass(frozen=True, slots=True)
class OpenPresence:
    """Where the volunteer is checked in: the shift, its activity's title, since when, and its plan."""

    shift: object
    title: str
    since: datetime
    plan: PlannedShift


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What has happened so far: `left_at` is the last check-out at this shift, `last_at` the last event of all.

    `is_closed`: the last event is the system's, at this shift, since the volunteer forgot to check out.
    """

    signup: SignupStatus | None = None
    open: OpenPresence | None = None
    left_at: datetime | None = None
    last_at: datetime | None = None
    is_closed: bool = False


def check_in_opens_at(plan: PlannedShift) -> datetime:
    """Return when check-in opens: 30 minutes before the start. It ends with the shift."""
    return plan.starts_at - CHECK_IN_OPENS_BEFORE


def check_out_closes_at(plan: PlannedShift) -> datetime:
    """Return when check-out closes and what is open is closed by the system: an hour after the end."""
    return plan.last_ends_at + CHECK_OUT_CLOSES_AFTER


def must_auto_close(open_presence: OpenPresence, now: datetime) -> bool:
    """Return whether the system closes a forgotten interval (method `auto_close`), which then credits nothing."""
    return now > check_out_closes_at(open_presence.plan)


def venue_notice(plan: PlannedShift, now: datetime) -> Words | None:
    """Return why a code shown at `now` is of no use, before the window and after it; None while it is."""
    opens_at = check_in_opens_at(plan)
    if now < opens_at:
        return Words(N_("还没到签到时间，%(time)s 起可以签到"), {"time": say_time(opens_at, now)})
    if now > check_out_closes_at(plan):
        return Words(N_("签退已经截止，这个码不再有用"))
    return None


def may_check_in(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
    """Return whether the volunteer may check in at the moment `now`, which is when the code was scanned.

    A yes by rule `after_forgotten` means: first append the `auto_close` of what stands open. A yes by rule `walk_in`
    means: there is no place, ask `signups.rules.person_eligibility` too; whoever has been there already needs none.
    """
    for decision in (_running(shift), _presence_allows(state, shift, now), _check_in_window(shift.plan, now)):
        if not decision.allowed:
            return decision
    has_been_there = state.left_at is not None
    if state.signup is not SignupStatus.PLACED and not (shift.allows_walk_in or has_been_there):
        return (_NO_PLACE if now < shift.plan.starts_at else _NO_PLACE_LATER)[state.signup]
    if state.open is not None:
        return allow("after_forgotten")
    return allow("check_in" if state.signup is SignupStatus.PLACED else "walk_in")


def _running(shift: ShiftFacts) -> Decision:
    if ActivityStatus.CANCELLED is shift.activity_status or ShiftStatus.CANCELLED is shift.shift_status:
        return refuse("cancelled", N_("活动已取消，不用签到了；有疑问请打活动的联系电话"))
    if shift.activity_status is ActivityStatus.DRAFT:
        return refuse("not_published", N_("活动还没有发布，请找组织者"))
    if shift.activity_status is ActivityStatus.CLOSED:
        return refuse("activity_closed", N_("活动已经结项，不能再签到；漏记的时长请找组织者补录"))
    if not may_operate(shift.organization_status).allowed:
        return refuse("organization_suspended", N_("这个组织已暂停，现在不能签到；已经签到的可以照常签退"))
    return allow()


def may_use(method: Method, shift: ShiftFacts) -> Decision:
    """Return whether presence at the shift may be told in this way: by a poster only where the organizer allows it.

    A poster can be photographed and passed on, so it is never enough for dangerous work.
    """
    if method is Method.POSTER and not (shift.allows_poster and shift.risk is not RiskLevel.DANGEROUS):
        return refuse("poster_not_allowed", N_("这个班次不用海报码了，请扫现场屏幕上的码，或找现场的组织者"))
    return allow()


def _presence_allows(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
    here = state.open
    if here is not None and here.shift == shift.shift and not must_auto_close(here, now):
        return refuse(
            "already_in",
            N_("%(since)s 已经签到，不用再扫；%(end)s 结束时扫签退码"),
            since=say_clock(here.since),
            end=say_clock(here.plan.last_ends_at),
        )
    if here is not None and not must_auto_close(here, now):
        return refuse(
            "in_elsewhere",
            N_("%(since)s 在“%(title)s”签到后还没有签退，请先到那里签退"),
            since=say_clock(here.since),
            title=here.title,
        )
    return _in_order(state, now)


def _in_order(state: PresenceState, now: datetime) -> Decision:
    if state.last_at is not None and now < state.last_at:
        time = say_time(state.last_at, now)
        return refuse("out_of_order", N_("%(time)s 已经有更晚的签到记录，请重新扫一次"), time=time)
    return allow()


def _check_in_window(plan: PlannedShift, now: datetime) -> Decision:
    opens_at = check_in_opens_at(plan)
    if now < opens_at:
        return refuse("too_early", N_("还没到签到时间，%(time)s 起可以签到"), time=say_time(opens_at, now))
    if now >= plan.last_ends_at:
        return refuse(
            "too_late",
            N_("班次 %(time)s 已经结束，不能再签到；参加了的请找组织者补录"),
            time=say_clock(plan.last_ends_at),
        )
    return allow()


_NO_PLACE = {
    None: refuse("not_signed_up", N_("没有报这个班次，请先报名，或找现场的组织者")),
    SignupStatus.CANCELLED: refuse("signup_cancelled", N_("这个班次的报名已经取消，请重新报名，或找现场的组织者")),
    SignupStatus.WAITING: refuse("still_waiting", N_("还在候补，没有轮到名额，请找现场的组织者")),
}
# Once the shift has begun nobody can sign up any more.
_NO_PLACE_LATER = _NO_PLACE | {
    None: refuse("not_signed_up", N_("这个班次要先报名，现在报不了了，请找现场的组织者")),
    SignupStatus.CANCELLED: refuse("signup_cancelled", N_("这个班次的报名已经取消，现在报不了了，请找现场的组织者")),
}


def person_may_check_in(
    person: Person, offer: Offer, state: PresenceState, shift: ShiftFacts, now: datetime
) -> Decision:
    """Return `may_check_in`, asked too whether the person is registered and, without a place, may take part at all."""
    decision = may_check_in(state, shift, now)
    if not decision.allowed:
        return decision
    if state.signup is SignupStatus.PLACED and person.is_active:
        return decision
    eligible = person_eligibility(person, offer)
    return decision if eligible.allowed else eligible


def may_check_out(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
    """Return whether the volunteer may check out at the moment `now`, which is when the code was scanned.

    Who is in may always leave until the window closes, whatever became of the activity meanwhile.
    """
    here = state.open
    if here is None:
        return _nothing_open(state, shift, now)
    if here.shift != shift.shift:
        return refuse(
            "in_elsewhere",
            N_("%(since)s 是在“%(title)s”签到的，请扫那里的签退码"),
            since=say_clock(here.since),
            title=here.title,
        )
    if must_auto_close(here, now):
        return _closed(here.plan)
    if now < here.since:
        return refuse("out_of_order", N_("签到是 %(time)s，签退要在这之后"), time=say_time(here.since, now))
    return allow("check_out")


_DISCREET = {
    "in_elsewhere": refuse("in_elsewhere", N_("还在别的班次签到，请先到那里签退")),
    "out_of_order": refuse("out_of_order", N_("已经有更晚的签到记录，请重新扫一次")),
}


def discreet(decision: Decision) -> Decision:
    """Return a decision as it is told to who records somebody else: where another organization has that person is left
    out, or whoever types a number would learn it.
    """
    return decision if decision.allowed else _DISCREET.get(decision.rule, decision)


_TO_ORGANIZER = {
    "not_signed_up": refuse(
        "not_signed_up",
        N_("没有报这个班次，这个班次也不收没报名的人；要让人参加，先在活动里打开“没报名的人到现场也可以参加”"),
    ),
}


def to_organizer(decision: Decision) -> Decision:
    """Return a decision as it is told to an organizer who records somebody else and can change the shift."""
    return decision if decision.allowed else _TO_ORGANIZER.get(decision.rule, decision)


OWN_FAMILY = refuse("own_family", N_("自己和家人请扫现场的签到码，或请另一位组织者登记"))
"""Nobody vouches for themselves or for whom they act (our decision)."""

MENDABLE_FOR = timedelta(minutes=10)


def may_mend(received_at: datetime, now: datetime, *, is_last: bool) -> Decision:
    """Return whether a coming or going of the wrong person may be put right: for ten minutes, while nothing follows."""
    if not is_last:
        return refuse("moved_on", N_("这条记录后面已经有新的签到，不能再更正；有疑问请找现场的组织者"))
    if now - received_at > MENDABLE_FOR:
        return refuse("mend_too_late", N_("过了 10 分钟，不能自己更正了；请找现场的组织者"))
    return allow("mend")


def _closed(plan: PlannedShift) -> Decision:
    return refuse(
        "check_out_closed",
        N_("签退 %(time)s 截止了，请到“我的记录”填离开的时间，由组织者确认"),
        time=say_clock(check_out_closes_at(plan)),
    )


def _nothing_open(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
    if state.is_closed:
        return _closed(shift.plan)
    if state.left_at is not None:
        return refuse("already_out", N_("%(time)s 已经签退，不用再扫"), time=say_time(state.left_at, now))
    if now < shift.plan.last_ends_at:
        return refuse("not_in", N_("还没有签到，请先扫签到码"))
    return refuse("not_in", N_("没有签到过，签退记不上；参加了的请找组织者补录"))


# The venue's screen and the roster

CHECK_OUT_SHOWN_BEFORE = timedelta(minutes=15)
LATE_AFTER = timedelta(minutes=5)


def phase_at(plan: PlannedShift, now: datetime) -> Direction:
    """Return the phase that a venue shows by itself: going from 15 minutes before the end, never in the first half."""
    half_time = plan.starts_at + (plan.last_ends_at - plan.starts_at) / 2
    return Direction.OUT if now >= max(half_time, plan.last_ends_at - CHECK_OUT_SHOWN_BEFORE) else Direction.IN


class Attendance(StrEnum):
    """Where somebody on the roster is now; those who need looking after come first."""

    MISSING = "missing"
    EXPECTED = "expected"
    IN = "in"
    LEFT = "left"
    FORGOTTEN = "forgotten"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ATTENDANCE_LABELS[self]


ATTENDANCE_LABELS = {
    Attendance.MISSING: N_("没到"),
    Attendance.EXPECTED: N_("待到"),
    Attendance.IN: N_("在场"),
    Attendance.LEFT: N_("已签退"),
    Attendance.FORGOTTEN: N_("没签退"),
}


def attendance(
    plan: PlannedShift, arrived_at: datetime | None, left_at: datetime | None, out_method: Method | None, now: datetime
) -> Attendance:
    """Return where somebody is; `left_at` and `out_method` are of the last going, None while the person is in."""
    if arrived_at is None:
        return Attendance.MISSING if now >= plan.starts_at else Attendance.EXPECTED
    if out_method is Method.AUTO_CLOSE:
        return Attendance.FORGOTTEN
    if left_at is not None:
        return Attendance.LEFT
    return Attendance.FORGOTTEN if now > check_out_closes_at(plan) else Attendance.IN


def is_late(plan: PlannedShift, arrived_at: datetime | None) -> bool:
    """Return whether somebody came more than five minutes after the start (our decision)."""
    return arrived_at is not None and arrived_at > plan.starts_at + LATE_AFTER


# Where the phone says it was


@dataclass(frozen=True, slots=True)
class Location:
    """What a phone told of its place, in degrees and metres: evidence, never proof."""

    latitude: float
    longitude: float
    accuracy_metres: float


def read_location(latitude: str, longitude: str, accuracy: str) -> Location | None:
    """Return the place a phone told, or None for none and for what no place on earth can be (NaN, 1e309, 91°)."""
    try:
        place = Location(float(latitude[:40]), float(longitude[:40]), float(accuracy[:40]))
    except ValueError:
        return None
    is_on_earth = abs(place.latitude) <= 90 and abs(place.longitude) <= 180
    return place if is_on_earth and math.isfinite(place.accuracy_metres) and 0 <= place.accuracy_metres <= 1e6 else None
