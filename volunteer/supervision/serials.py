"""Numbers of orders and bulletins: per office and year, without gaps, never twice."""

from sqlalchemy import select, update

from models.base import db, upsert
from models.supervision import SupervisionSerial

ORDER, BULLETIN = "order", "bulletin"
_READ_ANEW = {"populate_existing": True, "synchronize_session": False}


def wait_in_line(kind: str, area_id: int, year: int) -> None:
    """Wait until whoever is giving a number of an office now has done so; what they wrote can then be read."""
    mine = {"kind": kind, "area_id": area_id, "year": year}
    db.session.execute(select(SupervisionSerial.last).filter_by(**mine).with_for_update())


def next_number(kind: str, area_id: int, year: int) -> int:
    """Return the next number of an office in a year, from 1.

    Whoever asks at the same time waits until this transaction ends; when it is undone the number is given again.
    """
    # Raised first: a guard keeps any row from being put in the place of one that is there.
    mine = {"kind": kind, "area_id": area_id, "year": year}
    one_more = {"last": SupervisionSerial.last + 1}
    raised = update(SupervisionSerial).filter_by(**mine).values(one_more).returning(SupervisionSerial.last)
    last = db.session.execute(raised, execution_options=_READ_ANEW).scalar()
    if last is None:
        begun = upsert(SupervisionSerial).values(**mine, last=1)
        keys = list(mine)
        counted = begun.on_conflict_do_update(index_elements=keys, set_=one_more).returning(SupervisionSerial.last)
        last = db.session.execute(counted, execution_options=_READ_ANEW).scalar_one()
    return int(last)
