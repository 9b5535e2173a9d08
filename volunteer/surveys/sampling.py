"""How many people to ask, in which communities, and how many of each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import TypeVar

from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import thousands
from volunteer.kernel.text import N_
from volunteer.surveys.rules import CONFIDENCE_Z

Key = TypeVar("Key")

MOST_ANSWERS = 100_000
MOST_COMMUNITIES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a campaign wants: `wanted` answers, or None and a `margin` to work them out from.

    `communities` is in how many to ask, None in all; `least` goes to each of them, `reserve_percent` of tickets on top.
    """

    title: str
    is_official: bool
    conducted_by: str
    opens_on: date
    closes_on: date
    population_year: int
    wanted: int | None
    margin: Fraction | None
    communities: int | None
    least: int
    reserve_percent: int


def sample_size(population: int, margin: Fraction) -> int:
    """Return how many answers keep a share within `margin` (3 % is 3/100) of the truth, with 95 % confidence.

    n0 = z² · p(1 - p) / e² with p = 1/2, the worst case, then the finite population: n = n0 / (1 + (n0 - 1) / N),
    rounded up (Cochran 1977). Raises Invalid on "margin" or "wanted" where that makes no sense.
    """
    if not Fraction(1, 200) <= margin <= Fraction(1, 5):
        raise Invalid(N_("误差要在 0.5% 到 20% 之间"), field="margin")
    if population < 1:
        raise Invalid(N_("这个范围没有常住人口，请先录入人口"), field="area")
    endless = Fraction(CONFIDENCE_Z) ** 2 / 4 / margin**2
    return min(ceil(endless / (1 + (endless - 1) / population)), population)


def draw(keys: Sequence[Key], count: int, start: Fraction) -> list[Key]:
    """Return `count` of the communities, evenly spread over their order, from a random `start` of 0 to 1 on.

    Each has the same chance (systematic sampling); quotas by population then make each resident's chance the same.
    """
    step = Fraction(len(keys), count)
    return [keys[int((start + number) * step) % len(keys)] for number in range(count)]


def allocate(total: int, residents: Mapping[Key, int], least: int) -> dict[Key, int]:
    """Return each community's quota: in proportion to residents, at least `least`, or all of them where fewer live.

    Remainders go to the largest first, of equal ones to the first in order, so that the sum is `total` (Hamilton).
    Raises Invalid on "wanted" where the total cannot give each its least or is more than live there.
    """
    lowest = {key: min(least, count) for key, count in residents.items()}
    if total < sum(lowest.values()):
        raise Invalid(
            N_("%(count)s 个社区每个至少 %(least)s 份，总数不能少于 %(total)s 份"),
            field="wanted",
            count=len(residents),
            least=least,
            total=thousands(sum(lowest.values())),
        )
    if total > sum(residents.values()):
        raise Invalid(N_("样本比常住人口还多，请改小"), field="wanted")
    fixed: dict[Key, int] = {}
    while True:
        free = {key: count for key, count in residents.items() if key not in fixed}
        left, people = total - sum(fixed.values()), sum(free.values())
        short = {key: lowest[key] for key, count in free.items() if count * left < lowest[key] * people}
        if not short:
            shares = {**fixed, **_by_largest_remainder(left, free)}
            return {key: shares[key] for key in residents}
        fixed |= short


def _by_largest_remainder(total: int, residents: Mapping[Key, int]) -> dict[Key, int]:
    people = sum(residents.values())
    if not people:
        return dict.fromkeys(residents, 0)
    exact = {key: Fraction(total * count, people) for key, count in residents.items()}
    whole = {key: int(share) for key, share in exact.items()}
    order = sorted(exact, key=lambda key: whole[key] - exact[key])  # stable: equal ones stay in order
    for key in order[: total - sum(whole.values())]:
        whole[key] += 1
    return whole


def tickets_for(quota: int, reserve_percent: int) -> int:
    """Return how many tickets to print for a quota, with a reserve for those that nobody uses, rounded up."""
    return ceil(quota * Fraction(100 + reserve_percent, 100))
