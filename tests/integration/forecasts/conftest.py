"""A city of four communities with three and a half years of months, written straight into the figures."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert

from models.areas import AreaPopulation
from models.base import db
from models.metrics import FigureDelta
from tests.cast import Cast
from volunteer.kernel import clock
from volunteer.metrics.edition_operations import ensure_shipped_edition

SEASON = (2, 1, 6, 3, 2, 2, 4, 4, 2, 3, 2, 1)
# Persons at the beginning, persons more a month, hours a month for each point of the season.
COMMUNITIES = {
    "420602001001": (60, 2, 60),
    "420602001002": (90, 1, 40),
    "420602002001": (3, 0, 1),
    "420606001001": (80, 1, 90),
}
RESIDENTS = 1_500


@pytest.fixture
def months(app: Flask, cast: Cast) -> None:
    """Write the figures of each month from January 2023 to November 2026, of communities and all above them."""
    areas = cast.city()
    rows: defaultdict[tuple[int, str, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for code, (registered, more, hours) in COMMUNITIES.items():
        before = [0, 0, 0]
        for place in range(47):
            year, month = 2023 + place // 12, place % 12
            active = SEASON[: month + 1]
            ends = [registered + more * place, 2 * sum(active) * registered // 80, 60 * hours * sum(active)]
            steps = [end - begin for end, begin in zip(ends, before, strict=True)]
            before = ends
            for upper in areas[code].lineage.split("/"):
                for grain, first in (
                    ("d", date(year, month + 1, 1)),
                    ("m", date(year, month + 1, 1)),
                    ("y", date(year, 1, 1)),
                ):
                    row = rows[areas[upper].id, grain, first]
                    row[:] = [a + b for a, b in zip(row, steps, strict=True)]
    with app.app_context():
        ensure_shipped_edition()
        db.session.execute(insert(FigureDelta), [_row(*key, *steps) for key, steps in rows.items()])
        populations = [(areas[code].id, year) for code in COMMUNITIES for year in range(2023, 2027)]
        values = {
            "residents": RESIDENTS,
            "source": "测试",
            "recorded_at": clock.now() - timedelta(days=1),
            "is_built_up": True,
        }
        db.session.execute(
            insert(AreaPopulation), [{"area_id": one, "year": year, **values} for one, year in populations]
        )
        db.session.commit()


def _row(area_id: int, grain: str, first: date, registered: int, active: int, minutes: int) -> dict[str, object]:
    names = ("active_year_strict", "active_year_all", "active_rolling_strict", "active_rolling_all")
    return {
        "area_id": area_id,
        "grain": grain,
        "starts_on": first,
        "registered": registered,
        **dict.fromkeys(names, active),
        **dict.fromkeys((name.replace("active", "minutes") for name in names), minutes),
    }
