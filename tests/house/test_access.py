"""Every route times every method times every principal: who gets in, who is told no, for whom there is nothing there.

`tests/expected/access.txt` is the whole table, to be read by people when it changes. Rewrite it with
`ZHIYUANTAI_REWRITE=1 python -m pytest tests/house/test_access.py`.
"""

import os
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from models.base import db
from tests.client import Browser
from tests.house.world import World
from volunteer.kernel.permissions import ROLE_PERMISSIONS, Permission, Role
from volunteer.web.access import UndeclaredRoute, access, permission_for, refuse_undeclared_routes

EXPECTED = Path(__file__).parents[1] / "expected" / "access.txt"
SIGN_IN = "/accounts/sign-in"

# What stands for a part of an address: by endpoint and name, else by name, else by room.
PARTS = {
    "activities.discard public_id": "draft",
    "admin.decide_organization public_id": "pending organization",
    "admin.show_organization public_id": "pending organization",
    "admin.edit_edition public_id": "edition",
    "admin.show_edition_history public_id": "edition",
    "admin.list_clauses public_id": "edition",
    "admin.create_clause public_id": "edition",
    "admin.edit_clause public_id": "edition",
    "admin.remove_clause public_id": "edition",
    "clause_id": "clause",
    "token_id": "interface token",
    "admin.revoke_role public_id": "office grant",
    "admin.download_population_file public_id": "population file",
    "hours.confirm proposal_id": "awaiting",
    "hours.return_proposal proposal_id": "awaiting",
    "hours.object_to proposal_id": "on notice",
    "hours.confirm_back_dated proposal_id": "back-dated",
    "hours.return_back_dated proposal_id": "back-dated",
    "hours.propose_end shift_id": "over shift",
    "hours.propose_own_end shift_id": "over shift",
    "activities.extend_shift shift_id": "coming shift",
    "activities.cancel_shift shift_id": "coming shift",
    "activities.set_signups shift_id": "coming shift",
    "signups.ask shift_id": "coming shift",
    "checkin.record_by_hand shift_id": "coming shift",
    "records shift_id": "over shift",
    "records record_id": "training",
    "organization_id": "organization",
    "shift_id": "running shift",
    "signup_id": "signup",
    "entry_id": "entry",
    "question_id": "question",
    "objection_id": "objection",
    "allowance_id": "allowance",
    "notice_id": "notice",
    "certificate_id": "certificate",
    "batch_id": "certificate batch",
    "dossier_id": "dossier",
    "evidence.download_table item_id": "table item",
    "item_id": "item",
    "package_id": "package",
    "order_id": "order",
    "file_id": "order file",
    "maps file_id": "draft boundaries",
    "maps.download file_id": "boundaries",
    "pass_id": "screen pass",
    "task_id": "task",
    "bulletin_id": "bulletin",
    "number": "number",
    "grant_id": "organization grant",
    "sheet_id": "sheet",
    "signal_id": "signal",
    "station_id": "station",
    "record_id": "station record",
    "volunteer_id": "volunteer",
    "code": "area",
    "request_key": "own scan",
    "activities public_id": "activity",
    "organizations public_id": "organization",
    "integrity public_id": "organization",
    "volunteers public_id": "volunteer",
    "surveys public_id": "survey",
    "surveys.print_again code": "survey community",
    "surveys code": "survey ticket",
    "surveys pass_id": "survey pass",
    "secret": "survey link",
    "activities.list_of_organization public_id": "organization",
}
PLAIN = {
    "metrics kind": "csv",
    "integrity kind": "csv",
    "evidence kind": "note",
    "behind": "scanned",
    "ending": "csv",
    "supervision kind": "csv",
    "admin kind": "csv",
    "signals kind": "csv",
    "forecasts kind": "csv",
    "surveys kind": "csv",
    "kind": "location",
    "address": "x" * 20,
    "token": "x" * 30,
    "indicator": "active_share",
    "dimension": "age",
    "ledger place": "0/000",
    "ledger size": 1,
    "filename": "css/theme.css",
}


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request see the same world."""
    monkeypatch.setattr(db.session, "commit", db.session.rollback)


def address(rule: Rule, world: World) -> str:
    """Return an address of `rule` that names our objects; fails for a part that nobody thought of."""
    values = {}
    for part in rule.arguments:
        room = rule.endpoint.partition(".")[0]
        name = next((PARTS[key] for key in (f"{rule.endpoint} {part}", f"{room} {part}", part) if key in PARTS), None)
        values[part] = PLAIN.get(f"{room} {part}", PLAIN.get(part)) if name is None else world.objects[name]
    asked = {name: PLAIN.get(name) or world.objects[PARTS.get(name, name)] for name in QUERIES.get(rule.endpoint, ())}
    built = rule.build(values | asked)
    assert built is not None, rule
    return built[1]


# What a door must be asked with before it looks at whose object it is.
QUERIES = {"supervision.create": ("area", "indicator")}
BODIES = {"admin.decide_organization": {"act": "approve"}, "checkin.mend": {"volunteer": "x" * 20}}


def outcome(browser: Browser, method: str, path: str, body: dict[str, str] | None = None) -> str:
    response = browser.client.open(path, method=method, data=body)
    response.close()
    assert response.status_code != 500, f"{method} {path}: fault"
    if response.status_code == 401 or response.headers.get("Location", "").startswith(SIGN_IN):
        return "sign in"
    return {403: "refused", 404: "nothing"}.get(response.status_code, "in")


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Return every rule with every method it takes, in order."""
    pairs = [
        (rule, method) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted(pairs, key=lambda pair: (pair[0].endpoint, pair[0].rule, pair[1]))


@pytest.fixture(scope="module")
def table(app: Flask, world: World) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the outcome of everybody at every door."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    monkeypatch = pytest.MonkeyPatch()
    browsers, leaving = _browsers(app, world), _browsers(app, world)
    monkeypatch.setattr(db.session, "commit", db.session.rollback)
    try:
        for rule, method in routes(app):
            path = address(rule, world)
            key = (rule.endpoint, method, rule.rule)
            body = BODIES.get(rule.endpoint) if method == "POST" else None
            # Whoever signs out loses the cookie that all other doors are tried with.
            knocking = leaving if rule.endpoint == "accounts.sign_out" else browsers
            found[key] = {name: outcome(browser, method, path, body) for name, browser in knocking.items()}
    finally:
        monkeypatch.undo()
    return found


def _browsers(app: Flask, world: World) -> dict[str, Browser]:
    return {
        name: Browser(app) if account is None else Browser(app).sign_in(account)
        for name, account in world.principals.items()
    }


def written(table: dict[tuple[str, str, str], dict[str, str]]) -> str:
    """Return the table for people: a door a paragraph, and behind each outcome who meets it."""
    lines = []
    for (endpoint, method, rule), outcomes in table.items():
        lines.append(f"{method} {rule} ({endpoint})")
        for kind in ("in", "refused", "nothing", "sign in"):
            names = [name for name, found in outcomes.items() if found == kind]
            if names:
                lines.append(f"    {kind}: {', '.join(names) if len(names) < len(outcomes) else 'everybody'}")
    return "\n".join(lines) + "\n"


def test_the_table_of_access_is_the_one_that_was_agreed(table: dict[tuple[str, str, str], dict[str, str]]) -> None:
    text = written(table)
    if os.environ.get("ZHIYUANTAI_REWRITE") == "1":
        EXPECTED.write_text(text, encoding="utf-8")
    assert text == EXPECTED.read_text(encoding="utf-8")


def test_a_visitor_gets_in_only_where_everybody_may(
    app: Flask, table: dict[tuple[str, str, str], dict[str, str]]
) -> None:
    for (endpoint, method, rule), outcomes in table.items():
        if permission_for(app, endpoint, method) is not Permission.PUBLIC:
            assert outcomes["visitor"] == "sign in", (method, rule)


def test_nobody_passes_a_door_whose_permission_no_role_of_theirs_has(
    app: Flask, table: dict[tuple[str, str, str], dict[str, str]]
) -> None:
    for (endpoint, method, rule), outcomes in table.items():
        permission = permission_for(app, endpoint, method)
        if permission in (Permission.PUBLIC, Permission.OWN):
            continue
        for name, found in outcomes.items():
            role = name.removeprefix("other ").removeprefix("city ")
            holds = role in set(Role) and permission in ROLE_PERMISSIONS[Role(role)]
            if not holds and name != "visitor":
                assert found == "refused", (method, rule, name)


def test_who_is_of_elsewhere_finds_nothing_behind_an_address_that_names_an_object(
    app: Flask, table: dict[tuple[str, str, str], dict[str, str]]
) -> None:
    elsewhere = [name for name in next(iter(table.values())) if name.startswith("other ")]
    for (endpoint, method, rule), outcomes in table.items():
        permission = permission_for(app, endpoint, method)
        # The kind of a file names no object: a list as a file is the reader's own.
        names_object = "<" in rule.replace("<any(csv, xlsx):kind>", "")
        if not names_object or permission is Permission.PUBLIC or endpoint in OPEN_TO_ALL_SIGNED_IN:
            continue
        for name in elsewhere:
            assert outcomes[name] in ("nothing", "refused"), (method, rule, name)
            role = name.removeprefix("other ")
            if role in set(Role) and permission in ROLE_PERMISSIONS[Role(role)]:
                assert outcomes[name] == "nothing", (method, rule, name)


# Every resident may sign up for any published shift; a consent is named by its kind; an edition belongs to the city.
OPEN_TO_ALL_SIGNED_IN = {
    "signups.ask",
    "accounts.set_consent",
    "admin.edit_edition",
    "admin.show_edition_history",
    "admin.list_clauses",
}


def test_the_start_is_refused_while_a_route_declares_nothing(app: Flask) -> None:
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/declared", "declared", access(Permission.PUBLIC)(lambda: "yes"))
    refuse_undeclared_routes(bare)
    bare.add_url_rule("/forgotten", "forgotten", lambda: "no")
    with pytest.raises(UndeclaredRoute, match="forgotten"):
        refuse_undeclared_routes(bare)


def test_addresses_are_in_kebab_case(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        words = [part for part in rule.rule.split("/") if part and "<" not in part]
        assert all(part == part.lower() and "_" not in part for part in words), rule.rule
