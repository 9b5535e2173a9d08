"""Which result counts, what it must be, and through which stages a campaign goes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
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
# Nothing below the whole is told of fewer answers than these (our decision).
LEAST_CELL = 10
# Interviewers' answers that were given in time may arrive so many days later.
GRACE = timedelta(days=3)
# A slip of the thumb is noticed soon; what stands longer was meant (our decision).
TAKE_BACK_WITHIN = timedelta(minutes=10)
# Below one answer of eleven approached nobody would rely on a survey: more misses than these are a mistake or made up
# (our decision).
MOST_MISSES_PER_ANSWER = 10
SELF_TEST = N_("自测（不作正式依据）")
TOO_FEW = N_("样本太少，不判断是否达标")
TOO_FEW_WITHIN = N_("样本太少（95%% 的把握在 %(low)s 到 %(high)s 之间），不判断是否达标")


class Channel(StrEnum):
    """How an answer came in."""

    TICKET = "ticket"
    INTERVIEW = "interview"

    @property
    def label(self) -> str:
        """Return its name."""
        return _CHANNELS[self]


class Miss(StrEnum):
    """Why somebody who was approached gave no answer."""

    REFUSED = "refused"
    NOT_MET = "not_met"

    @property
    def label(self) -> str:
        """Return its name."""
        return _MISSES[self]

    @property
    def meaning(self) -> str:
        """Return what an interviewer is to understand by it."""
        return _MEANT[self]


def most_misses(most_answers: int) -> int:
    """Return how many misses a community may have, for the most answers that interviewers may bring it to."""
    return most_answers * MOST_MISSES_PER_ANSWER


def may_take_back(noted_at: datetime, at: datetime) -> bool:
    """Return whether a miss noted at one moment may be taken back at another."""
    return noted_at <= at <= noted_at + TAKE_BACK_WITHIN


class Stage(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    COMING = "coming"
    OPEN = "open"
    WAITING = "waiting"
    FROZEN = "frozen"

    @property
    def label(self) -> str:
        """Return its name."""
        return _STAGES[self]


_CHANNELS = {Channel.TICKET: N_("答题票"), Channel.INTERVIEW: N_("访问员")}
_MISSES = {Miss.REFUSED: N_("拒访"), Miss.NOT_MET: N_("未遇")}
_MEANT = {Miss.REFUSED: N_("见到了人，不愿意答"), Miss.NOT_MET: N_("没有见到人")}
_STAGES = {
    Stage.DRAFT: N_("草稿"),
    Stage.COMING: N_("还没开始"),
    Stage.OPEN: N_("正在调查"),
    Stage.WAITING: N_("已截止，等离线答卷"),
    Stage.FROZEN: N_("已出结果"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many answers do not open and are not counted, and why it was decided to go on without them."""

    count: int
    why: str


class Run(Protocol):
    """The days and marks of a campaign."""

    opens_on: date
    closes_on: date
    ended_on: date | None
    published_at: datetime | None
    frozen_at: datetime | None


def last_day(run: Run) -> date:
    """Return the last day on which people may answer."""
    return run.closes_on if run.ended_on is None else min(run.ended_on, run.closes_on)


def stage_of(run: Run, today: date) -> Stage:
    """Return where a campaign stands; one that was ended today takes no more answers made later."""
    if run.frozen_at is not None:
        return Stage.FROZEN
    if run.published_at is None:
        return Stage.DRAFT
    if run.ended_on is not None or today > run.closes_on:
        return Stage.WAITING
    return Stage.OPEN if today >= run.opens_on else Stage.COMING


def takes_from_interviewers(run: Run, answered_on: date, today: date) -> bool:
    """Return whether an answer given to an interviewer on a day may still come in: made in time, sent within GRACE."""
    if run.published_at is None or run.frozen_at is not None or today > last_day(run) + GRACE:
        return False
    return run.opens_on <= answered_on <= min(last_day(run), today)


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
