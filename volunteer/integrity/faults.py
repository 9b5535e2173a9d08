"""What can be wrong with the ledgers, where it is, and a list of findings that does not grow without end; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from volunteer.ledger.rules import LeafKind

LISTED = 200


class Fault(StrEnum):
    """What is wrong, as an operator reads it."""

    LEAF_MISSING = "a leaf is missing"
    LEAF_CHANGED = "the leaf is not the one whose hash stands in the tree"
    TILE_CHANGED = "a tile does not hold the hashes of what is below it"
    ROW_CHANGED = "the row is not what the tree says"
    ROW_GONE = "the row of a leaf is gone"
    ROW_WITHOUT_LEAF = "a row was never given to the tree"
    ROW_REFUSED = "a row waits that does not come into the tree"
    SEAL_BROKEN = "the seal does not hold"
    SEAL_MISSING = "the row has lost its seal"
    COMMITTED_ALONE = "nobody can open what was committed to, although the person was not erased"
    SECRET_LEFT = "the person was erased, and what opens their leaves is still there"  # noqa: S105
    ERASURE_FORGED = "a person was marked as erased, or no longer so, past the program"
    CHECKPOINT_WRONG = "a checkpoint does not match the tree"
    CHECKPOINT_FORGED = "a checkpoint was not signed by this installation"
    MARK_DIFFERS = "the tree is not an extension of what was signed before"
    MARK_GONE = "the mark is gone"
    NOT_OPENED = "the tree was never opened, or somebody emptied it"
    GUARD_MISSING = "a guard of the schema is not as this version makes it"
    EVIDENCE_MISSING = "minutes without evidence"
    EVIDENCE_DIFFERS = "the minutes are not those of the presence"
    ONE_PERSON = "proposed and confirmed by one person"
    NOTICE_SHORT = "minutes that were not shown to the public as long as they have to be"
    TRAIL_MISSING = "the trail does not tell who did it"
    CERTIFICATE_FILE = "the file of a certificate is not the one that was given out"
    CERTIFICATE_SUM = "the minutes of a certificate are not those of its entries"
    LEDGER = "the ledger does not add up"
    UNREADABLE = "something cannot be read"
    FIGURES = "the figures are not the sums of the entries"


@dataclass(frozen=True, slots=True)
class Found:
    """One fault: `position` of the leaf, `kind` and `subject` (a public id or a number) of the row, and details.

    `volunteer` is the number of whose row it is, "" where that is not known.
    """

    fault: Fault
    subject: str = ""
    kind: LeafKind | None = None
    position: int | None = None
    detail: str = ""
    volunteer: str = ""

    def __str__(self) -> str:
        places = [
            f"leaf {self.position}" if self.position is not None else "",
            f"{self.kind} {self.subject}" if self.kind else self.subject,
            self.volunteer,
        ]
        where = ", ".join(place for place in places if place)
        what = f"{self.fault}: {self.detail}" if self.detail else str(self.fault)
        return f"{where}: {what}" if where else what


@dataclass(slots=True)
class Findings:
    """The first faults of a check and the number of all; `counted` says what was looked at."""

    listed: list[Found] = field(default_factory=list)
    total: int = 0
    counted: dict[str, int] = field(default_factory=dict)

    def add(self, found: Found) -> None:
        """Add a fault; beyond the first ones only its number is kept."""
        self.total += 1
        if len(self.listed) < LISTED:
            self.listed.append(found)

    def extend(self, found: Iterable[Found]) -> None:
        """Add faults."""
        for one in found:
            self.add(one)

    def count(self, what: str, number: int) -> None:
        """Add to how many of something were looked at."""
        self.counted[what] = self.counted.get(what, 0) + number

    @property
    def first(self) -> Found | None:
        """Return the fault that stands earliest in the tree, or the first found where none stands in it."""
        placed = [one for one in self.listed if one.position is not None]
        return min(placed, key=lambda one: one.position or 0) if placed else next(iter(self.listed), None)

    def __iter__(self) -> Iterator[Found]:
        return iter(self.listed)
