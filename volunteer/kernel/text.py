"""Texts for people as values: marked here, translated at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(msgid: str) -> str:
    """Mark a Chinese source text for the catalogue and return it unchanged."""
    return msgid


@dataclass(frozen=True, slots=True)
class Words:
    """A text with `%(name)s` placeholders and what fills them; `str()` speaks the source language."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.msgid % self.params if self.params else self.msgid
