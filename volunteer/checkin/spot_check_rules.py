"""When a scan answers a spot check, and what became of one; pure. All spans are our decision."""

from datetime import datetime, timedelta
from enum import StrEnum

from volunteer.checkin.rules import Method
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.speech import say_clock
from volunteer.kernel.text import N_

# Ways that show somebody at the venue at that moment.
ON_THE_SPOT = (Method.VENUE_CODE, Method.TYPED_CODE, Method.KIOSK, Method.ORGANIZER_SCAN)
# Ways of coming with a phone or a code of one's own: whoever was written down has nothing to answer with.
CAN_BE_DRAWN = (Method.VENUE_CODE, Method.TYPED_CODE, Method.POSTER, Method.ORGANIZER_SCAN, Method.OFFLINE)
SPOT_CHECK_LIFE = timedelta(minutes=10)
NOT_DRAWN_AGAIN_FOR = timedelta(minutes=30)
LARGEST_DRAW = 20


class SpotCheckState(StrEnum):
    """What became of a spot check."""

    OPEN = "open"
    SHOWN = "shown"
    MISSED = "missed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SPOT_CHECK_STATE_LABELS[self]


SPOT_CHECK_STATE_LABELS = {
    SpotCheckState.OPEN: N_("等回应"),
    SpotCheckState.SHOWN: N_("已回应"),
    SpotCheckState.MISSED: N_("没有回应"),
}


def spot_check_state(*, was_seen: bool, due_at: datetime, now: datetime) -> SpotCheckState:
    """Return what became of a spot check by now."""
    if was_seen:
        return SpotCheckState.SHOWN
    return SpotCheckState.OPEN if now <= due_at else SpotCheckState.MISSED


def may_answer(drawn_at: datetime, due_at: datetime, scanned_at: datetime, method: Method) -> Decision:
    """Return whether a scan answers a spot check: made on the spot, after the draw and within its ten minutes."""
    if method not in ON_THE_SPOT:
        return refuse("proves_nothing", N_("这样不能证明人在现场，请扫现场屏幕上的码"))
    if scanned_at < drawn_at:
        return refuse("scanned_before_draw", N_("这次扫码在抽查之前，请对着现场屏幕再扫一次"))
    if scanned_at > due_at:
        return refuse("spot_check_over", N_("抽查 %(time)s 截止了，请找现场的组织者说明"), time=say_clock(due_at))
    return allow("spot_check")
