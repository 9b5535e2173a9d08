"""The scanning page: for whom it opens, what it may run, and what a browser may keep of it."""

from flask import Flask

from tests.client import Browser
from tests.integration.stations.conftest import Desk


def policy_of(browser: Browser, path: str) -> dict[str, str]:
    """Return the content policy of a page, by kinds of content."""
    rules = browser.get(path).headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


def test_webassembly_may_run_on_the_scanning_page_and_on_no_other(desk: Desk) -> None:
    scanning = policy_of(desk.browser, f"/stations/at/{desk.shift.public_id}")
    other = policy_of(desk.browser, f"/checkin/shifts/{desk.shift.public_id}/roster")
    assert scanning["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert scanning["worker-src"] == "'self'"
    assert {name: rule for name, rule in scanning.items() if name in other} == other
    assert "script-src" not in other


def test_the_page_holds_nobody_but_its_reader(desk: Desk) -> None:
    """The browser keeps the page as it is, unsealed; the roster comes apart from it, and is kept sealed."""
    desk.volunteer("李晓梅")
    assert "李晓梅" in desk.browser.get(f"/checkin/shifts/{desk.shift.public_id}/roster").text
    assert "李晓梅" not in desk.browser.get(f"/stations/at/{desk.shift.public_id}").text


def test_the_worker_is_a_script_that_is_asked_for_each_time(browser: Browser) -> None:
    answer = browser.client.get("/stations/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    answer.close()


def test_modules_are_asked_for_each_time_and_what_carries_its_version_is_not(app: Flask) -> None:
    client = app.test_client()
    for path, kept in (("js/scanner/rules.js", "no-cache"), ("js/forms.js", "max-age=86400, public")):
        answer = client.get(f"/static/{path}")
        assert answer.headers["Cache-Control"] == kept
        answer.close()
