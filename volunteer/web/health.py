"""What a monitor asks: is the process alive, and can it serve."""

from flask import Blueprint, Flask, Response, jsonify, make_response
from sqlalchemy import text

from models.base import db
from volunteer.kernel.permissions import Permission
from volunteer.web.access import access

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access(Permission.PUBLIC)
def show_process() -> Response:
    """Answer as long as the process runs."""
    return jsonify(status="ok")


@bp.get("/readyz")
@access(Permission.PUBLIC)
def show_readiness() -> Response:
    """Answer 200 when the database takes a write and its schema is ours, else 503 with what is wrong."""
    wrong = [name for name, check in (("database", _takes_writes),) if not check()]
    return make_response(jsonify(status="wrong" if wrong else "ok", wrong=wrong), 503 if wrong else 200)


def _takes_writes() -> bool:
    try:
        db.session.execute(text("UPDATE figure_state SET version = version WHERE id = 0"))
        db.session.rollback()
    except Exception:
        db.session.rollback()
        return False
    return True


def install(app: Flask) -> None:
    """Register the two addresses."""
    app.register_blueprint(bp)
