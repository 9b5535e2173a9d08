"""What everybody may see of the tree: its newest checkpoint, how it grew, and the means to check both."""

import re
from base64 import b64encode
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.ledger import keys, queries
from volunteer.ledger.comparing import compare
from volunteer.ledger.notes import verifier_keys
from volunteer.ledger.rules import HASH_BYTES, TILE_WIDTH, read_tile_path
from volunteer.web.access import access
from volunteer.web.addresses import public_address
from volunteer.web.downloads import file_answer
from volunteer.web.words import say

bp = Blueprint("ledger", __name__, url_prefix="/ledger")

SHOWN, IN_FEED = 10, 50
TEXT = "text/plain; charset=utf-8"
FOREVER = "public, max-age=31536000, immutable"
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


@bp.get("/")
@access(Permission.PUBLIC)
def show_ledger() -> ResponseReturnValue:
    """Show the newest checkpoint in plain words, and compare one that the reader kept."""
    typed = request.args.get("note", "")[:4000]
    return render_template(
        "ledger/show_ledger.html",
        newest=next(iter(kept := queries.checkpoints(SHOWN)), None),
        kept=kept,
        typed=typed,
        comparison=compare(typed) if typed.strip() else None,
        vkeys=verifier_keys(keys.ring(), keys.origin()),
        root_of=_base64_of_hex,
        has_certificate=bool(_certificates()),
    )


@bp.get("/checkpoint")
@access(Permission.PUBLIC)
def show_checkpoint() -> ResponseReturnValue:
    """Send the newest signed note."""
    newest = queries.latest_checkpoint()
    if newest is None:
        raise NotFound(N_("还没有签过存证点"))
    return Response(newest.note, content_type=TEXT)


@bp.get("/checkpoints/<int:size>")
@access(Permission.PUBLIC)
def show_old_checkpoint(size: int) -> ResponseReturnValue:
    """Send the note about the tree as it was with `size` leaves."""
    found = queries.checkpoint_of(size)
    if found is None:
        raise NotFound(N_("没有这个存证点"))
    return file_answer(found.note, "text/plain", f"checkpoint-{size}.txt")


@bp.get("/checkpoints.atom")
@access(Permission.PUBLIC)
def feed_checkpoints() -> ResponseReturnValue:
    """Send the newest checkpoints as a feed that an outside keeper subscribes to."""
    text = render_template(
        "ledger/checkpoints.xml",
        checkpoints=queries.checkpoints(IN_FEED),
        origin=keys.origin(),
        address=public_address,
    )
    return Response(text, content_type="application/atom+xml; charset=utf-8")


@bp.get("/consistency")
@access(Permission.PUBLIC)
def prove_consistency() -> ResponseReturnValue:
    """Send the proof that the tree of `from` leaves is the beginning of that of `to`, as JSON."""
    try:
        first, second = _size("from"), _size("to")
        path = queries.consistency(first, second)
    except DomainError as error:
        return jsonify(error=say(error.words)), 400
    return jsonify({"from": first, "to": second, "path": [b64encode(one).decode() for one in path]})


@bp.get("/tile/<path:place>")
@access(Permission.PUBLIC)
def show_tile(place: str) -> ResponseReturnValue:
    """Send the hashes of a tile (C2SP tlog-tiles); a full one never changes."""
    found = read_tile_path(place)
    hashes = queries.read_tile(found[0], found[1])[: found[2] * HASH_BYTES] if found else b""
    if found is None or len(hashes) != found[2] * HASH_BYTES:
        raise NotFound(N_("没有这一块"))
    response = Response(hashes, content_type="application/octet-stream")
    if found[2] == TILE_WIDTH:
        response.headers["Cache-Control"] = FOREVER
    return response


@bp.get("/keys.txt")
@access(Permission.PUBLIC)
def show_keys() -> ResponseReturnValue:
    """Send the lines (C2SP vkey) by which checkpoints are checked, newest key first."""
    return Response("".join(f"{line}\n" for line in verifier_keys(keys.ring(), keys.origin())), content_type=TEXT)


@bp.get("/signer.pem")
@access(Permission.PUBLIC)
def show_certificate() -> ResponseReturnValue:
    """Send the certificates by which the files of certificates are checked: today's chain, then former ones."""
    found = _certificates()
    if not found:
        raise NotFound(N_("还没有签过证明文件"))
    return Response("".join(f"{one}\n" for one in found), content_type="application/x-pem-file")


def _size(name: str) -> int:
    typed = request.args.get(name, "").strip()
    if not _DIGITS.fullmatch(typed):
        raise Invalid(N_("%(name)s 要写成数字，比如 1024"), field=name, name=name)
    return int(typed)


def _certificates() -> list[str]:
    folder: Path = current_app.config["SETTINGS"].signer
    files = [folder / "chain.pem", *sorted(folder.glob("former-*.pem"), reverse=True)]
    # Only the certificates: what an authority writes around them may be in any language.
    return [one.decode() for file in files if file.is_file() for one in _CERTIFICATE.findall(file.read_bytes())]


def _base64_of_hex(root: str) -> str:
    return b64encode(bytes.fromhex(root)).decode()
