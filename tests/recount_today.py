"""The second count of a day that is under way: who is at a shift, and what was credited for it. Plain SQL."""

from datetime import date, datetime

from sqlalchemy import Connection, Date, DateTime, bindparam, text

from tests.recount import EVER, STANDING

_ASKED = (
    bindparam("read_on", type_=Date()),
    bindparam("known_at", EVER, DateTime(timezone=True)),
    bindparam("moment", type_=DateTime(timezone=True)),
)
# At a shift that has not ended is who came to it and has not left it since.
PRESENT = text(
    f"""
    WITH RECURSIVE {STANDING}
    SELECT COUNT(*) FROM presence_event came
    JOIN shift ON shift.id = came.shift_id JOIN activity ON activity.id = shift.activity_id
    JOIN above ON above.area_id = activity.area_id JOIN area ON area.id = above.top_id
    WHERE area.code = :code AND came.direction = 'in' AND COALESCE(shift.extended_until, shift.ends_at) >= :moment
      AND NOT EXISTS (SELECT 1 FROM presence_event later WHERE later.volunteer_id = came.volunteer_id
                      AND later.shift_id = came.shift_id AND later.ordinal > came.ordinal)
    """
).bindparams(*_ASKED)
# Activities in the area, whoever served there; what was taken back is taken off.
CREDITED = text(
    f"""
    WITH RECURSIVE {STANDING}
    SELECT COUNT(DISTINCT entry.volunteer_id), COALESCE(SUM(entry.minutes), 0)
    FROM entry JOIN shift ON shift.id = entry.shift_id JOIN activity ON activity.id = shift.activity_id
    JOIN above ON above.area_id = activity.area_id JOIN area ON area.id = above.top_id
    WHERE area.code = :code AND entry.served_on = :read_on
    """
).bindparams(*_ASKED[:2])


def today_in(connection: Connection, code: str, today: date, moment: datetime) -> tuple[int, int, int]:
    """Return who serves at a moment in an area's activities, and how many were credited for today with what minutes."""
    asked = {"code": code, "read_on": today}
    present = connection.scalar(PRESENT, {**asked, "moment": moment})
    served, minutes = connection.execute(CREDITED, asked).one()
    return int(present or 0), int(served), int(minutes)
