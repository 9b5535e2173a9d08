"""The venue's code and the volunteer's own, the claim that a scan leaves, and who may come or go at what moment.

Lifetimes and windows are our decision. Keys and the present moment are arguments throughout.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from volunteer.accounts.rules import Limit
from volunteer.activities.rules import ARRIVAL_OPENS_BEFORE, ActivityStatus, PlannedShift, ShiftStatus
from volunteer.kernel.decisions import Decision, Refusal, allow, refuse
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.signing import digits, sign, unsign
from volunteer.kernel.speech import say_clock, say_time
from volunteer.kernel.text import N_, Words
from volunteer.signups.rules import Offer, Person, SignupStatus, person_eligibility

STEP_SECONDS = 10
CODE_LIFE = timedelta(seconds=20)
PERSONAL_CODE_LIFE = timedelta(seconds=30)
CLAIM_LIFE = timedelta(minutes=15)
# Two of our servers may disagree by this much about what time it is.
CLOCK_SKEW = timedelta(seconds=2)
SHORT_CODE_DIGITS = 6
SHORT_CODE_LIMIT = Limit(5, timedelta(minutes=5))
PERSONAL_CODE_RENEWED = timedelta(seconds=15)

CHECK_IN_OPENS_BEFORE = ARRIVAL_OPENS_BEFORE
CHECK_OUT_CLOSES_AFTER = timedelta(minutes=60)

_CODE, _PERSONAL, _CLAIM = "venue-code", "personal-code", "scan-claim"
_KEY = re.compile(r"[0-9a-z-]{1,40}")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    Method.AUTO_CLOSE: N_("系统收口"),
}


# Codes


@dataclass(frozen=True, slots=True)
class VenueCode:
    """What a venue's code says: which shift and phase, at which station, made when."""

    shift: str
    phase: Direction
    station: str
    made_at: datetime


def step_at(moment: datetime) -> int:
    """Return the number of the ten-second step in which a moment falls."""
    return (moment - _EPOCH) // timedelta(seconds=STEP_SECONDS)


def step_starts_at(step: int) -> datetime:
    """Return when a step begins, which is when its code is made."""
    return _EPOCH + step * timedelta(seconds=STEP_SECONDS)


def next_code_at(now: datetime) -> datetime:
    """Return when the venue shows its next code."""
    return step_starts_at(step_at(now) + 1)


def make_code(ring: KeyRing, *, shift: str, phase: Direction, station: str = "1", step: int) -> str:
    """Return the signed token that a venue shows during `step`; shift and station are of `[0-9a-z-]`, 1 to 40."""
    return sign(ring, _CODE, _code_body(shift, phase, station, step))


def read_code(
    ring: KeyRing,
    token: str,
    now: datetime,
    *,
    shift: str | None = None,
    phase: Direction | None = None,
    station: str | None = None,
) -> VenueCode:
    """Return what a scanned token says, or raise `Refusal`.

    Rules: `forged_code`, `stale_code`; against what the caller expects, `other_shift`, `other_phase`, `other_station`.
    """
    try:
        told_shift, told_phase, told_station, step = unsign(ring, _CODE, token).split(".")
    except ValueError:
        raise Refusal("forged_code", Words(N_("这个码不是签到码，请扫现场屏幕上的码"))) from None
    code = VenueCode(told_shift, Direction(told_phase), told_station, step_starts_at(int(step)))
    if not is_fresh(code.made_at, now, CODE_LIFE):
        raise Refusal("stale_code", Words(N_("这个码过期了，请对着现场屏幕重新扫一次")))
    _require_expected(code, shift, phase, station)
    return code


def _require_expected(code: VenueCode, shift: str | None, phase: Direction | None, station: str | None) -> None:
    if shift is not None and code.shift != shift:
        raise Refusal("other_shift", Words(N_("这是另一个班次的码，请扫这个班次的码")))
    if phase is not None and code.phase is not phase:
        raise Refusal("other_phase", Words(_OTHER_PHASE[code.phase]))
    if station is not None and code.station != station:
        raise Refusal("other_station", Words(N_("这是另一个签到点的码，请扫面前这一块屏幕上的码")))


def is_fresh(made_at: datetime, now: datetime, life: timedelta) -> bool:
    """Return whether something made then may still be used: at its full age yes, a moment later no."""
    return -CLOCK_SKEW <= now - made_at <= life


def short_code(ring: KeyRing, *, shift: str, phase: Direction, station: str = "1", step: int) -> str:
    """Return the six digits that the venue shows beside its code, for who cannot scan."""
    return digits(ring.current, _CODE, _code_body(shift, phase, station, step), SHORT_CODE_DIGITS)


def read_short_code(
    ring: KeyRing, typed: str, now: datetime, *, shift: str, phase: Direction, station: str = "1"
) -> VenueCode:
    """Return what six typed digits mean at this shift and phase, or raise `Refusal`.

    Full-width digits and spaces are understood. Three codes of a million are right at a time: limit who may guess.
    Rules: `short_code_format`, `wrong_short_code`.
    """
    canonical = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed[:40]))
    if not re.fullmatch(r"[0-9]{6}", canonical):
        raise Refusal("short_code_format", Words(N_("现场数字码是 6 位数字，请照着屏幕输入")), field="short_code")
    for step in range(step_at(now), step_at(now - CODE_LIFE) - 1, -1):
        made_at = step_starts_at(step)
        body = _code_body(shift, phase, station, step)
        is_right = any(digits(key, _CODE, body, SHORT_CODE_DIGITS) == canonical for key in ring.keys)
        if is_right and is_fresh(made_at, now, CODE_LIFE):
            return VenueCode(shift, phase, station, made_at)
    words = Words(N_("数字码不对或已经换了，请输入屏幕上现在的 6 位数字"))
    raise Refusal("wrong_short_code", words, field="short_code")


