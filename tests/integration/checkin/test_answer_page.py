"""The answer to a check-in is poured into a page that was rendered once, and reads as if it were rendered each time."""

import pytest
from flask import Flask, render_template
from markupsafe import escape

from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.web.moulds import pour

TOLD = {
    "name": "阿卜杜·热西提 <b>",
    "title": "“捡拾”&清理",
    "time": "14:00",
    "ends": "16:00",
    "request_key": "k3y0fth15",
}


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_a_poured_page_is_the_rendered_page(app: Flask, language: str, size: str) -> None:
    with app.test_request_context("/") as context:
        context.session["locale"], context.session["text_size"] = language, size
        poured = [pour("checkin/recorded.html", TOLD, is_in=True, is_mendable=True) for _ in range(2)]
        rendered = render_template("checkin/recorded.html", **TOLD, is_in=True, is_mendable=True)
        assert poured == [rendered] * 2
        assert 'href="/checkin/mend/k3y0fth15"' in rendered


def test_what_is_poured_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        page = pour("checkin/recorded.html", TOLD, is_in=True, is_mendable=True)
    assert str(escape(TOLD["name"])) in page
    assert "<b>" not in page


def test_each_gets_their_own_answer(venue: Venue, resident: Browser) -> None:
    other = venue.cast.volunteer(name="陈桂兰")
    venue.sign_up(other)
    guest = Browser(venue.app).sign_in(other.account_id)
    assert venue.volunteer.name in venue.tap(resident)
    answer = guest.post("/checkin/record", {**venue.scan(guest), "volunteer": other.public_id}, expect=200)
    assert "陈桂兰" in answer.get_data(as_text=True)
    assert venue.volunteer.name not in answer.get_data(as_text=True)
