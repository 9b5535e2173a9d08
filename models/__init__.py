"""Every table, gathered for Alembic and `app.py`; elsewhere import a table from its own file."""

from models import (
    accounts,
    activities,
    areas,
    audit,
    certificates,
    checkin,
    hours,
    ledger,
    metrics,
    notices,
    organizations,
    records,
    scheduler,
    signals,
    signups,
    stations,
    volunteers,
)
from models.base import db

__all__ = [
    "accounts",
    "activities",
    "areas",
    "audit",
    "certificates",
    "checkin",
    "db",
    "hours",
    "ledger",
    "metrics",
    "notices",
    "organizations",
    "records",
    "scheduler",
    "signals",
    "signups",
    "stations",
    "volunteers",
]
