"""What the pages about surveys share: their address, the keys, what lies in sight, and who is not looked up."""

from flask import Blueprint, current_app, request
from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.accounts.sign_in import ask_nobody
from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import principal, require_at

bp = Blueprint("surveys", __name__, url_prefix="/surveys")

PUBLIC_ID = "<string(length=20):public_id>"
# Whoever is signed in answers as a visitor: no session is marked as seen beside an answer.
ANONYMOUS = frozenset(
    f"surveys.{name}"
    for name in (
        "enter_code",
        "answer",
        "thank",
        "interview",
        "note_miss",
        "take_miss_back",
        "show_state",
        "take_sheets",
        "show_worker",
    )
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


def require_kind(is_official: bool, area: Area, permission: Permission) -> None:
    """Raise Invalid on "kind" where an official survey is not held by an office of the city or a district."""
    above = [one for one in principal().lineages(permission) if f"{area.lineage}/".startswith(f"{one}/")]
    held_by = select(Area.id).where(Area.lineage.in_(above), Area.level.in_((AreaLevel.CITY, AreaLevel.DISTRICT)))
    if is_official and db.session.scalar(held_by.limit(1)) is None:
        raise Invalid(N_("正式测评由市或县市区的办公室登记，街道和社区只能做自测"), field="kind")


def area_in_sight(code: str, permission: Permission) -> Area:
    """Return the area with `code` where the reader holds `permission`; whoever does not gets 404."""
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个页面"))
    require_at(permission, Scope(area.lineage))
    return area
