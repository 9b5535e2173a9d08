"""Every address that answers with a page, opened by the first reader whom it is for."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from models.accounts import Account
from models.base import db
from tests.cast import Cast
from tests.house.test_access import address
from tests.house.world import World, build
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import Reader
from volunteer.kernel.permissions import EVERY_ACCOUNT, ROLE_PERMISSIONS, Permission, Role
from volunteer.web.access import permission_for

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

# Pieces of pages, which are read where they are put in.
PARTS_OF_PAGES = {"activities.list_of_organization", "checkin.list_roster"}
OFFICE = ROLE_PERMISSIONS[Role.OFFICE_ADMIN] - ROLE_PERMISSIONS[Role.ORGANIZATION_OWNER]


def pages(app: Flask) -> list[Rule]:
    """Return every rule that may answer with a page, in order."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted((rule for rule in rules if rule.endpoint not in PARTS_OF_PAGES), key=lambda rule: rule.rule)


def account_of(app: Flask, world: World, name: str) -> Account | None:
    """Return the account behind a name of the world; None for the visitor."""
    with app.app_context():
        account_id = world.principals[name]
        return None if account_id is None else db.session.get_one(Account, account_id)


def meant_for(permission: Permission) -> str:
    """Return who, of the world's people, opens what asks for this permission."""
    if permission in EVERY_ACCOUNT:
        return "visitor" if permission is Permission.PUBLIC else "resident"
    return "city office_admin" if permission in OFFICE else "organization_owner"


def is_page(reader: Reader, path: str) -> bool:
    """Return whether the reader finds a page there, rather than a file or a way elsewhere."""
    answer = reader.context.request.get(reader.origin + path, max_redirects=0)
    return answer.status == 200 and answer.headers["content-type"].startswith("text/html")


def test_everybody_can_use_every_page(app: Flask, cast: Cast, phone: OpenReader, desktop: OpenReader) -> None:
    world = build(app)
    readers = {name: phone(account_of(app, world, name)) for name in ("visitor", "resident")}
    readers |= {name: desktop(account_of(app, world, name)) for name in ("organization_owner", "city office_admin")}
    faults, seen = [], 0
    for rule in pages(app):
        reader, path = readers[meant_for(permission_for(app, rule.endpoint, "GET"))], address(rule, world)
        if not is_page(reader, path):
            continue
        seen += 1
        try:
            reader.open(path).look(rule.endpoint.replace(".", "-"))
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)
    assert seen > 60


@pytest.mark.parametrize(
    "path", ["/nowhere", "/activities/aaaaaaaaaaaaaaaaaaaa", "/certificates/verify/123", "/c/nothing"]
)
def test_a_refusal_is_a_page_that_everybody_can_use(phone: OpenReader, cast: Cast, path: str) -> None:
    phone().open(path).look("refused" + path.replace("/", "-")).sees()
