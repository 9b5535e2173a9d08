"""The page on which an organizer scans, and the worker that keeps it for when there is no network."""

from flask import Response, current_app, make_response, render_template
from flask.typing import ResponseReturnValue

from volunteer.checkin import rules
from volunteer.checkin.desk import own_shift
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.stations.desk import bp
from volunteer.web.access import access
from volunteer.web.security import policy

# The reader of codes is WebAssembly; no other page of ours may compile any.
POLICY = policy(**{"script-src": "'self' 'wasm-unsafe-eval'", "worker-src": "'self'"})


@bp.get("/at/<shift_id>")
@access(Permission.RUN_SHIFTS)
def show_scanner(shift_id: str) -> ResponseReturnValue:
    """Scan the volunteers of one shift; the page opens a station by itself and works on without network."""
    card = own_shift(shift_id)
    phase = rules.phase_at(card.plan, clock.now())
    response = make_response(render_template("stations/show_scanner.html", card=card, phase=phase))
    response.headers["Content-Security-Policy"] = POLICY
    return response


@bp.get("/worker.js")
@access(Permission.PUBLIC)
def show_worker() -> Response:
    """Answer with the service worker; it stands here because a worker governs only what is below its address."""
    response = current_app.send_static_file("js/scanner/worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
