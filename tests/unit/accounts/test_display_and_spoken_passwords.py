"""How pages look to a reader, how long to wait, and passwords that are read out."""

import random

import pytest

from volunteer.accounts.rules import Display, check_password, spoken_password, too_many


def test_a_known_choice_changes_the_display_and_nothing_else() -> None:
    assert Display().changed({"text_size": "large"}) == Display("large", "normal", "zh_Hans_CN")
    assert Display("large").changed({"contrast": "high", "locale": "en"}) == Display("large", "high", "en")


@pytest.mark.parametrize("wanted", [{}, {"text_size": "huge"}, {"locale": "zh"}, {"contrast": ""}, {"colour": "red"}])
def test_an_unknown_choice_changes_nothing(wanted: dict[str, str]) -> None:
    assert Display("large", "high", "en").changed(wanted) == Display("large", "high", "en")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "试错的次数太多，请过 1 分钟再试"),
        (61, "试错的次数太多，请过 2 分钟再试"),
        (7200, "试错的次数太多，请过 120 分钟再试"),
        (7201, "试错的次数太多，请过 3 小时再试"),
        (86400, "试错的次数太多，请过 24 小时再试"),
    ],
)
def test_the_wait_is_said_in_whole_minutes_or_hours_never_too_short(seconds: int, words: str) -> None:
    refusal = too_many(seconds)
    assert str(refusal) == words
    assert refusal.retry_after == seconds


def test_a_password_to_be_read_out_passes_our_own_rule_and_has_no_look_alikes() -> None:
    choose = random.Random(2026).choice
    made = {spoken_password(choose) for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert check_password(password) == password
        assert not set(password) & set("01loi")
