"""What a reader looks for, read from the address; a part that makes no sense is as if it were not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from models.areas import Area
from volunteer.activities.finding_rules import When, days_meant
from volunteer.activities.queries import Wanted
from volunteer.areas.queries import children_of
from volunteer.kernel.categories import ServiceCategory

LONGEST_WORDS = 50
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """One level of the tree to choose from, and what is chosen."""

    name: str
    areas: Sequence[Area]
    chosen: Area | None

    @property
    def code(self) -> str:
        """Return the chosen area's code, "" for none."""
        return self.chosen.code if self.chosen else ""


@dataclass(frozen=True, slots=True)
class Search:
    """Every choice above the list of activities."""

    when: When
    day: date | None
    category: ServiceCategory | None
    words: str
    has_places: bool
    areas: tuple[AreaChoice, ...]

    def wanted(self, today: date, organization_id: int | None = None) -> Wanted:
        """Return the choices as what the query takes."""
        chosen = [choice.chosen.lineage for choice in self.areas if choice.chosen]
        return Wanted(
            lineage=chosen[-1] if chosen else "",
            category=self.category,
            days=days_meant(self.when, today, self.day),
            words=self.words,
            has_places=self.has_places,
            organization_id=organization_id,
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything beyond the day is chosen, so that the further choices stay open."""
        return bool(self.category or self.day or self.has_places or any(choice.chosen for choice in self.areas))

    @property
    def is_any(self) -> bool:
        """Whether nothing at all is chosen."""
        return not (self.is_narrow or self.words or self.when is not When.ANY)


def read_search(args: Mapping[str, str]) -> Search:
    """Return what the address asks for."""
    day = _day(args.get("day", ""))
    when = _member(When, args.get("when", "")) or When.ANY
    if when in (When.ANY, When.DAY):
        when = When.DAY if day else When.ANY
    return Search(
        when=when,
        day=day if when is When.DAY else None,
        category=_member(ServiceCategory, args.get("category", "")),
        words=_words(args.get("words", "")),
        has_places=args.get("places") == "1",
        areas=_areas(args),
    )


def _member(kind: type[Kind], typed: str) -> Kind | None:
    return next((member for member in kind if member.value == typed), None)


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _words(typed: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in typed[:LONGEST_WORDS]).strip()


def _areas(args: Mapping[str, str]) -> tuple[AreaChoice, ...]:
    """Return a list to choose from for each level, down to the first at which nothing is chosen."""
    choices, above = [], ""
    for name in ("district", "street", "community"):
        areas = children_of(above)
        chosen = next((area for area in areas if area.code == args.get(name)), None)
        choices.append(AreaChoice(name, areas, chosen))
        if chosen is None:
            break
        above = chosen.code
    return tuple(choices)
