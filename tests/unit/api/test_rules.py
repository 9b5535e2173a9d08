from datetime import date, timedelta

import pytest

from volunteer.api.rules import (
    LONGEST_LIFE,
    TOKEN_LENGTH,
    ProblemKind,
    Refused,
    bearer_token,
    check_life,
    may_be_token,
    problem_of,
    standing_of,
)
from volunteer.kernel.errors import Invalid

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("header", ["Bearer zyt_x", "bearer zyt_x", "  BEARER   zyt_x  "])
def test_the_scheme_may_be_written_in_any_case(header: str):
    assert bearer_token(header) == "zyt_x"


@pytest.mark.parametrize("header", ["", "zyt_x", "Bearer", "Bearer ", "Basic enl0X3g6"])
def test_a_header_without_a_bearer_token_is_refused_as_missing(header: str):
    with pytest.raises(Refused) as refusal:
        bearer_token(header)
    assert refusal.value.kind is ProblemKind.TOKEN_MISSING
    assert refusal.value.status == 401


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zyt_" + "a" * 43, True),
        ("zyt_" + "a" * 42, False),
        ("zyt_" + "a" * 44, False),
        ("abc_" + "a" * 43, False),
        ("zyt_" + "令" * 43, False),
        ("", False),
    ],
)
def test_a_token_is_known_by_its_form(text: str, expected: bool):
    assert may_be_token(text) is expected
    assert len("zyt_" + "a" * 43) == TOKEN_LENGTH


def test_a_token_lives_from_today_to_a_year_from_now_at_most():
    check_life(TODAY, TODAY)
    check_life(TODAY + LONGEST_LIFE, TODAY)
    for wrong in (TODAY - timedelta(days=1), TODAY + LONGEST_LIFE + timedelta(days=1)):
        with pytest.raises(Invalid) as refusal:
            check_life(wrong, TODAY)
        assert refusal.value.field == "ends_on"


@pytest.mark.parametrize(
    ("revoked", "ends_on", "in_hands", "words"),
    [
        (False, TODAY, True, "可以用"),
        (False, TODAY - timedelta(days=1), True, "已过期"),
        (True, TODAY - timedelta(days=1), False, "已停用"),
        (False, TODAY, False, "制作人已没有权限"),
    ],
)
def test_a_token_is_usable_through_its_last_day_by_whom_its_maker_may(revoked, ends_on, in_hands, words):
    standing = standing_of(revoked=revoked, ends_on=ends_on, in_hands=in_hands, today=TODAY)
    assert (standing.words, standing.is_usable) == (words, words == "可以用")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, ProblemKind.NOT_FOUND),
        (405, ProblemKind.METHOD),
        (429, ProblemKind.TOO_MANY),
        (400, ProblemKind.BAD_PARAMETER),
        (503, ProblemKind.FAULT),
    ],
)
def test_a_refusal_from_elsewhere_has_its_kind_by_its_status(status: int, kind: ProblemKind):
    assert problem_of(status) is kind
