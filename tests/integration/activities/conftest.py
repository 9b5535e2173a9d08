"""An organizer at the desk, and an activity as it is typed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models.accounts import Account
from models.activities import Activity
from models.base import db
from models.organizations import Organization
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock
from volunteer.kernel.clock import to_local

GATE = ("own_job", "paid", "meeting", "visit", "team_building", "internship")


def typed_moment(moment: datetime) -> str:
    """Return a moment as a browser's field sends it."""
    return f"{to_local(moment):%Y-%m-%dT%H:%M}"


def tomorrow(hours: float = 0) -> datetime:
    """Return this hour tomorrow, and so many hours later."""
    return clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1, hours=hours)


def typed_shift(
    number: int, starts_at: datetime, hours: float = 2, capacity: str = "10", **more: str
) -> dict[str, str]:
    """Return one row of the form."""
    row = {
        "starts_at": typed_moment(starts_at),
        "ends_at": typed_moment(starts_at + timedelta(hours=hours)),
        "capacity": capacity,
        "break_minutes": "0",
        **more,
    }
    return {f"shifts-{number}-{name}": value for name, value in row.items()}


def typed_activity(act: str = "publish", **changes: Any) -> dict[str, Any]:
    """Return a whole form that may be published."""
    return {
        "title": "周末清洁护城河",
        "category": "environment",
        "description": "沿护城河捡拾垃圾，分类装袋。",
        "area_code": "",
        "place": "护城河东门广场",
        "minimum_age": "12",
        "requirements": "穿防滑的鞋",
        "bring": "饮用水",
        "risk": "ordinary",
        "risks": "",
        "insurance": "",
        "contact_name": "王主任",
        "contact_phone": "0710-3220000",
        **{f"gate_{question}": "no" for question in GATE},
        **typed_shift(0, tomorrow()),
        "act": act,
        **changes,
    }


@pytest.fixture
def owner(cast: Cast) -> Account:
    """Return who owns the organization."""
    return cast.account("王主任")


@pytest.fixture
def organization(cast: Cast, owner: Account) -> Organization:
    """Return an approved organization."""
    return cast.organization(owner)


@pytest.fixture
def desk(browser: Browser, owner: Account, organization: Organization) -> Browser:
    """Return the owner's browser."""
    return browser.sign_in(owner)


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Activity]]:
    """Return a way to read all activities with their shifts, the oldest first."""

    def read() -> list[Activity]:
        with app.app_context():
            query = select(Activity).options(selectinload(Activity.shifts)).order_by(Activity.id)
            return list(db.session.scalars(query))

    return read
