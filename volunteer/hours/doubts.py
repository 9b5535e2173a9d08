"""What rooms above find odd about a presence: asked before its minutes are settled, and kept beside the reason."""

from typing import Protocol

from volunteer.hours import telling
from volunteer.hours.ledger import Seat
from volunteer.kernel.text import Words

LONGEST_REASON = 300


class Doubt(Protocol):
    """What a room above looks for in a presence that has ended, within the same transaction."""

    def __call__(self, *, volunteer_id: int, shift_id: int, check_out_event_id: int) -> Words | None:
        """Return why a person should look before the minutes count, None where nothing is odd."""


doubts: list[Doubt] = []
"""Filled by app.py, since the signals know the hours and not the other way round."""


def doubt_about(seat: Seat, check_out_event_id: int) -> Words | None:
    """Return what is odd about the presence that a going ends, None for nothing."""
    asked = {"volunteer_id": seat.volunteer_id, "shift_id": seat.shift_id, "check_out_event_id": check_out_event_id}
    found = [words for words in (doubt(**asked) for doubt in doubts) if words is not None]
    return telling.joined(found) if found else None


def reason_with(reason: str, doubt: Words | None) -> str:
    """Return what people gave as the reason with the doubt beside it, as a proposal keeps it.

    Where both are too long the reason is cut: nobody writes so much that the second person reads no doubt.
    """
    if doubt is None:
        return reason[:LONGEST_REASON]
    said = f"；{doubt}" if reason else str(doubt)
    return (reason[: max(0, LONGEST_REASON - len(said))] + said)[:LONGEST_REASON]


def reason_at(seat: Seat, reason: str) -> str:
    """Return the reason of what a person proposes, beside it what is odd about the presence that it settles, if any."""
    event_id = seat.presence_event_id
    return reason_with(reason, doubt_about(seat, event_id) if event_id is not None else None)
