"""What runs by the clock in this room."""

from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError
from volunteer.kernel.workdays import add_working_days
from volunteer.supervision import bulletin_papers, bulletins, order_queries, orders
from volunteer.supervision.order_rules import REMIND_DAYS_BEFORE
from volunteer.web.transactions import by_itself


def look_after_orders() -> None:
    """Remind of what is due soon and today, and report what is overdue; each order in a transaction of its own."""
    for order_id in order_queries.unanswered_ids(add_working_days(clock.today(), REMIND_DAYS_BEFORE)):
        try:
            by_itself(lambda order_id=order_id: orders.look_after(order_id))  # type: ignore[misc]
        except DomainError:
            continue  # somebody did something with it in this moment: tomorrow's run looks again


def draft_bulletins() -> None:
    """Have last month's bulletins drafted; on the first of the month, and again where that run was missed.

    Have drawn what one still lacks.
    """
    bulletins.ask_for_last_month()
    bulletin_papers.ask_for_missing()
