"""What a presence ought to be worth: the rules once more, in small and from their words alone.

Nothing of the product is imported here. Times are seconds since midnight of the day that is played.
"""

from collections import Counter
from dataclasses import dataclass, field

MINUTE, HOUR = 60, 3600
LONG_DAY = 8 * 60


@dataclass(slots=True)
class Plan:
    """A shift as its organizer planned it; `rest` are minutes of break in the middle of the planned time."""

    starts: int
    ends: int
    rest: int = 0
    extended_to: int = 0
    cancelled_at: int = 0

    @property
    def last(self) -> int:
        """When it really ends."""
        return self.extended_to or self.ends


def minutes(came: int, went: int, plan: Plan) -> int:
    """Return what being there from `came` to `went` is worth: inside the plan, without the break, whole minutes."""
    came, went = max(came, plan.starts), min(went, plan.last)
    spare = (plan.ends - plan.starts) // MINUTE - plan.rest
    rest_from = plan.starts + spare // 2 * MINUTE
    rest_to = rest_from + plan.rest * MINUTE
    rested = max(0, min(went, rest_to) - max(came, rest_from))
    return max(0, went - came - rested) // MINUTE


@dataclass(slots=True)
class Fate:
    """What a day ought to come to for somebody: minutes that count, that wait by (state, cause), refusals by rule.

    `kept`: what stations sent of them and no rule could record, by that rule; it waits for a person who looks at it.
    """

    credited: int = 0
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def serve(self, came: int, went: int, plan: Plan) -> None:
        """Add a presence that scans prove."""
        worth = minutes(came, went, plan)
        if plan.cancelled_at:
            self.wait("cancelled_shift", worth)
        elif self.credited + worth > LONG_DAY:
            self.wait("long_day", worth)
        else:
            self.credited += worth

    def wait(self, cause: str, worth: int, state: str = "awaiting") -> None:
        """Add minutes that a second person has to look at."""
        if worth:
            self.held[state, cause] += worth

    def confirmed(self, cause: str) -> None:
        """A second person said yes: what waited for this cause counts."""
        self.credited += self.held.pop(("awaiting", cause), 0)

    def shown(self, cause: str) -> None:
        """A second person said yes to what the public may look at first."""
        self.held["on_notice", cause] += self.held.pop(("awaiting", cause), 0)

    def unopposed(self, cause: str) -> None:
        """Nobody objected for seven days."""
        self.credited += self.held.pop(("on_notice", cause), 0)
