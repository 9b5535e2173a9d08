"""Bytes over the wire: static files with siblings that are not stale, and pages compressed where that is safe."""

import gzip
import os
import re
from typing import Any

from flask import Flask, Response, request
from whitenoise import WhiteNoise
from whitenoise.base import MissingFileError

from volunteer.web.assets import is_fresh

SIBLINGS = (".br", ".gz")
WORTH_COMPRESSING = 1_000
COMPRESSION_LEVEL = 6
_MODULES = re.compile(r"/js/[^/]+/[^/]+\.js$")
_TEXTS = frozenset({"text/html", "text/css", "text/csv", "text/plain", "text/javascript", "application/json"})


class StaticFiles(WhiteNoise):
    """Serves `static/`; a compressed sibling of our own files only while it matches them.

    Third-party files carry a digest in their names, so their siblings cannot be stale.
    """

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> Any:
        """Return the file with those siblings that may be served."""
        try:
            known = {path: os.stat(path)}
        except FileNotFoundError:
            raise MissingFileError(path) from None
        for sibling in (path + suffix for suffix in SIBLINGS):
            if os.path.exists(sibling):
                status = os.stat(sibling)
                if self.immutable_file_test(path, url) or is_fresh(status, known[path]):
                    known[sibling] = status
        return super().get_static_file(path, url, stat_cache=known)

    def add_cache_headers(self, headers: Any, path: str, url: str) -> None:
        """Let a browser ask each time for modules that import each other, whose addresses carry no version.

        Kept for a day, one of yesterday could meet one of today.
        """
        if _MODULES.search(url):
            headers["Cache-Control"] = "no-cache"
        else:
            super().add_cache_headers(headers, path, url)


def install(app: Flask) -> None:
    """Compress pages for browsers that can read it.

    An attacker who may put words of their own into a page beside its secrets can guess these by how well the page
    compresses (BREACH). Only an address can be chosen by others, so an answer to one with a query goes out as it is;
    a form is sent by none but us, since it brings our token.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        if _may_compress(response):
            response.vary.add("Accept-Encoding")
            if request.accept_encodings.quality("gzip") > 0:
                response.set_data(gzip.compress(response.get_data(), COMPRESSION_LEVEL, mtime=0))
                response.headers["Content-Encoding"] = "gzip"
        return response


def _may_compress(response: Response) -> bool:
    return (
        not request.query_string
        and response.mimetype in _TEXTS
        and not response.is_streamed
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and (response.content_length or 0) >= WORTH_COMPRESSING
    )
