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


def hold(code: VenueCode, scanned_at: datetime, method: Method) -> Response:
    """Keep a scan for this browser and go on to the page that asks who is present, and makes it somebody's."""
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


def read(token: str, account_id: int | None = None) -> Claim:
    """Return the claim as the account reads it, or raise a `DomainError`.

    That is for one of another browser or account, an old one, or none.
    """
    browser = browser_name()
    if not token or not browser:
        raise Invalid(N_("这里没有刚才的扫码，请对着现场屏幕扫一次"))
    return codes.read_claim(keys("claim"), token, clock.now(), browser, account_id)


def peek(token: str) -> Claim | None:
    """Return what a claim of ours says, whosever and however old; None for no such thing."""
    return codes.peek_claim(keys("claim"), token)


def own(claim: Claim, account_id: int | None) -> str:
    """Return the claim that this browser holds, from now on of the account alone if somebody is signed in."""
    if not claim.is_free or account_id is None:
        return held()
    return codes.bind_claim(keys("claim"), claim, browser_name(), account_id)


def hold_on(response: Response, token: str) -> Response:
    """Keep a claim that was made somebody's."""
    if token != held():
        _set(response, CLAIM, token, codes.CLAIM_LIFE)
    return response


def browser_name() -> str:
    """Return the secret name that we gave to this browser, "" for none; what it calls itself is not believed."""
    return codes.read_browser_name(keys("claim"), request.cookies.get(_cookie(BROWSER), ""))


def name_browser(response: Response) -> str:
    """Return this browser's name, given to it now if it has none, and keep it for another 400 days."""
    name = browser_name() or secrets.token_urlsafe(16)
    _set(response, BROWSER, codes.name_for_browser(keys("claim"), name), BROWSER_LIFE)
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
