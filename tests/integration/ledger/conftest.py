"""A shift that is over and somebody who served there, and the tree that takes it in."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.cast import Cast
from volunteer.hours.ledger import enter
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.ledger import jobs


class Scene:
    """Somebody who serves day after day, recorded as a check-out records it."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.volunteer, self.shift = cast, cast.volunteer(), cast.shift()
        self.organization = cast.organization(name="汉江护鸟队")
        self.day = date(2026, 3, 1)

    def serve(self, minutes: int = 60) -> int:
        self.day += timedelta(days=1)
        starts_at = clock.now().replace(year=self.day.year, month=self.day.month, day=self.day.day)
        return enter(
            {
                "kind": EntryKind.CREDIT,
                "volunteer_id": self.volunteer.id,
                "shift_id": self.shift.id,
                "organization_id": self.organization.id,
                "served_on": self.day,
                "started_at": starts_at,
                "ended_at": starts_at + timedelta(minutes=minutes),
                "minutes": minutes,
                "source": Source.SCAN,
                "rules_version": RULES_VERSION,
                "derivation": {"words": "9:00–10:00 在场 → 60 分钟", "minutes": minutes, "extended_to": None},
            }
        )

    def opened(self) -> None:
        """Open the tree over nothing of ours but one row."""
        self.serve()
        jobs.open_tree()


@pytest.fixture
def scene(cast: Cast, context: Flask) -> Scene:
    return Scene(cast)
