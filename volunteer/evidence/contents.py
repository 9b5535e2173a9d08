"""What goes into a package, as one frozen value: the same value gives the same bytes. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from volunteer.evidence.listings import Listing
from volunteer.evidence.rules import Caption, DocumentFacts, Lack, NoteFacts, OwnTableFacts
from volunteer.evidence.statistics import Statistics
from volunteer.kernel.ratio import percent
from volunteer.metrics.editions import MaterialKind


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of an item; `leaves` are the sizes of its pages in points, () where it could not be opened any more."""

    name: str
    digest: str
    leaves: tuple[tuple[float, float], ...] = ()
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class OwnTable:
    """What is printed of a table that somebody brought: its first rows and columns, and how many there are."""

    rows: tuple[tuple[str, ...], ...]
    row_count: int
    column_count: int


@dataclass(frozen=True, slots=True)
class PackedItem:
    """One item as it goes into a package; `number` is its archive number."""

    number: str
    kind: MaterialKind
    title: str
    facts: DocumentFacts | NoteFacts | Caption | OwnTableFacts | None
    words: str = ""
    file: KeptFile | None = None
    statistics: Statistics | Listing | None = None
    own: OwnTable | None = None


@dataclass(frozen=True, slots=True)
class PackedClause:
    """A clause with who owes it, what is there, and what is wanted."""

    code: str
    title: str
    words: str
    unit: str
    lacks: tuple[Lack, ...]
    items: tuple[PackedItem, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The newest signed checkpoint of the ledger, the public page about it, and where its note can be fetched."""

    origin: str
    size: int
    root: str
    note: str
    signed_at: datetime
    address: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """All that a package says; the same value gives the same bytes. `digests` are (path, SHA-256).

    `tells_lacks`: whether it says what is still to come, for the office's own use; assessors are told what there is.
    """

    area_name: str
    area_code: str
    year: int
    edition_name: str
    office_name: str
    product_name: str
    package_number: int
    made_at: datetime
    figures_as_of: date | None
    share: str
    clauses: tuple[PackedClause, ...]
    proof: Proof | None
    digests: tuple[tuple[str, str], ...]
    remark: str = ""
    tells_lacks: bool = False

    @property
    def title(self) -> str:
        """Return what the dossier is called."""
        return f"{self.area_name} {self.year} 年度志愿服务测评档案"


def share_words(have: int, want: int) -> str:
    """Return how complete a dossier is: 应有 40 份，已有 34 份，完备 85.00%; "" where nothing is wanted."""
    return f"应有 {want} 份，已有 {have} 份，完备 {percent(Fraction(have, want))}" if want else ""
