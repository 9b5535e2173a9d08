"""The scan that this browser holds: its cookies, and the claim that they keep until somebody says who is present."""

import secrets
from datetime import datetime, timedelta

from flask import Response, current_app, make_response, redirect, render_template, request, url_for

from volunteer.checkin import codes
from volunteer.checkin.codes import Claim, VenueCode
from volunteer.checkin.desk import keys
from volunteer.checkin.rules import Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

CLAIM, BROWSER = "scan", "browser"
# A device stays the same device from season to season: it is evidence, and only its digest is stored (our decision).
BROWSER_LIFE = timedelta(days=400)
_LONGEST_COOKIE = 400


def hold(code: VenueCode, scanned_at: datetime, method: Method) -> Response:
    """Keep a scan for this browser and go on to the page that asks who is present."""
    response = make_response(redirect(url_for("checkin.choose_volunteer")))
    browser = name_browser(response)
    _set(response, CLAIM, codes.make_claim(keys("claim"), code, scanned_at, browser, method), codes.CLAIM_LIFE)
    response.headers["Cache-Control"] = "no-store"
    return response


def refuse(refusal: Refusal, now: datetime, code: VenueCode | None) -> Response:
    """Say why a code is of no use; the page reports itself, since a GET writes nothing. `code`: what it says at least.

    The rule must be one of `codes.REFUSED_SCANS`.
    """
    response = make_response("", refusal.status)
    note = codes.make_refusal_note(
        keys("claim"),
        name_browser(response),
        rule=refusal.rule,
        asked_at=now,
        shift=code.shift if code else "",
        phase=code.phase if code else None,
    )
    response.set_data(render_template("checkin/refused.html", refusal=refusal, note=note))
    return response


def held() -> str:
    """Return the signed claim that this browser holds, "" for none."""
    return request.cookies.get(_cookie(CLAIM), "")


def read(token: str) -> Claim:
    """Return the claim, or raise a `DomainError` for one of another browser or an old one, or for none."""
    browser = browser_name()
    if not token or not browser:
        raise Invalid(N_("这里没有刚才的扫码，请对着现场屏幕扫一次"))
    return codes.read_claim(keys("claim"), token, clock.now(), browser)


def browser_name() -> str:
    """Return the secret name that this browser was given, "" for none."""
    name = request.cookies.get(_cookie(BROWSER), "")
    return name if 20 <= len(name) <= _LONGEST_COOKIE else ""


def name_browser(response: Response) -> str:
    """Return this browser's name, given to it now if it has none, and keep it for another 400 days."""
    name = browser_name() or secrets.token_urlsafe(16)
    _set(response, BROWSER, name, BROWSER_LIFE)
    return name


def device() -> str:
    """Return the digest by which presence of this browser is known, "" for one without a name."""
    return codes.device_of(keys("index"), browser_name())


def _set(response: Response, name: str, value: str, life: timedelta) -> None:
    response.set_cookie(
        _cookie(name),
        value,
        max_age=life,
        secure=current_app.config["SETTINGS"].production,
        httponly=True,
        samesite="Lax",
    )


def _cookie(name: str) -> str:
    return f"__Host-{name}" if current_app.config["SETTINGS"].production else name
