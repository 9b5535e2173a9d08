"""What waits for the reader on the first page of the figures; rooms above tell of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.areas import Area
from volunteer.kernel.permissions import Principal


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that waits, in words as the page says them, and the address where it is done."""

    words: str
    href: str
    is_late: bool = False


# Filled by the composition root: each tells what waits for a reader in an area and below.
sources: list[Callable[[Principal, Area], Sequence[Duty]]] = []


def duties(who: Principal, area: Area) -> list[Duty]:
    """Return everything that waits for a reader in an area and below, what is late first."""
    found = [duty for tell in sources for duty in tell(who, area)]
    return sorted(found, key=lambda duty: not duty.is_late)
