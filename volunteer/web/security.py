"""Headers that tell a browser what our pages may do."""

from flask import Flask, Response, abort, request
from flask_login import current_user

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy(**changes: str) -> str:
    """Return the content policy of a page, with other rules for some kinds of content where it needs them."""
    return "; ".join(f"{name} {value}" for name, value in {**POLICY, **changes}.items())


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": policy(),
}


def install(app: Flask) -> None:
    """Add the headers to every answer, keep signed-in pages out of caches, and know no address with a NUL."""

    @app.before_request
    def refuse_nul() -> None:
        # No text of ours holds a NUL, and PostgreSQL takes none even to look for.
        if "\0" in request.path or b"%00" in request.query_string:
            abort(404)

    @app.after_request
    def harden(response: Response) -> Response:
        # One walk over what is there; `setdefault` would take one for each of ours.
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in present)
        if app.config["SETTINGS"].production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint != "static" and current_user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response
