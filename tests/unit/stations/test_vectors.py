"""The file that the scanning page is tested with says what the rules of the server say."""

import json
import os
from typing import Any

import pytest

from tests.presence_vectors import FILE, vectors, written
from volunteer.checkin.codes import CLOCK_SKEW, PERSONAL_CODE_LIFE
from volunteer.checkin.rules import Direction
from volunteer.stations import rules


def test_the_file_is_what_the_rules_say() -> None:
    if os.environ.get("ZHIYUANTAI_REWRITE") == "1":
        FILE.write_text(written(), encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == written()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("31 minutes before", "too_early"),
        ("when the window opens", ""),
        ("the last instant", ""),
        ("at the end", "too_late"),
        ("after the planned end of an extended shift", ""),
        ("already in", "already_in"),
        ("back again", ""),
        ("not on the list", "not_signed_up"),
        ("not on the list of a shift that is open to all", ""),
        ("cancelled", "cancelled"),
        ("out of a cancelled shift", ""),
        ("out too late", "check_out_closed"),
        ("out, not in", "not_in"),
        ("out twice", "already_out"),
    ],
)
def test_comings_and_goings_have_the_rules_that_people_agreed_on(told: dict[str, Any], name: str, rule: str) -> None:
    assert [case["rule"] for case in told["presence"] if case["name"] == name] == [rule]


def test_of_the_codes_those_few_are_good_that_nobody_touched(told: dict[str, Any]) -> None:
    good = {case["name"] for case in told["codes"]["cases"] if case["rule"] == ""}
    assert good == {
        "fresh",
        "by a key that was replaced",
        "at its full age",
        "from the future, within the skew",
    }
    stale = {case["name"] for case in told["codes"]["cases"] if case["rule"] == "stale_personal_code"}
    assert stale == {"a moment too old", "a day old", "from the future"}


def test_one_number_in_five_spellings_is_right_and_every_wrong_character_is_found(told: dict[str, Any]) -> None:
    right = [case for case in told["numbers"] if case["number"]]
    assert len({case["number"] for case in right}) == 2
    assert len(right) == 6
    assert len(told["numbers"]) - len(right) >= 17 + 5


def test_the_limits_are_those_of_the_rules(told: dict[str, Any]) -> None:
    assert told["limits"]["code_life"] == PERSONAL_CODE_LIFE.total_seconds() * 1000
    assert told["limits"]["clock_skew"] == CLOCK_SKEW.total_seconds() * 1000


def test_a_mac_covers_every_field(told: dict[str, Any]) -> None:
    case = told["macs"][0]["record"]
    one = rules.Sent(case["key"], rules.Kind.CODE, Direction.IN, case["typed"], case["device_at"], "")
    assert rules.canonical(one).split(b"\n") == [str(case[name]).encode() for name in case]
    assert len({json.dumps(vectors()["macs"][place]["mac"]) for place in range(3)}) == 3
