"""Unit tests never touch a database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a unit test reached for a database")

    monkeypatch.setattr(Engine, "connect", refuse)
    return
