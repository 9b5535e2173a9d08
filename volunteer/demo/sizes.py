"""How large an invented city is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """`volunteers` in all, spread over `communities`; `services` a volunteer and year on average."""

    name: str
    communities: int
    volunteers: int
    years: int
    services: float
    people_a_shift: int


SMALL = Size("small", communities=36, volunteers=1_500, years=2, services=12.5, people_a_shift=12)


def city(events: int) -> Size:
    """Return the size for measuring: 600,000 volunteers with about `events` presence events over three years."""
    volunteers, years = 600_000, 3
    return Size("city", 1_500, volunteers, years, services=events / 2 / volunteers / years, people_a_shift=40)
