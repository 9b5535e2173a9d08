"""The address of this installation: one rule for all that is printed, drawn as a code, sent away or listed as a link.

1. The configured address (ZHIYUANTAI_PUBLIC_URL), always; production does not start without one.
2. A trial without one speaks of the address that the request came by, so that what is scanned opens. Only hosts that
   this installation answers to are believed (ZHIYUANTAI_HOSTS).
3. Work without a request speaks of the address by which it was asked for (`carried`, `as_carried`), or of where
   `flask serve` listens (ZHIYUANTAI_BIND).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import current_app, has_request_context, request, url_for
from werkzeug.sansio.utils import host_is_trusted

from config import Settings

# Nothing in it that would make an address lead elsewhere, such as "localhost:@example.com".
_PLAIN_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?", re.ASCII)
_carried: ContextVar[str] = ContextVar("carried_address", default="")


def public_origin() -> str:
    """Return scheme, host and port of this installation as people open it, without a slash at the end."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.has_public_url:
        return settings.public_url
    return _asked_by(settings) or _carried.get() or settings.public_url


def public_address(endpoint: str, **values: Any) -> str:
    """Return a page's whole address, in a request or in a job."""
    if has_request_context():
        return public_origin() + url_for(endpoint, **values)
    return public_origin() + current_app.url_map.bind("").build(endpoint, values)


def carried() -> str:
    """Return what work that is asked for now must be told of the address; "" where the configuration says it."""
    settings: Settings = current_app.config["SETTINGS"]
    return "" if settings.has_public_url else _asked_by(settings)


@contextmanager
def as_carried(address: str) -> Iterator[None]:
    """Let the work inside speak of the address by which it was asked for."""
    before = _carried.set(address)
    try:
        yield
    finally:
        _carried.reset(before)


def _asked_by(settings: Settings) -> str:
    """Return the address of the request, "" without one and for a host that we do not answer to."""
    if not has_request_context() or not _PLAIN_HOST.fullmatch(request.host):
        return ""
    return f"{request.scheme}://{request.host}" if host_is_trusted(request.host, settings.trusted_hosts) else ""
