"""What of presence goes when a person is erased: where they stood, and with which phone."""

from sqlalchemy import update

from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal


def forget_places(volunteer_id: int) -> None:
    """Empty the positions and devices of a person's presence; that they came and went stays, as the minutes do.

    The triggers let this pass for a volunteer who is marked as erased, and for nobody else.
    """
    places = {"latitude": None, "longitude": None, "accuracy_metres": None, "device": ""}
    db.session.execute(update(PresenceEvent).where(PresenceEvent.volunteer_id == volunteer_id).values(places))
    db.session.execute(update(PresenceRefusal).where(PresenceRefusal.volunteer_id == volunteer_id).values(device=""))
