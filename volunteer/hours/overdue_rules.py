"""When an organization is reminded of hours it has not settled, and when the office hears of it. Pure.

The ten working days are the law's (志愿服务记录与证明出具办法); the steps on the way are our decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days, subtract_working_days

REMIND_WORKING_DAYS = 3
CITY_WORKING_DAYS = 5


class Step(StrEnum):
    """What is done about a shift that is not settled, in this order."""

    REMIND = "remind"
    LAST_DAY = "last_day"
    ESCALATE = "escalate"
    TELL_CITY = "tell_city"


@dataclass(frozen=True, slots=True)
class Told:
    """What was done about a shift so far: the day of the last reminder, and whether either office was told."""

    reminded_on: date | None = None
    is_escalated: bool = False
    is_city_told: bool = False


def steps_due(due_on: date, told: Told, today: date) -> list[Step]:
    """Return what is to be done today; what a day without the job has left out is made up for, but no reminder late.

    The organization is reminded three working days before the last day and on it; from the day after it the office of
    the district knows, and five working days later that of the city.
    """
    steps = []
    if today <= due_on:
        if told.reminded_on is None and today >= subtract_working_days(due_on, REMIND_WORKING_DAYS):
            steps.append(Step.LAST_DAY if today == due_on else Step.REMIND)
        elif told.reminded_on is not None and told.reminded_on < today == due_on:
            steps.append(Step.LAST_DAY)
        return steps
    if not told.is_escalated:
        steps.append(Step.ESCALATE)
    if not told.is_city_told and today >= add_working_days(due_on, CITY_WORKING_DAYS):
        steps.append(Step.TELL_CITY)
    return steps


def step_words(step: Step, titles: Sequence[str], organization: str, due_on: date) -> Words:
    """Return what an organization (`remind`, `last_day`) or the office is told about its shifts, in words."""
    facts = {"title": titles[0], "count": len(titles), "organization": organization, "day": due_on}
    one, many = _WORDS[step]
    return Words(one if len(titles) == 1 else many, facts)


_LATE = (
    N_("%(organization)s的“%(title)s”过了 10 个工作日，时长还没有记完"),
    N_("%(organization)s的“%(title)s”等 %(count)d 个班次过了 10 个工作日，时长还没有记完"),
)
_WORDS = {
    Step.REMIND: (
        N_("“%(title)s”还有时长没有记完，最晚 %(day)s记完"),
        N_("“%(title)s”等 %(count)d 个班次还有时长没有记完，最晚 %(day)s记完"),
    ),
    Step.LAST_DAY: (
        N_("“%(title)s”的时长今天（%(day)s）是最后一天，还没有记完"),
        N_("“%(title)s”等 %(count)d 个班次的时长今天（%(day)s）是最后一天，还没有记完"),
    ),
    Step.ESCALATE: _LATE,
    Step.TELL_CITY: (
        N_("%(organization)s的“%(title)s”过了 15 个工作日，时长还没有记完"),
        N_("%(organization)s的“%(title)s”等 %(count)d 个班次过了 15 个工作日，时长还没有记完"),
    ),
}
