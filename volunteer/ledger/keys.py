"""The tree's own key ring and name, from the settings of this installation."""

from flask import current_app

from volunteer.kernel.keys import KeyRing
from volunteer.ledger.notes import origin_of


def ring() -> KeyRing:
    """Return the keys that seal rows and sign checkpoints; they are never in the database."""
    found: KeyRing = current_app.config["SETTINGS"].keys["ledger"]
    return found


def origin() -> str:
    """Return the name of this installation's tree, the first line of every checkpoint."""
    return origin_of(current_app.config["SETTINGS"].public_url)
