"""What answers say together: response, shares by group, weighted by population, and rows that point at nobody. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

from volunteer.kernel.ratio import ratio
from volunteer.kernel.small_cells import in_company, is_small
from volunteer.surveys.questions import KNOWN_TO_OTHERS, QuestionSet
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

    The hidden ones together count `least` or more, so that taking what is shown from the whole tells of no fewer;
    only where all groups together are fewer they are all hidden, and fewer.
    """
    order = sorted((key for key, count in counts.items() if count), key=lambda key: counts[key])
    few = [key for key in order if is_small(counts[key], least)]
    hidden = in_company(few, order[len(few) :], lambda found: sum(counts[one] for one in found) >= least)
    return frozenset(hidden)


def cells(sheets: Iterable[Sheet]) -> dict[str, tuple[str, str]]:
    """Return by community where its answers count: (branch, community), "" for those that are put together.

    These are the finest groups of which anything is told, LEAST_CELL answers or more each; what is told of areas above
    is a sum of whole cells, so that no subtraction leads below them.
    """
    counts = Counter((sheet.branch, sheet.community) for sheet in sheets)
    branches: Counter[str] = Counter()
    for (branch, _community), count in counts.items():
        branches[branch] += count
    merged = too_small(branches)
    inside: dict[str, dict[str, int]] = {}
    for (branch, community), count in counts.items():
        inside.setdefault("" if branch in merged else branch, {})[community] = count
    found: dict[str, tuple[str, str]] = {}
    for branch, communities in inside.items():
        small = too_small(communities)
        found |= {one: (branch, "" if one in small else one) for one in communities}
    return found


def weighted_share(sheets: Iterable[Sheet], questions: QuestionSet, residents: Mapping[str, int]) -> Fraction | None:
    """Return the share of support weighted by residents: each branch's share times its residents, over the residents.

    Branches of fewer than LEAST_CELL answers count as one, so that the estimate tells nothing beyond the groups; those
    without answers or residents are left out (post-stratification). None where fewer than two are left.
    """
    listed = list(sheets)
    merged = too_small(Counter(sheet.branch for sheet in listed))
    people: Counter[str] = Counter()
    for branch in {sheet.branch for sheet in listed}:
        people["" if branch in merged else branch] += residents.get(branch, 0)
    placed = (sheet._replace(branch="" if sheet.branch in merged else sheet.branch) for sheet in listed)
    shares = {
        branch: one.share
        for branch, one in tallies(placed, questions, "branch").items()
        if one.share is not None and one.answers >= LEAST_CELL and people[branch]
    }
    if len(shares) < 2:
        return None
    total = sum(people[branch] for branch in shares)
    return sum((share * people[branch] for branch, share in shares.items()), Fraction()) / total


def distribution(sheets: Sequence[Sheet], questions: QuestionSet) -> dict[str, Counter[str]]:
    """Return by question how often each answer was ticked; "" counts who left it out."""
    return {one.code: Counter(sheet.choices.get(one.code, "") for sheet in sheets) for one in questions.questions}


def anonymous_rows(sheets: Sequence[Sheet], questions: QuestionSet) -> list[tuple[str, Sheet]]:
    """Return each sheet with the community that may be told, "" for the others, in an order that says nothing.

    Communities are put together as `cells` says. What others know of somebody is not in them, opinions alone are: age,
    sex, and who took part are told as groups of the whole, and blanks in the rows could be filled in from there. The
    order is that of the answers themselves.
    """
    places = cells(sheets)
    rows = [(places[sheet.community][1], sheet._replace(choices=_without_person(sheet.choices))) for sheet in sheets]
    order = [one.code for one in questions.questions]
    return sorted(rows, key=lambda row: (row[0], [row[1].choices.get(code, "") for code in order]))


def _without_person(choices: Mapping[str, str]) -> dict[str, str]:
    return {code: told for code, told in choices.items() if code not in KNOWN_TO_OTHERS}
