"""The tree's own key ring and name, from the settings of this installation."""

import json

from flask import current_app
from sqlalchemy import select

from models.base import db
from models.ledger import LedgerLeaf
from volunteer.kernel.keys import KeyRing
from volunteer.ledger.notes import origin_of


def ring() -> KeyRing:
    """Return the keys that seal rows and sign checkpoints; they are never in the database."""
    found: KeyRing = current_app.config["SETTINGS"].keys["ledger"]
    return found


def origin() -> str:
    """Return the name of this installation's tree, the first line of every checkpoint.

    It is the one that leaf 0 gave the tree when it was opened, whatever address people open today: notes of before
    would be those of another tree otherwise.
    """
    opening = db.session.scalar(select(LedgerLeaf.content).where(LedgerLeaf.position == 0))
    return (_named(opening) if opening else "") or origin_of(current_app.config["SETTINGS"].public_url)


def _named(opening: str) -> str:
    try:
        told = json.loads(opening)
    except ValueError:
        return ""
    named = told.get("origin") if isinstance(told, dict) else None
    return named if isinstance(named, str) else ""
