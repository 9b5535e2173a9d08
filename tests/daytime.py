"""An hour at which nothing crosses midnight, where service would be split over two days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import time_machine

from volunteer.kernel import clock

_EARLIEST, _LATEST, _FORENOON = 4, 18, 10


@contextmanager
def by_day() -> Iterator[None]:
    """Run the block at ten in the morning, local time, where it is late or night; the clock goes on ticking."""
    local = clock.to_local(clock.now())
    if _EARLIEST <= local.hour < _LATEST:
        yield
        return
    day = local.date() + timedelta(days=local.hour >= _LATEST)
    with time_machine.travel(clock.midnight(day) + timedelta(hours=_FORENOON), tick=True):
        yield
