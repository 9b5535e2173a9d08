"""The product made unsafe on purpose, as a control: it answers first and stores later.

A check-in is answered at once and waits in memory behind the next few; who ends in order stores what waits. So nothing
is wrong with it until it is killed. Which is what the proof has to notice.
"""

import atexit
from collections import deque
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import Lock
from typing import Any

from app import create_app as create_product

Environment = dict[str, Any]
HELD_BACK = 10


class AnswersFirst:
    """A WSGI application around another that answers check-ins before that has seen them."""

    def __init__(self, product: Callable[..., Iterable[bytes]]) -> None:
        self.product = product
        self.waiting: deque[Environment] = deque()
        self.line = Lock()
        atexit.register(self._store, leaving=0)

    def __call__(self, environment: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if (environment["REQUEST_METHOD"], environment["PATH_INFO"]) != ("POST", "/checkin/record"):
            return self.product(environment, start_response)
        body = environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"]))
        self.waiting.append({**environment, "wsgi.input": BytesIO(body)})
        self._store(leaving=HELD_BACK)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    def _store(self, leaving: int) -> None:
        with self.line:
            while len(self.waiting) > leaving:
                answer = self.product(self.waiting.popleft(), lambda *_: None)
                b"".join(answer)


def create_app() -> AnswersFirst:
    """Build the product and stand in front of it."""
    return AnswersFirst(create_product())
