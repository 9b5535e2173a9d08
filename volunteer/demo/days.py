"""Hours of the story's days as moments."""

from datetime import UTC, date, datetime, time

from volunteer.kernel.clock import LOCAL_ZONE


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a local hour of a day as a moment."""
    return datetime.combine(day, time(hour, minute), LOCAL_ZONE).astimezone(UTC)


def morning(day: date) -> datetime:
    """Return nine o'clock of a day."""
    return moment(day, 9)
