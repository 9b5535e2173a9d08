"""What the pages about surveys share: their address, the keys, what lies in sight, and who is not looked up."""

from typing import Any

from flask import Blueprint, current_app, request, url_for

from models.areas import Area
from volunteer.accounts.sign_in import ask_nobody
from volunteer.areas.queries import area_by_code
from volunteer.kernel.errors import NotFound
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import principal, require_at

bp = Blueprint("surveys", __name__, url_prefix="/surveys")

PUBLIC_ID = "<string(length=20):public_id>"
# Whoever is signed in answers as a visitor: no session is marked as seen beside an answer.
ANONYMOUS = frozenset(
    f"surveys.{name}"
    for name in ("enter_code", "answer", "thank", "interview", "note_miss", "show_state", "take_sheets", "show_worker")
)


@bp.before_request
def forget_who_asks() -> None:
    """Take answers as a visitor's, also of those who are signed in; pages alone are in their language."""
    if request.method == "POST" and request.endpoint in ANONYMOUS:
        ask_nobody()


def account_id() -> int:
    """Return the account that asks."""
    return principal().account_id or 0


def keys() -> KeyRing:
    """Return the keys under whose digests tickets and links are found; they are never replaced."""
    found: KeyRing = current_app.config["SETTINGS"].keys["index"]
    return found


def public_address(endpoint: str, **parts: Any) -> str:
    """Return a page's address as people open it from outside."""
    address: str = current_app.config["SETTINGS"].public_url
    return address.rstrip("/") + url_for(endpoint, **parts)


def area_in_sight(code: str, permission: Permission) -> Area:
    """Return the area with `code` where the reader holds `permission`; whoever does not gets 404."""
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个页面"))
    require_at(permission, Scope(area.lineage))
    return area
