"""What the area picker asks."""

from flask import Blueprint, Response, jsonify, request

from volunteer.areas import queries
from volunteer.kernel.permissions import Permission
from volunteer.web.access import access

bp = Blueprint("areas", __name__, url_prefix="/areas")

LONGEST_QUESTION = 60


@bp.get("/children")
@access(Permission.PUBLIC)
def list_children() -> Response:
    """Answer the areas right below `?parent=CODE`, the districts when it is empty."""
    areas = queries.children_of(_asked("parent"))
    return jsonify([{"code": area.code, "name": area.name, "level": area.level} for area in areas])


@bp.get("/search")
@access(Permission.PUBLIC)
def list_matches() -> Response:
    """Answer the areas that `?q=` means, with their full names and the steps that lead to them."""
    return jsonify(
        [
            {
                "code": match.code,
                "name": match.name,
                "level": match.level,
                "full_name": match.full_name,
                "lineage": match.steps,
            }
            for match in queries.search_areas(_asked("q"))
        ]
    )


def _asked(name: str) -> str:
    return request.args.get(name, "")[:LONGEST_QUESTION]
