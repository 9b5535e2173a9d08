"""Who may not come to a shift, the day before: reasons to call somebody, never a judgement; pure. Our decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from volunteer.kernel.text import N_, Words

LOOKED_BACK = timedelta(days=90)
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of somebody with a place.

    `places` are those of the last 90 days whose shift took place, `missed` how many of them saw no check-in though
    the place was kept. `is_first_time`: was never checked in anywhere. `has_unread_change`: of this very shift.
    """

    signed_up_at: datetime
    places: int = 0
    missed: int = 0
    is_first_time: bool = False
    has_unread_change: bool = False


def doubts(standing: Standing, now: datetime) -> list[Words]:
    """Return why somebody may not come, the weightiest first; empty when nothing speaks for it."""
    found = []
    if standing.missed:
        params = {"places": standing.places, "missed": standing.missed}
        found.append(Words(N_("90 天里报了 %(places)s 次，有 %(missed)s 次没签到也没取消"), params))
    if standing.has_unread_change:
        found.append(Words(N_("活动有改动，还没看过")))
    if standing.is_first_time:
        found.append(Words(N_("第一次参加")))
    if now - standing.signed_up_at > LONG_AGO:
        days = (now - standing.signed_up_at) // timedelta(days=1)
        found.append(Words(N_("%(days)s 天前报的名"), {"days": days}))
    return found


def weight(standing: Standing, now: datetime) -> tuple[int, int]:
    """Return how much speaks for calling somebody first: the share of places missed, in percent, then other reasons."""
    share = 100 * standing.missed // standing.places if standing.places else 0
    return share, len(doubts(standing, now))
