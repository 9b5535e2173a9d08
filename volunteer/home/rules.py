"""What a front page says: how it greets, and the one thing that can be done about the next shift."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Direction, check_in_opens_at
from volunteer.kernel.clock import to_local
from volunteer.kernel.text import N_, Words

# From this hour of the local day on, until the next.
_GREETINGS = ((5, N_("早上好")), (11, N_("中午好")), (13, N_("下午好")), (18, N_("晚上好")))


class NextStep(StrEnum):
    """The one thing to do about the next shift."""

    CANCEL = "cancel"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    NOTHING = "nothing"


def greeting(now: datetime) -> Words:
    """Return how to greet at this moment of the local day; the small hours belong to the evening."""
    hour = to_local(now).hour
    said = [words for begins, words in _GREETINGS if hour >= begins]
    return Words(said[-1] if said else _GREETINGS[-1][1])


def next_step(plan: PlannedShift, presences: Iterable[Direction | None], now: datetime) -> NextStep:
    """Return what the people with a place on a shift can do now; `presences` are the last directions of each of them.

    With none of them, all wait in line and can only leave it. Whoever has yet to come decides before those who have
    yet to leave, since coming late costs minutes.
    """
    seen = list(presences)
    if now < (check_in_opens_at(plan) if seen else plan.starts_at):
        return NextStep.CANCEL
    if None in seen and now < plan.last_ends_at:
        return NextStep.CHECK_IN
    return NextStep.CHECK_OUT if Direction.IN in seen else NextStep.NOTHING
