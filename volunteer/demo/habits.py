"""How the people of one community differ from those of another, and why some communities lag."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of community; pairs are the ends of a range.

    `registered` is the share of residents registered at the end, `idle` the share of members who come to a campaign at
    most, `services` the services a member and year beside the city's, `growth` how much more register each year,
    `drift` by how much service rises a year, `longest` the hours of its longest activity, `starts_late` the year of the
    story in which the community begins, from 0.
    """

    registered: tuple[float, float]
    idle: tuple[float, float]
    services: tuple[float, float]
    growth: tuple[float, float]
    drift: tuple[float, float]
    longest: int = 4
    starts_late: int = 0


STEADY = Kind((0.106, 0.135), (0.16, 0.32), (0.95, 1.25), (0.9, 1.3), (0.98, 1.1))
FEW = Kind((0.068, 0.09), (0.16, 0.3), (1.0, 1.3), (0.7, 1.0), (0.95, 1.05))
IDLE = Kind((0.1, 0.14), (0.46, 0.6), (0.65, 0.9), (1.0, 1.5), (0.95, 1.08))
SHORT = Kind((0.095, 0.12), (0.2, 0.32), (0.85, 1.05), (0.9, 1.2), (0.97, 1.05), longest=2)
YOUNG = Kind((0.08, 0.118), (0.2, 0.34), (0.9, 1.25), (1.4, 2.0), (1.0, 1.15), starts_late=1)
TIRED = Kind((0.095, 0.115), (0.25, 0.4), (1.0, 1.25), (0.5, 0.8), (0.8, 0.9))
_KINDS, _OFTEN = (STEADY, FEW, IDLE, SHORT, YOUNG, TIRED), (10, 3, 3, 3, 2, 2)
_LIKE_THE_DISTRICT = 0.45


@dataclass(frozen=True, slots=True)
class Habits:
    """One community: `members` registered in all; the rest as in Kind, drawn once."""

    members: int
    registered_share: float = 0.1
    idle: float = 0.2
    services: float = 0.0
    growth: float = 1.0
    drift: float = 1.0
    longest: int = 4
    starts_late: int = 0


class Characters:
    """Draws the habits of communities; those of a district are alike more often than by chance."""

    def __init__(self, dice: random.Random, services: float) -> None:
        self._dice, self._services = dice, services
        self._by_district: dict[str, Kind] = {}

    def habits(self, district: str, members: int) -> Habits:
        """Return the habits of the next community of a district with about so many members."""
        if district not in self._by_district:
            self._by_district[district] = self._any()
        alike = self._dice.random() < _LIKE_THE_DISTRICT
        kind = self._by_district[district] if alike else self._any()
        draw = self._dice.uniform
        return Habits(
            members=max(8, round(members * draw(0.6, 1.4))),
            registered_share=draw(*kind.registered),
            idle=draw(*kind.idle),
            services=self._services * draw(*kind.services),
            growth=draw(*kind.growth),
            drift=draw(*kind.drift),
            longest=kind.longest,
            starts_late=kind.starts_late,
        )

    def _any(self) -> Kind:
        return self._dice.choices(_KINDS, _OFTEN)[0]
