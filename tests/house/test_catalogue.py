"""Whoever reads English reads all of it."""

import re

import pytest

from volunteer.web.catalogue import TRANSLATIONS, read_catalogue, texts_in_sources

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    catalogue = read_catalogue(TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po")
    return {str(message.id): str(message.string) for message in catalogue if message.id and not message.fuzzy}


def test_the_english_catalogue_is_complete(english: dict[str, str]) -> None:
    missing = sorted({text for text, _file in texts_in_sources() if not english.get(text)})
    assert missing == []


def test_every_translation_keeps_the_placeholders(english: dict[str, str]) -> None:
    for text, translation in english.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(translation)), text


def test_no_chinese_is_left_in_english(english: dict[str, str]) -> None:
    left = {text: said for text, said in english.items() if re.search("[\u4e00-\u9fff]", said)}
    assert all(text in ALLOWED for text in left), left


# The name of a language is written in that language.
ALLOWED = {"中文"}


def test_nothing_is_kept_that_nobody_says(english: dict[str, str]) -> None:
    spoken = {text for text, _file in texts_in_sources()}
    assert sorted(set(english) - spoken) == []