def read_any_short_code(ring: KeyRing, typed: str, now: datetime, *, shift: str) -> VenueCode:
    """Return what six typed digits mean at this shift, for coming or for going; raises like `read_short_code`."""
    try:
        return read_short_code(ring, typed, now, shift=shift, phase=Direction.IN)
    except Refusal:
        return read_short_code(ring, typed, now, shift=shift, phase=Direction.OUT)


def make_personal_code(ring: KeyRing, volunteer: str, now: datetime) -> str:
    """Return the token behind a volunteer's own code, which an organizer scans within 30 seconds."""
    return sign(ring, _PERSONAL, f"{_key(volunteer)}.{_packed(now)}")


def read_personal_code(ring: KeyRing, token: str, now: datetime) -> str:
    """Return the volunteer of a personal code, or raise `Refusal`: `forged_personal_code`, `stale_personal_code`."""
    try:
        volunteer, made_at = unsign(ring, _PERSONAL, token).split(".")
    except ValueError:
        raise Refusal("forged_personal_code", Words(N_("这不是志愿者的个人码，请志愿者打开“我的码”"))) from None
    if not is_fresh(_unpacked(made_at), now, PERSONAL_CODE_LIFE):
        raise Refusal("stale_personal_code", Words(N_("个人码过期了，请志愿者刷新“我的码”再扫")))
    return volunteer


@dataclass(frozen=True, slots=True)
class Claim:
    """A scan, kept while its holder signs in and says who is present. `scanned_at` is when presence happened."""

    shift: str
    phase: Direction
    station: str
    scanned_at: datetime
    method: Method = Method.VENUE_CODE


def make_claim(
    ring: KeyRing, code: VenueCode, scanned_at: datetime, browser: str, method: Method = Method.VENUE_CODE
) -> str:
    """Return the signed claim of one scan, worth something only to the browser whose secret name is `browser`."""
    body = f"{code.shift}.{code.phase}.{code.station}.{_packed(scanned_at)}.{method}"
    return sign(ring, _CLAIM, body, bound_to=browser)


def read_claim(ring: KeyRing, token: str, now: datetime, browser: str) -> Claim:
    """Return the claim, or raise `Refusal`: `forged_claim` (also from another browser), `stale_claim`."""
    try:
        shift, phase, station, scanned_at, method = unsign(ring, _CLAIM, token, bound_to=browser).split(".")
    except ValueError:
        raise Refusal("forged_claim", Words(N_("这次扫码不是在这个浏览器里扫的，请在这里重新扫一次"))) from None
    claim = Claim(shift, Direction(phase), station, _unpacked(scanned_at), Method(method))
    if not is_fresh(claim.scanned_at, now, CLAIM_LIFE):
        raise Refusal("stale_claim", Words(N_("扫码过了 15 分钟，请到现场重新扫一次")))
    return claim


_OTHER_PHASE = {
    Direction.IN: N_("这是签到码，签退请扫签退码"),
    Direction.OUT: N_("这是签退码，签到请扫签到码"),
}


def _code_body(shift: str, phase: Direction, station: str, step: int) -> str:
    return f"{_key(shift)}.{phase}.{_key(station)}.{step}"


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(f"not a key that fits into a code: {text!r}")
    return text


def _packed(moment: datetime) -> str:
    return str((moment - _EPOCH) // _MICROSECOND)


def _unpacked(text: str) -> datetime:
    return _EPOCH + int(text) * _MICROSECOND


# Who may come and go


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """What the rules must know of the shift at hand; `shift` is any key that tells shifts apart."""

    shift: object
    plan: PlannedShift
    activity_status: ActivityStatus = ActivityStatus.PUBLISHED
    shift_status: ShiftStatus = ShiftStatus.OPEN
    allows_walk_in: bool = False


@dataclass(frozen=True, slots=True)
class OpenPresence:
    """Where the volunteer is checked in: the shift, its activity's title, since when, and its plan."""

    shift: object
    title: str
    since: datetime
    plan: PlannedShift


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What has happened so far: `left_at` is the last check-out at this shift, `last_at` the last event of all."""

    signup: SignupStatus | None = None
    open: OpenPresence | None = None
    left_at: datetime | None = None
    last_at: datetime | None = None


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
    means: there is no place, ask `signups.rules.person_eligibility` too.
    """
    for decision in (_running(shift), _presence_allows(state, shift, now), _check_in_window(shift.plan, now)):
        if not decision.allowed:
            return decision
    if state.signup is not SignupStatus.PLACED and not shift.allows_walk_in:
        return _NO_PLACE[state.signup]
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
    return allow()


def _presence_allows(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
    here = state.open
    if here is not None and here.shift == shift.shift and not must_auto_close(here, now):
        return refuse(
            "already_in",
            N_("%(since)s 已经签到，不用再扫；%(end)s 结束后扫签退码"),
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
        return refuse(
            "check_out_closed",
            N_("签退 %(time)s 截止了，请到“我的记录”填离开的时间，由组织者确认"),
            time=say_clock(check_out_closes_at(here.plan)),
        )
    if now < here.since:
        return refuse("out_of_order", N_("签到是 %(time)s，签退要在这之后"), time=say_time(here.since, now))
    return allow("check_out")


def _nothing_open(state: PresenceState, shift: ShiftFacts, now: datetime) -> Decision:
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
