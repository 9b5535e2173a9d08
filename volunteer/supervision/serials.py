"""Numbers of orders and bulletins: per office and year, without gaps, never twice."""

from sqlalchemy import select

from models.base import db, upsert
from models.supervision import SupervisionSerial

ORDER, BULLETIN = "order", "bulletin"


def wait_in_line(kind: str, area_id: int, year: int) -> None:
    """Wait until whoever is giving a number of an office now has done so; what they wrote can then be read."""
    mine = {"kind": kind, "area_id": area_id, "year": year}
    db.session.execute(select(SupervisionSerial.last).filter_by(**mine).with_for_update())


def next_number(kind: str, area_id: int, year: int) -> int:
    """Return the next number of an office in a year, from 1.

    Whoever asks at the same time waits until this transaction ends; when it is undone the number is given again.
    """
    statement = upsert(SupervisionSerial).values(kind=kind, area_id=area_id, year=year, last=1)
    counted = statement.on_conflict_do_update(
        index_elements=["kind", "area_id", "year"], set_={"last": SupervisionSerial.last + 1}
    ).returning(SupervisionSerial.last)
    return int(db.session.execute(counted, execution_options={"populate_existing": True}).scalar_one())
