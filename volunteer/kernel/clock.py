"""The only place that reads the clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment in UTC, with its zone."""
    return datetime.now(UTC)


def today() -> date:
    """Return today's date in Asia/Shanghai."""
    return local_day(now())


def to_local(moment: datetime) -> datetime:
    """Return an aware moment as Asia/Shanghai wall time."""
    return moment.astimezone(LOCAL_ZONE)


def local_day(moment: datetime) -> date:
    """Return the Asia/Shanghai day on which an aware moment falls."""
    return to_local(moment).date()


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), LOCAL_ZONE)
