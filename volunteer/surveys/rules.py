"""What a survey's result must be, and which one counts. Pure."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import sqrt
from typing import Protocol, TypeVar

from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import thousands
from volunteer.kernel.text import N_

# Fewer valid answers tell of these few people, not of an area (our decision).
LEAST_ANSWERS = 30
# The standard normal deviate of 95 % confidence, two-sided.
CONFIDENCE_Z = 1.959964
SELF_TEST = N_("自测（不作正式依据）")
TOO_FEW = N_("样本太少，不判断是否达标")


class Held(Protocol):
    """A result with the day it was held on and whether it may be relied on."""

    @property
    def held_on(self) -> date:
        """Return the day of the survey."""

    @property
    def is_official(self) -> bool:
        """Return whether it was an official survey."""


Result = TypeVar("Result", bound=Held)


def result_that_counts(results: Iterable[Result], on: date) -> Result | None:
    """Return which of an area's results, the latest first, counts on a day; None where none does.

    It is the latest official one held in the day's year or the year before; only where there is none the latest
    self-test of these two years (our decision).
    """
    recent = [one for one in results if date(on.year - 1, 1, 1) <= one.held_on <= on]
    return next((one for one in recent if one.is_official), next(iter(recent), None))


def check_result(supporting: int, valid_answers: int) -> None:
    """Raise Invalid on the field that makes a survey's result impossible."""
    if valid_answers < 1:
        raise Invalid(N_("有效答卷至少 1 份"), field="valid_answers")
    if not 0 <= supporting <= valid_answers:
        raise Invalid(N_("支持的答卷要在 0 份到 %(most)s 份之间"), field="supporting", most=thousands(valid_answers))


def wilson(supporting: int, answers: int) -> tuple[Fraction, Fraction] | None:
    """Return where the share of all people lies with 95 % confidence, after Wilson (1927); None without answers."""
    if answers < 1:
        return None
    share, z = supporting / answers, CONFIDENCE_Z
    middle = share + z * z / (2 * answers)
    reach = z * sqrt(share * (1 - share) / answers + z * z / (4 * answers * answers))
    scale = 1 + z * z / answers
    low, high = (Fraction(round((middle + sign * reach) / scale * 1_000_000), 1_000_000) for sign in (-1, 1))
    return max(low, Fraction()), min(high, Fraction(1))
