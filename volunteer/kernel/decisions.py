"""Decisions as values: yes or no, the rule that decided, and the reason in words."""

from dataclasses import dataclass

from volunteer.kernel.errors import Conflict
from volunteer.kernel.text import N_, Words


class Refusal(Conflict):
    """A rule said no. `rule` is its stable code; the words say what is wrong and what to do now."""

    def __init__(self, rule: str, words: Words, *, field: str | None = None) -> None:
        super().__init__(words.msgid, field=field)
        self.words = words
        self.rule = rule

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule decided. `rule` is a stable code for tests, logs and clients; `reason` is for people."""

    allowed: bool
    rule: str
    reason: Words

    def require(self, field: str | None = None) -> None:
        """Raise `Refusal` unless allowed."""
        if not self.allowed:
            raise Refusal(self.rule, self.reason, field=field)


def allow(rule: str = "ok", reason: Words | None = None) -> Decision:
    """Return a yes."""
    return Decision(True, rule, reason or Words(N_("可以")))


def refuse(rule: str, msgid: str, **params: object) -> Decision:
    """Return a no with its reason."""
    return Decision(False, rule, Words(msgid, params))
