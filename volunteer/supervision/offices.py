"""What an area's office is called on paper, and the mark in its numbers."""

from flask import current_app
from sqlalchemy import func, select

from models.areas import Area
from models.base import db
from volunteer.areas.rules import AreaLevel
from volunteer.supervision.marks import mark_for
from volunteer.supervision.order_rules import office_called

ORDERS, BULLETINS = "督", "通报"


def office_of(area: Area) -> str:
    """Return what an area's office is called on paper."""
    above = area.parent if area.level is AreaLevel.DISTRICT else None
    return office_called(area.level, area.name, above.name if above else area.name, _office_name())


def mark_of(area: Area, ending: str) -> str:
    """Return the mark with which the numbers of an area's office begin from now on; `ending` says what is numbered."""
    codes = area.lineage.split("/")
    names = db.session.scalars(select(Area.name).where(Area.code.in_(codes)).order_by(func.length(Area.lineage))).all()
    return mark_for(area.level, names, _office_name(), ending)


def product_name() -> str:
    """Return what this installation is called."""
    return str(current_app.config["SETTINGS"].product_name)


def _office_name() -> str:
    return str(current_app.config["SETTINGS"].office_name)
