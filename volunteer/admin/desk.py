"""What all pages of the office's desk share: their address, where the reader may work, and what lies in sight."""

from flask import Blueprint, request

from models.areas import Area
from volunteer.areas.overview import population_years
from volunteer.areas.queries import area_by_code
from volunteer.areas.standing import FIRST_YEAR
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import principal, require_at

bp = Blueprint("admin", __name__, url_prefix="/admin")

CODE = "<string(minlength=6, maxlength=12):code>"
PUBLIC_ID = "<string(length=20):public_id>"


def account_id() -> int:
    """Return the account that asks."""
    return principal().account_id or 0


def lineages(permission: Permission) -> tuple[str, ...]:
    """Return where the reader holds `permission` by a role of the office."""
    return principal().lineages(permission)


def area_in_sight(code: str, permission: Permission) -> Area:
    """Return the area with `code` where the reader holds `permission`; whoever does not gets 404."""
    area = area_by_code(code) if code.isascii() and code.isdigit() else None
    if area is None:
        raise NotFound(N_("没有找到这个页面"))
    require_at(permission, Scope(area.lineage))
    return area


def typed_words(name: str) -> str:
    """Return a short text of the address, trimmed and without what cannot be seen."""
    return "".join(character for character in request.args.get(name, "") if character.isprintable()).strip()[:50]


def chosen_year() -> int:
    """Return `?year=`; else the latest year with a population, else this year."""
    typed = request.args.get("year", "")
    last = clock.today().year + 1
    if typed.isascii() and typed.isdigit() and len(typed) == 4 and FIRST_YEAR <= int(typed) <= last:
        return int(typed)
    return next(iter(population_years()), clock.today().year)


def year_choices(chosen: int) -> list[int]:
    """Return the years to choose from, the newest first: those with a population, this one and the one before."""
    this = clock.today().year
    return sorted({*population_years(), this, this - 1, chosen}, reverse=True)
