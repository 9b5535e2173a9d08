"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.signals import looking, operations


def look() -> None:
    """Look at what was recorded lately; each part commits by itself, and looking again changes nothing."""
    now = clock.now()
    for shift_ids in looking.recent_shifts(now):
        operations.look_at_shifts(shift_ids)
        db.session.commit()
    for look_at in (operations.look_at_activities, operations.look_at_hands, operations.look_at_spot_checks):
        look_at(now)
        db.session.commit()
