"""What the office's pages about surveys share: their address and what lies in sight."""

from flask import Blueprint

from models.areas import Area
from volunteer.areas.queries import area_by_code
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import principal, require_at

bp = Blueprint("surveys", __name__, url_prefix="/surveys")


def account_id() -> int:
    """Return the account that asks."""
    return principal().account_id or 0


def area_in_sight(code: str, permission: Permission) -> Area:
    """Return the area with `code` where the reader holds `permission`; whoever does not gets 404."""
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个页面"))
    require_at(permission, Scope(area.lineage))
    return area
