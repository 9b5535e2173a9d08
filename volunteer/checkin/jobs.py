"""What runs by the clock in this room."""

from volunteer.checkin import operations
from volunteer.kernel import clock


def close_forgotten() -> None:
    """Close what was left open, an hour after the shift's end."""
    operations.close_forgotten(clock.now())
