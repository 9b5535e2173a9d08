"""One transaction a request, committed before a success leaves and rolled back on everything else."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from flask import Flask, Response, request

from models.base import db
from models.engine import is_reading
from volunteer.kernel.errors import DomainError

Answer = TypeVar("Answer")

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Make `app` commit at the edge: a 2xx or 3xx goes out only after COMMIT."""

    @app.before_request
    def note_intent() -> None:
        is_reading.set(request.method in READING_METHODS)

    @app.after_request
    def settle(response: Response) -> Response:
        if not db.session.registry.has():
            return response
        if response.status_code < 400 and request.method not in READING_METHODS:
            db.session.commit()
        else:
            db.session.rollback()
        return response


class Asked(Protocol):
    """What `attempt` needs of a form."""

    def validate_on_submit(self) -> bool:
        """Return whether something was sent and its shape is right."""

    def blame(self, error: DomainError) -> None:
        """Put `error` on the field that it names."""


def attempt(form: Asked, act: Callable[[], Answer]) -> Answer | None:
    """Validate `form`, then run `act`; a domain error lands on its field, what was flushed is undone, and None returns.

    `act` returns something that is not None, so that the view can tell success.
    """
    if not form.validate_on_submit():
        return None
    try:
        return act()
    except DomainError as error:
        db.session.rollback()
        form.blame(error)
        return None


def keep_despite_refusal() -> None:
    """Commit now what must outlast a refused request, such as a counted failure; call before raising."""
    db.session.commit()


def only_read_from_here() -> None:
    """Commit what was written; the rest of the request reads, on SQLite beside the writer instead of in its place."""
    db.session.commit()
    is_reading.set(True)


def by_itself(act: Callable[[], Answer]) -> Answer:
    """Run one of many acts in a transaction of its own: committed when it is done, undone when it is refused."""
    try:
        done = act()
    except DomainError:
        db.session.rollback()
        raise
    db.session.commit()
    return done
