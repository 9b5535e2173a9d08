"""Comparing a checkpoint that somebody kept with the tree of today."""

from dataclasses import dataclass
from enum import StrEnum

from volunteer.ledger import keys, queries
from volunteer.ledger.notes import BadNote, Checkpoint, open_note
from volunteer.ledger.tree import NotInTree


class Verdict(StrEnum):
    """What came of it."""

    STANDS = "stands"
    REWRITTEN = "rewritten"
    SHORTER = "shorter"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict, what the checkpoint said (None when it is not ours), and how many leaves there are today."""

    verdict: Verdict
    signed: Checkpoint | None
    size: int


def compare(typed: str) -> Comparison:
    """Return whether the tree of a checkpoint still stands unchanged at the beginning of today's; writes nothing."""
    size = queries.tree_size()
    try:
        signed = open_note(keys.ring(), keys.origin(), _as_note(typed))
    except BadNote:
        return Comparison(Verdict.NOT_OURS, None, size)
    if signed.size > size:
        return Comparison(Verdict.SHORTER, signed, size)
    try:
        stands = queries.tree_of(signed.size).root() == signed.root
    except NotInTree:
        stands = False
    return Comparison(Verdict.STANDS if stands else Verdict.REWRITTEN, signed, size)


def _as_note(typed: str) -> str:
    """Return a note as it was signed: forms, mail and paper lose its blank line and its line ends."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    body = [line for line in lines if not line.startswith("— ")]
    signatures = [line for line in lines if line.startswith("— ")]
    return "".join(f"{line}\n" for line in (*body, "", *signatures))
