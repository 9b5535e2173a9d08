"""The front page of each reader, and the organizer's desk."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from volunteer.home import queries
from volunteer.home.rules import NextStep, greeting
from volunteer.hours.rules import YEAR_GOAL_MINUTES
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_date
from volunteer.metrics.queries import city_summary
from volunteer.notices.queries import unread_count
from volunteer.organizations.queries import awaiting_count as organizations_awaiting
from volunteer.supervision.order_queries import count_to_answer
from volunteer.web.access import access, principal

bp = Blueprint("home", __name__)


@bp.get("/")
@access(Permission.PUBLIC)
def show_front() -> ResponseReturnValue:
    """Show the city to a visitor, and to a resident what lies ahead."""
    account_id = principal().account_id
    return _city_page() if account_id is None else _resident_page(account_id)


def _city_page() -> str:
    summary = city_summary(clock.today())
    return render_template(
        "home/show_city.html",
        city=summary.area.name if summary else "",
        figures=queries.known_figures(summary),
        as_of=say_date(clock.today()),
        cards=queries.next_open_activities(clock.now()),
    )


def _resident_page(account_id: int) -> str:
    now = clock.now()
    is_large = principal().text_size == "large"
    return render_template(
        "home/show_few.html" if is_large else "home/show_front.html",
        front=queries.resident_front(account_id, now),
        greeting=greeting(now),
        year=clock.today().year,
        goal=YEAR_GOAL_MINUTES,
        STEP=NextStep,
        help_phone=current_app.config["SETTINGS"].help_phone,
    )


@bp.get("/my-day")
@access(Permission.OWN)
def show_day() -> ResponseReturnValue:
    """Show a resident what today holds: where they are, where they may join now, what is still to come."""
    day = queries.resident_day(principal().account_id or 0, clock.now())
    return render_template("home/show_day.html", day=day, STEP=NextStep, said=say_date(clock.today()))


@bp.get("/today")
@access(Permission.READ_ORGANIZATION)
def show_today() -> ResponseReturnValue:
    """Show an organizer what today asks of them, organization by organization."""
    who = principal()
    return render_template(
        "home/show_today.html",
        desks_today=queries.desks_of(who.organization_ids(Permission.READ_ORGANIZATION), clock.now()),
        pending=organizations_awaiting(who.account_id or 0),
        unread=unread_count(who.account_id or 0),
        orders=count_to_answer(who, clock.today()),
        day=say_date(clock.today()),
    )
