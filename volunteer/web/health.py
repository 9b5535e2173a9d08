"""What a monitor asks: is the process alive, and can it serve."""

from datetime import timedelta
from functools import lru_cache

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, current_app, jsonify, make_response
from sqlalchemy import select, text

from models.base import db
from models.scheduler import SchedulerLease
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.web.access import access

bp = Blueprint("health", __name__)

LEASE_GRACE = timedelta(minutes=1)
MOST_WAITING = 50_000


@bp.get("/healthz")
@access(Permission.PUBLIC)
def show_process() -> Response:
    """Answer as long as the process runs."""
    return jsonify(status="ok")


@bp.get("/readyz")
@access(Permission.PUBLIC)
def show_readiness() -> Response:
    """Answer 200 when people can be served, else 503 and the names of what is wrong."""
    wrong = [name for name, check in CHECKS.items() if not check()]
    return make_response(jsonify(status="wrong" if wrong else "ok", wrong=wrong), 503 if wrong else 200)


def takes_writes() -> bool:
    """Return whether the database takes a write."""
    try:
        db.session.execute(text("UPDATE figure_state SET version = version WHERE id = 0"))
    except Exception:
        return False
    finally:
        db.session.rollback()
    return True


def is_migrated() -> bool:
    """Return whether the schema is the one that this code knows."""
    try:
        return db.session.scalar(text("SELECT version_num FROM alembic_version")) == _newest_migration()
    except Exception:
        return False
    finally:
        db.session.rollback()


def has_scheduler() -> bool:
    """Return whether a scheduler holds the lease, or let it go less than a minute ago."""
    try:
        ends_at = db.session.scalar(select(SchedulerLease.ends_at).where(SchedulerLease.id == 1))
        return ends_at is not None and ends_at > clock.now() - LEASE_GRACE
    except Exception:
        return False
    finally:
        db.session.rollback()


def keeps_up() -> bool:
    """Return whether the figures are not hopelessly behind what was recorded."""
    try:
        return (db.session.scalar(text("SELECT count(*) FROM figure_change")) or 0) < MOST_WAITING
    except Exception:
        return False
    finally:
        db.session.rollback()


CHECKS = {"database": takes_writes, "migration": is_migrated, "scheduler": has_scheduler, "figures": keeps_up}


@lru_cache
def _newest_migration() -> str | None:
    config = Config()
    config.set_main_option("script_location", current_app.extensions["migrate"].directory)
    return ScriptDirectory.from_config(config).get_current_head()


def install(app: Flask) -> None:
    """Register the two addresses."""
    app.register_blueprint(bp)
