"""What looks odd, from which numbers on, and how it is said; pure. All thresholds are our decision."""

from enum import StrEnum

from volunteer.kernel.text import N_


class SignalKind(StrEnum):
    """Which rule saw something."""

    ONE_DEVICE = "one_device"
    TWO_PLACES = "two_places"
    SAME_SECONDS = "same_seconds"
    OUTSIDE_CIRCLE = "outside_circle"
    MANY_BY_HAND = "many_by_hand"
    FRESH_ACTIVITY = "fresh_activity"
    MISSED_SPOT_CHECK = "missed_spot_check"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SIGNAL_LABELS[self]


SIGNAL_LABELS = {
    SignalKind.ONE_DEVICE: N_("一部手机签了好几个账号"),
    SignalKind.TWO_PLACES: N_("两处相隔太远"),
    SignalKind.SAME_SECONDS: N_("时间分秒不差"),
    SignalKind.OUTSIDE_CIRCLE: N_("位置不在现场"),
    SignalKind.MANY_BY_HAND: N_("手工登记太多"),
    SignalKind.FRESH_ACTIVITY: N_("活动刚建就有时长"),
    SignalKind.MISSED_SPOT_CHECK: N_("现场抽查没有回应"),
}


class Verdict(StrEnum):
    """What a person made of a signal."""

    FINE = "fine"
    FOLLOW_UP = "follow_up"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return VERDICT_LABELS[self]


VERDICT_LABELS = {Verdict.FINE: N_("没有问题"), Verdict.FOLLOW_UP: N_("要继续核查")}
