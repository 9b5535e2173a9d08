"""Places on earth, how well they are known, and how far apart they are at least; pure. Distances are our decision."""

import math
from dataclasses import dataclass

# People of an activity are somewhere around its pin.
CIRCLE_METRES = 500
# A place known worse than this is a place in some town.
WORST_ACCURACY_METRES = 2_000

_EARTH_RADIUS_METRES = 6_371_009


@dataclass(frozen=True, slots=True)
class Spot:
    """Somewhere on earth in degrees, known to within so many metres."""

    latitude: float
    longitude: float
    accuracy_metres: float = 0


def metres_between(one: Spot, other: Spot) -> float:
    """Return the great-circle distance of two spots in metres (haversine), without regard to their accuracy."""
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    half_up, half_along = (north - south) / 2, math.radians(other.longitude - one.longitude) / 2
    chord = math.sin(half_up) ** 2 + math.cos(south) * math.cos(north) * math.sin(half_along) ** 2
    return 2 * _EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(chord)))


def metres_apart(one: Spot, other: Spot) -> int:
    """Return how far two spots are apart at least: their distance less both accuracies, in whole metres from 0."""
    return max(0, int(metres_between(one, other) - one.accuracy_metres - other.accuracy_metres))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody was recorded: the activity's pin and what the telephone told, either of which may be missing."""

    pin: Spot | None = None
    told: Spot | None = None

    @property
    def told_well(self) -> Spot | None:
        """What the telephone told, unless it is too vague to say anything."""
        return self.told if self.told is not None and self.told.accuracy_metres <= WORST_ACCURACY_METRES else None

    @property
    def around_pin(self) -> Spot | None:
        """The pin with the circle in which people are about it."""
        return self.pin and Spot(self.pin.latitude, self.pin.longitude, CIRCLE_METRES)


def least_metres_between(one: Whereabouts, other: Whereabouts) -> int:
    """Return how far apart two records are at least: by pins, by telephones, or by what is known of either."""
    pairs = ((one.around_pin, other.around_pin), (one.told_well, other.told_well))
    known = [metres_apart(left, right) for left, right in pairs if left and right]
    mixed = (one.told_well or one.around_pin, other.told_well or other.around_pin)
    if not known and mixed[0] and mixed[1]:
        return metres_apart(*mixed)  # type: ignore[arg-type]
    return max(known, default=0)
