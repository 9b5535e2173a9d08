"""Who gets in: nobody without a token that is theirs, lives, and is held by an office that may."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from models.accounts import RoleGrant
from models.api import ApiToken
from models.audit import AuditEvent
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.integration.api.conftest import Ask
from volunteer.accounts.queries import digest_of
from volunteer.accounts.rules import Limit
from volunteer.api import operations, reading
from volunteer.api.desk import OPEN_TO_ALL
from volunteer.api.doors import DOORS, PREFIX
from volunteer.kernel import clock

PATH = "/areas"


def kind_of(response) -> str:
    assert response.content_type == "application/problem+json"
    assert response.json["status"] == response.status_code
    assert response.json["title"]
    assert response.json["detail"]
    return response.json["type"].partition("#")[2]


def doors(app: Flask) -> list[str]:
    """Return an address of every route of the interface that is not open to all."""
    rules = [one for one in app.url_map.iter_rules() if one.rule.startswith(f"{PREFIX}/")]
    named = {"code": "420600", "indicator": "active_share"}
    return [
        one.build({part: named[part] for part in one.arguments})[1] for one in rules if one.endpoint not in OPEN_TO_ALL
    ]


def test_the_routes_are_those_that_are_declared(app: Flask) -> None:
    assert len(doors(app)) == len(DOORS)
    assert {one.endpoint.partition(".")[2] for one in app.url_map.iter_rules() if one.rule.startswith(PREFIX)} == {
        *(door.name for door in DOORS),
        *(name.partition(".")[2] for name in OPEN_TO_ALL),
    }


def test_no_door_opens_without_a_token_nor_by_a_session(app: Flask, cast: Cast) -> None:
    cast.city()
    office = Browser(app).sign_in(cast.office())
    for path in doors(app):
        for client in (app.test_client(), office.client):
            refused = client.get(path)
            assert refused.status_code == 401, path
            assert kind_of(refused) == "token-missing"
            assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_opens_every_door(app: Flask, ask: Ask, make_token: Callable[..., str], cast: Cast) -> None:
    cast.city()
    token = make_token()
    for path in doors(app):
        ask(path.removeprefix(PREFIX), token)


def test_a_token_in_the_address_is_refused_and_said_to_be_burnt(ask: Ask, make_token: Callable[..., str]) -> None:
    token = make_token()
    for name in ("token", "access_token", "api_key"):
        refused = ask(f"{PATH}?{name}={token}", token, expect=400)
        assert kind_of(refused) == "token-in-address"
        assert token not in refused.get_data(as_text=True)


@pytest.mark.parametrize("header", ["Basic enl0", "Bearer", "zyt_" + "a" * 43])
def test_another_header_is_no_token(app: Flask, header: str) -> None:
    refused = app.test_client().get(PREFIX + PATH, headers={"Authorization": header})
    assert (refused.status_code, kind_of(refused)) == (401, "token-missing")


@pytest.mark.parametrize("text", ["zyt_" + "a" * 43, "x", "令牌", "zyt_" + "é" * 43])
def test_an_unknown_token_is_refused(app: Flask, text: str) -> None:
    refused = app.test_client().get(
        PREFIX + PATH, headers={"Authorization": f"Bearer {text}".encode().decode("latin1")}
    )
    assert (refused.status_code, kind_of(refused)) == (401, "token-unknown")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_revoked_and_an_expired_token_are_told_apart(
    app: Flask, ask: Ask, make_token: Callable[..., str], cast: Cast
) -> None:
    expiring, revoked, closer = make_token(ends_on=clock.today()), make_token(), cast.account()
    ask(PATH, expiring)
    with app.app_context():
        token = db.session.scalars(select(ApiToken).where(ApiToken.digest == digest_of(revoked))).one()
        operations.revoke_token(token, account_id=closer.id)
        db.session.commit()
    assert kind_of(ask(PATH, revoked, expect=401)) == "token-revoked"
    with time_machine.travel(clock.now() + timedelta(days=1, hours=1), tick=False):
        assert kind_of(ask(PATH, expiring, expect=401)) == "token-expired"


def test_a_token_does_not_outlive_the_right_of_who_made_it(
    app: Flask, ask: Ask, make_token: Callable[..., str]
) -> None:
    token = make_token()
    ask(PATH, token)
    with app.app_context():
        db.session.execute(update(RoleGrant).values(revoked_at=clock.now()))
        db.session.commit()
    assert kind_of(ask(PATH, token, expect=403)) == "token-out-of-hands"


def test_a_token_reaches_its_own_area_and_below_and_nothing_else(ask: Ask, make_token: Callable[..., str]) -> None:
    token = make_token("420602")
    ask("/areas/420602001001/indicators", token)
    for code in ("420600", "420606", "420606001001", "999999", "4206020"):
        refused = ask(f"/areas/{code}/indicators", token, expect=404)
        assert kind_of(refused) == "not-found"
        assert "襄阳" not in refused.get_data(as_text=True)
    assert ask("/areas", token).json["areas"][0]["code"] == "420602"
    ask("/areas?below=420606", token, expect=404)


def test_what_is_no_door_is_refused_in_the_same_form(app: Flask, ask: Ask) -> None:
    assert kind_of(ask("/nothing", expect=404)) == "not-found"
    posted = app.test_client().post(PREFIX + PATH)
    assert posted.status_code in (400, 405)
    assert kind_of(posted) in ("method", "bad-parameter")


def test_a_fault_is_told_in_the_same_form_and_without_its_cause(
    ask: Ask, make_token: Callable[..., str], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("a secret of ours")

    cast.city()
    monkeypatch.setattr(reading, "indicators", broken)
    refused = ask("/areas/420600/indicators", make_token(), expect=500)
    assert kind_of(refused) == "fault"
    assert "secret" not in refused.get_data(as_text=True)


def test_asking_too_often_is_refused_kindly_and_by_token(
    ask: Ask, make_token: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "ASKING", Limit(most=2, window=timedelta(minutes=5)))
    token, other = make_token(), make_token()
    ask(PATH, token)
    ask(PATH, token)
    refused = ask(PATH, token, expect=429)
    assert kind_of(refused) == "too-many"
    assert 1 <= int(refused.headers["Retry-After"]) <= 300
    ask(PATH, other)


def test_the_office_makes_a_token_that_is_shown_once_and_kept_as_a_digest(app: Flask, cast: Cast, ask: Ask) -> None:
    cast.city()
    office = Browser(app).sign_in(cast.office())
    ends_on = (clock.today() + timedelta(days=90)).isoformat()
    page = office.post("/api/tokens", {"name": "市数据平台", "area": "420600", "ends_on": ends_on}, expect=200).text
    text = page.partition('token-text">')[2].partition("<")[0]
    ask(PATH, text)
    later = office.get("/api/tokens").text
    assert text not in later
    assert "市数据平台" in later
    with app.app_context():
        token = db.session.scalars(select(ApiToken)).one()
        assert token.digest == digest_of(text)
        assert token.last_used_on == clock.today()
        trail = db.session.query(AuditEvent).filter_by(action="api.make_token").one()
    assert text not in str(trail.details)
    assert "已停用" in office.submit(f"/api/tokens/{token.public_id}/revocation").text
    assert kind_of(ask(PATH, text, expect=401)) == "token-revoked"
    office.post(f"/api/tokens/{token.public_id}/revocation", expect=409)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "请填写给哪个系统用"),
        ({"area": ""}, "请选择一项"),
        ({"area": "420606"}, "请选择一项"),
        ({"ends_on": "2026-02-30"}, "请填写日期"),
        ({"ends_on": "2000-01-01"}, "到期日不能早于今天"),
        ({"ends_on": "2100-01-01"}, "令牌最长用一年"),
    ],
)
def test_an_impossible_token_is_refused_on_its_field(
    app: Flask, cast: Cast, changes: dict[str, str], words: str
) -> None:
    district = Browser(app).sign_in(cast.office(code="420602", name="区里的小何"))
    typed = {"name": "区平台", "area": "420602", "ends_on": (clock.today() + timedelta(days=9)).isoformat()}
    assert words in district.post("/api/tokens", typed | changes, expect=422).text
    with app.app_context():
        assert db.session.query(ApiToken).count() == 0


def test_a_district_sees_and_closes_only_its_own_tokens(app: Flask, cast: Cast, make_token: Callable[..., str]) -> None:
    make_token()
    district = Browser(app).sign_in(cast.office(code="420602", name="区里的小何"))
    assert "市数据平台" not in district.get("/api/tokens").text
    with app.app_context():
        public_id = db.session.scalars(select(ApiToken.public_id)).one()
    district.post(f"/api/tokens/{public_id}/revocation", expect=404)
    district.post(f"/api/tokens/{'x' * 20}/revocation", expect=404)
