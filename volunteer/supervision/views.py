"""All pages of this room: importing their files gives `bp` its routes."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from volunteer.kernel.permissions import Permission
from volunteer.supervision import bulletin_views, order_views, sending_views
from volunteer.supervision.desk import bp
from volunteer.web.access import access, principal

__all__ = ["bp", "bulletin_views", "order_views", "sending_views"]


@bp.get("/")
@access(Permission.READ_FIGURES)
def show_first() -> ResponseReturnValue:
    """Lead to the orders, or to the bulletins who may only read figures."""
    has_orders = principal().may(Permission.ANSWER_ORDERS)
    return redirect(url_for(".list_orders" if has_orders else ".list_bulletins"))
