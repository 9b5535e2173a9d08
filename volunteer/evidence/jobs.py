"""What runs by the clock in this room."""

from volunteer.evidence import duties
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError
from volunteer.web.transactions import by_itself


def look_after_duties() -> None:
    """Remind of what is due soon, and tell what is late; each duty in a transaction of its own."""
    for duty_id in [duty.id for duty in duties.open_duties(clock.today())]:
        try:
            by_itself(lambda duty_id=duty_id: duties.look_after(duty_id))  # type: ignore[misc]
        except DomainError:
            continue  # somebody did something with it in this moment: tomorrow's run looks again
