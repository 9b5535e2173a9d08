"""What the pages of this room share: their address, numbers, files that are handed out, and days in words."""

from datetime import date

from flask import Blueprint, Response
from flask_babel import gettext as _

from models.supervision import Order
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_date, say_last_day
from volunteer.supervision.order_rules import DAYS, calendar_remark, due_on, order_number
from volunteer.web.access import principal
from volunteer.web.downloads import file_answer
from volunteer.web.words import say

bp = Blueprint("supervision", __name__, url_prefix="/supervision")

PDF = "application/pdf"


def layout() -> str:
    """Return the reader's desk: the office's, or an organizer's."""
    is_office = bool(principal().lineages(Permission.ANSWER_ORDERS) or principal().lineages(Permission.READ_FIGURES))
    return "layouts/office.html" if is_office else "layouts/organizer.html"


def number_of(order: Order) -> str:
    """Return an order's number as it is written."""
    return order_number(order.mark, order.year, order.number)


def days_offered() -> list[tuple[int, str]]:
    """Return the deadlines to choose from, each with the day that it gives from today."""
    today = clock.today()
    return [(days, _days_words(days, due_on(today, days), today)) for days in DAYS]


def _days_words(days: int, due: date, today: date) -> str:
    words = _("%(days)s 个工作日（%(due)s）", days=days, due=say(say_last_day(due, today)))
    remark = calendar_remark(due)
    return words if remark is None else _("%(words)s；%(remark)s", words=words, remark=say(remark))


def deadline(due: date) -> str:
    """Return a deadline as a date, with a remark where its year's days off are not known."""
    remark, day = calendar_remark(due), say(say_date(due))
    return day if remark is None else _("%(day)s（%(remark)s）", day=day, remark=say(remark))


def file(content: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """Hand out bytes under a name as people read it; no cache may keep them."""
    response = file_answer(content, media_type, name, inline=inline)
    response.headers["Cache-Control"] = "no-store"
    return response
