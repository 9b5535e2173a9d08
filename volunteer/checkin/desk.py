"""What all pages of this room share: their address, the shift at hand, who asks, and the keys."""

from datetime import timedelta

from flask import (
    Blueprint,
    current_app,
)

from volunteer.checkin import queries
from volunteer.checkin.queries import ShiftCard
from volunteer.kernel.errors import NotFound
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.web.access import require_at

# No prefix: what a venue's picture leads to must be short.
bp = Blueprint("checkin", __name__)


def own_shift(shift_id: str) -> ShiftCard:
    """Return a shift whose people the reader may record; a stranger gets 404."""
    card = shift_of(shift_id)
    require_at(Permission.RUN_SHIFTS, card.scope)
    return card


def shift_of(shift_id: str) -> ShiftCard:
    """Return any shift, or raise NotFound."""
    card = queries.shift_card(shift_id)
    if card is None:
        raise NotFound(N_("没有找到这个班次"))
    return card


def keys(purpose: str) -> KeyRing:
    """Return the keys of a purpose."""
    ring: KeyRing = current_app.config["SETTINGS"].keys[purpose]
    return ring


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds, as a page's timer counts."""
    return span // timedelta(milliseconds=1)
