"""What an activity is on its way from draft to its end, and how dangerous it may be."""

from datetime import datetime
from enum import StrEnum

from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Conflict
from volunteer.kernel.speech import say_time
from volunteer.kernel.text import N_


class ActivityStatus(StrEnum):
    """Where an activity is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ACTIVITY_STATUS_LABELS[self]


ACTIVITY_STATUS_LABELS = {
    ActivityStatus.DRAFT: N_("草稿"),
    ActivityStatus.PUBLISHED: N_("已发布"),
    ActivityStatus.CANCELLED: N_("已取消"),
    ActivityStatus.CLOSED: N_("已结项"),
}


class ActivityAct(StrEnum):
    """What moves an activity on."""

    PUBLISH = "publish"
    CANCEL = "cancel"
    CLOSE = "close"


_NEXT_STATUS = {
    (ActivityStatus.DRAFT, ActivityAct.PUBLISH): ActivityStatus.PUBLISHED,
    (ActivityStatus.DRAFT, ActivityAct.CANCEL): ActivityStatus.CANCELLED,
    (ActivityStatus.PUBLISHED, ActivityAct.CANCEL): ActivityStatus.CANCELLED,
    (ActivityStatus.PUBLISHED, ActivityAct.CLOSE): ActivityStatus.CLOSED,
}
_ALREADY = {
    ActivityStatus.DRAFT: N_("活动还没有发布"),
    ActivityStatus.PUBLISHED: N_("活动已经发布了"),
    ActivityStatus.CANCELLED: N_("活动已经取消了"),
    ActivityStatus.CLOSED: N_("活动已经结项了"),
}


def next_status(status: ActivityStatus, act: ActivityAct) -> ActivityStatus:
    """Return the status after `act`; raise `Conflict` when it does not follow. Cancelled and closed are final."""
    try:
        return _NEXT_STATUS[status, act]
    except KeyError:
        raise Conflict(_ALREADY[status]) from None


class RiskLevel(StrEnum):
    """Whether a volunteer's body may come to harm (志愿服务条例: 可能发生人身危险的志愿服务活动)."""

    ORDINARY = "ordinary"
    DANGEROUS = "dangerous"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return RISK_LEVEL_LABELS[self]


RISK_LEVEL_LABELS = {RiskLevel.ORDINARY: N_("一般"), RiskLevel.DANGEROUS: N_("有人身危险")}


def may_close(status: ActivityStatus, last_ends_at: datetime | None, now: datetime) -> Decision:
    """Return whether an activity may be closed: published, and its last shift over."""
    if status is not ActivityStatus.PUBLISHED:
        return refuse("not_published", _ALREADY[status])
    if last_ends_at is not None and now < last_ends_at:
        return refuse("not_over", N_("最后一个班次 %(time)s 才结束，结束后再结项"), time=say_time(last_ends_at, now))
    return allow()
