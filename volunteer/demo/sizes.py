"""How large an invented city is."""

from dataclasses import dataclass

# Of the volunteers registered at the end, the share that a day of the story has on average, less who does not come or
# forgets a scan: as counted in cities of a million and of ten million.
_THERE_ON_AVERAGE = 0.54


@dataclass(frozen=True, slots=True)
class Size:
    """`volunteers` in all, spread over `communities`; `services` a volunteer and year on average."""

    name: str
    communities: int
    volunteers: int
    years: int
    services: float
    people_a_shift: int


# Three whole years and the running one: enough to see a season come back, and to ask whether a forecast held.
SMALL = Size("small", communities=63, volunteers=1_600, years=4, services=16.6, people_a_shift=14)


def city(events: int) -> Size:
    """Return the size for measuring: 600,000 volunteers with about `events` presence events over three years."""
    volunteers, years = 600_000, 3
    services = events / 2 / volunteers / years / _THERE_ON_AVERAGE
    return Size("city", 1_500, volunteers, years, services, people_a_shift=40)
