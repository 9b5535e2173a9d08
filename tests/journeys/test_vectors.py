"""The scanning page's own rules, in a real browser, answer as the server's do: one file of cases holds both."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import OpenReader

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

VECTORS = json.loads((Path(__file__).resolve().parents[1] / "expected" / "presence_vectors.json").read_text("utf-8"))
IN_RULES = "async ({{cases, shared}}) => {{ const rules = await import('/static/js/scanner/rules.js'); {work} }}"
Judge = Callable[..., list[Any]]


@pytest.fixture
def judge(phone: OpenReader) -> Judge:
    """Return how the page's rules answer cases: `work` is JavaScript that maps `cases`, knowing `rules`, `shared`."""
    page = phone().open("/accounts/sign-in").page
    return lambda work, cases, shared=None: page.evaluate(
        IN_RULES.format(work=f"return Promise.all(cases.map({work}));"), {"cases": cases, "shared": shared}
    )


def test_personal_codes_are_told_from_forged_and_stale_ones(judge: Judge) -> None:
    codes = VECTORS["codes"]
    work = """async ({typed, now}) => {
        const code = await rules.verifyPersonalCode(typed, shared.keys);
        if (code.rule) return [null, null, code.rule];
        if (!rules.isFresh(code.madeAt, now, shared.limits)) return [null, null, "stale_personal_code"];
        return [code.volunteer, code.madeAt, ""];
    }"""
    found = judge(work, codes["cases"], {"keys": codes["card_keys"], "limits": VECTORS["limits"]})
    assert found == [[case["volunteer"], case["made_at"], case["rule"]] for case in codes["cases"]]


def test_what_was_scanned_is_told_by_its_looks(judge: Judge) -> None:
    texts = VECTORS["texts"]
    work = """async ({typed}) => {
        const {kind, volunteer = null, rule = ""} = rules.readTyped(typed, shared);
        return [kind, volunteer, rule];
    }"""
    found = judge(work, texts["cases"], texts["address"])
    assert found == [[case["kind"], case["volunteer"], case["rule"]] for case in texts["cases"]]


def test_numbers_are_mended_or_refused(judge: Judge) -> None:
    found = judge("async ({typed}) => rules.readNumber(typed).typed ?? null", VECTORS["numbers"])
    assert found == [case["number"] for case in VECTORS["numbers"]]


def test_who_may_come_and_go_at_what_moment(judge: Judge) -> None:
    work = "async ({direction, person, shift, at}) => rules.decide(direction, person, shift, at).rule"
    found = dict(zip((case["name"] for case in VECTORS["presence"]), judge(work, VECTORS["presence"]), strict=True))
    assert found == {case["name"]: case["rule"] for case in VECTORS["presence"]}


def test_records_are_signed_as_the_server_expects(judge: Judge) -> None:
    work = """async ({key, record}) => {
        const queue = await import('/static/js/scanner/queue.js');
        return queue.macOf(await queue.importKey(rules.fromBase64(key)), record);
    }"""
    assert judge(work, VECTORS["macs"]) == [case["mac"] for case in VECTORS["macs"]]


def test_a_rule_of_the_page_that_answers_otherwise_is_found(judge: Judge) -> None:
    """The control: the same cases tell a page apart that forgets how long a code lives."""
    codes = VECTORS["codes"]["cases"]
    work = "async ({made_at, now}) => rules.isFresh(made_at, now, {code_life: 31_000, clock_skew: 2_000})"
    stale = [case for case in codes if case["rule"] == "stale_personal_code"]
    fresh = [case for case in codes if not case["rule"]]
    made_at = fresh[0]["made_at"]
    assert True in judge(work, [{"made_at": made_at, "now": case["now"]} for case in stale])
