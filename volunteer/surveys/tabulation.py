"""What answers say together: response, shares by group, weighted by population, and rows that point at nobody. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

from volunteer.kernel.ratio import ratio
from volunteer.surveys.questions import AGE, SEX, QuestionSet
from volunteer.surveys.rules import LEAST_CELL, Channel, wilson

Key = TypeVar("Key", bound=Hashable)


class Sheet(NamedTuple):
    """One answer sheet: the code of its community, of the area right below the campaign's, channel and ticks."""

    community: str
    branch: str
    channel: Channel
    choices: Mapping[str, str]


class Tally(NamedTuple):
    """Of `answers` sheets `supporting` support."""

    supporting: int
    answers: int

    @property
    def share(self) -> Fraction | None:
        """Return the share; None without answers."""
        return ratio(self.supporting, self.answers)

    @property
    def interval(self) -> tuple[Fraction, Fraction] | None:
        """Return where the share lies with 95 % confidence; None without answers."""
        return wilson(self.supporting, self.answers)


@dataclass(frozen=True, slots=True)
class Response:
    """How many were approached by one channel and how many answered: tickets handed out, or doors knocked at."""

    answers: int
    approached: int

    @property
    def rate(self) -> Fraction | None:
        """Return answers ÷ people approached; None where nobody was."""
        return ratio(self.answers, self.approached)


def tally(sheets: Iterable[Sheet], questions: QuestionSet) -> Tally:
    """Return how many of the sheets support."""
    votes = Counter(questions.supports(sheet.choices) for sheet in sheets)
    return Tally(votes[True], votes.total())


def tallies(sheets: Iterable[Sheet], questions: QuestionSet, group: str) -> dict[str, Tally]:
    """Return the tally of each group: "community", "branch", or the code of a question; who left it out under ""."""
    groups: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        groups.setdefault(_group_of(sheet, group), []).append(sheet)
    return {key: tally(found, questions) for key, found in groups.items()}


def _group_of(sheet: Sheet, group: str) -> str:
    if group == "community":
        return sheet.community
    return sheet.branch if group == "branch" else sheet.choices.get(group, "")


def too_small(counts: Mapping[Key, int], least: int = LEAST_CELL) -> frozenset[Key]:
    """Return the groups of which nothing is told: those of fewer than `least` answers, and with them the next smallest.

    The hidden ones together count `least` or more, so that taking what is shown from the whole tells of no fewer.
    """
    order = sorted((key for key, count in counts.items() if count), key=lambda key: counts[key])
    hidden = [key for key in order if counts[key] < least]
    for key in order[len(hidden) :]:
        if not hidden or sum(counts[one] for one in hidden) >= least:
            break
        hidden.append(key)
    return frozenset(hidden)


def weighted_share(by_branch: Mapping[str, Tally], residents: Mapping[str, int]) -> Fraction | None:
    """Return the share of support weighted by residents: each area's share times its residents, over the residents.

    Areas without answers or without residents are left out (post-stratification); None where nothing is left.
    """
    known = {code: one.share for code, one in by_branch.items() if one.share is not None and residents.get(code)}
    total = sum(residents[code] for code in known)
    return sum((share * residents[code] for code, share in known.items()), Fraction()) / total if total else None


def distribution(sheets: Sequence[Sheet], questions: QuestionSet) -> dict[str, Counter[str]]:
    """Return by question how often each answer was ticked; "" counts who left it out."""
    return {one.code: Counter(sheet.choices.get(one.code, "") for sheet in sheets) for one in questions.questions}


def anonymous_rows(sheets: Sequence[Sheet], questions: QuestionSet) -> list[tuple[str, Sheet]]:
    """Return each sheet with the community that may be told, "" for the others, in an order that says nothing.

    Small communities are put together, age and sex are left out wherever fewer than LEAST_CELL share them with their
    community. The order is that of the answers themselves.
    """
    counts = Counter(sheet.community for sheet in sheets)
    merged = too_small(counts)
    placed = [("" if sheet.community in merged else sheet.community, sheet) for sheet in sheets]
    people = Counter((place, *_person(sheet)) for place, sheet in placed)
    rows = []
    for place, sheet in placed:
        kept = people[place, *_person(sheet)] >= LEAST_CELL
        choices = {code: told for code, told in sheet.choices.items() if kept or code not in (AGE, SEX)}
        rows.append((place, sheet._replace(choices=choices)))
    order = [one.code for one in questions.questions]
    return sorted(rows, key=lambda row: (row[0], [row[1].choices.get(code, "") for code in order]))


def _person(sheet: Sheet) -> tuple[str, str]:
    return sheet.choices.get(AGE, ""), sheet.choices.get(SEX, "")
