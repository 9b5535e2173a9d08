"""What is recorded of a volunteer beside service (志愿服务记录与证明出具办法(试行)), and what may be. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from volunteer.accounts.rules import Limit
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import check_volunteer_number

EARLIEST_ON = date(1990, 1, 1)
LONGEST_MINUTES = 60_000
NAME_LENGTH = 100
WORDS_LENGTH = 300
# As many as one class or one ceremony has; a longer list is cut in two (our decision).
MOST_PEOPLE = 500
PEOPLE_FIELD = "numbers"
# A portable record is drawn and signed anew each time; a question goes to several people (our decision).
TAKING_LIMIT = Limit(20, timedelta(days=1))
DISPUTE_LIMIT = Limit(10, timedelta(days=1))


class Grade(StrEnum):
    """How good somebody's service was, as who organized it says (质量评价)."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return GRADE_LABELS[self]


GRADE_LABELS = {Grade.EXCELLENT: N_("优秀"), Grade.GOOD: N_("良好"), Grade.FAIR: N_("合格"), Grade.POOR: N_("不合格")}


class RecordKind(StrEnum):
    """What is recorded beside service."""

    TRAINING = "training"
    COMMENDATION = "commendation"
    EVALUATION = "evaluation"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return KIND_LABELS[self]


KIND_LABELS = {
    RecordKind.TRAINING: N_("培训"),
    RecordKind.COMMENDATION: N_("表彰"),
    RecordKind.EVALUATION: N_("评价"),
}


@dataclass(frozen=True, slots=True)
class TrainingTyped:
    """A training as it was typed; `minutes` learned, `held_by` the organization that held it."""

    name: str
    content: str
    minutes: int
    held_by: str
    held_on: date

    def check(self, today: date) -> None:
        """Raise Invalid on the field that cannot be."""
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            raise Invalid(N_("学习时长要在 1 到 %(most)s 分钟之间"), field="minutes", most=f"{LONGEST_MINUTES:,}")
        check_day(self.held_on, today, field="held_on")


@dataclass(frozen=True, slots=True)
class CommendationTyped:
    """An honour as it was typed; `given_by` the organization that gave it."""

    name: str
    given_by: str
    given_on: date

    def check(self, today: date) -> None:
        """Raise Invalid on the field that cannot be."""
        check_day(self.given_on, today, field="given_on")


@dataclass(frozen=True, slots=True)
class EvaluationTyped:
    """The grade of one volunteer, by number, and words about it that may be empty."""

    number: str
    grade: Grade
    words: str = ""


def check_day(day: date, today: date, *, field: str) -> date:
    """Return a day of a record, or raise Invalid: it has come, and is not older than any register (our decision)."""
    if day > today:
        raise Invalid(N_("日期还没有到，发生以后再记"), field=field)
    if day < EARLIEST_ON:
        raise Invalid(N_("日期不能早于 1990 年，请再核对一遍"), field=field)
    return day


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong in one line of a list, counted from 1."""

    line: int
    words: Words


class LinesRefused(Invalid):
    """A list of people in which some lines are wrong; nothing of it is recorded."""

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        super().__init__(N_("有 %(count)s 行要改，改好以前一个人都不会记"), field=PEOPLE_FIELD, count=len(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Line:
    """One volunteer number and the line on which it stands."""

    line: int
    number: str


def read_numbers(typed: str) -> list[Line]:
    """Return the volunteer numbers of a text, one or several a line; raise Invalid or LinesRefused."""
    cells = [
        Line(place, cell)
        for place, row in enumerate(typed.splitlines(), 1)
        for cell in re.split(r"[\s,，;；、]+", row)
        if cell
    ]
    return check_numbers(cells)


def check_numbers(cells: list[Line]) -> list[Line]:
    """Return the numbers as they are kept, each once; raise Invalid for none or too many, or LinesRefused."""
    if not cells:
        raise Invalid(N_("请填志愿者编号，一行一个"), field=PEOPLE_FIELD)
    if len(cells) > MOST_PEOPLE:
        raise Invalid(N_("一次最多记 %(most)s 个人，请分几次"), field=PEOPLE_FIELD, most=MOST_PEOPLE)
    found: dict[str, int] = {}
    errors: list[LineError] = []
    for cell in cells:
        try:
            number = check_volunteer_number(cell.number[:60])
        except DomainError as refused:
            errors.append(LineError(cell.line, refused.words))
            continue
        if number in found:
            errors.append(LineError(cell.line, Words(N_("和第 %(line)s 行是同一个人"), {"line": found[number]})))
        found.setdefault(number, cell.line)
    if errors:
        raise LinesRefused(tuple(errors))
    return [Line(line, number) for number, line in found.items()]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who records: the account, and the digest of the document of the person behind it (None: not registered)."""

    account_id: int
    document: str | None


def why_not_about(keeper: Keeper, *, account_id: int, document: str) -> Words | None:
    """Return why `keeper` may not record about the volunteer of `account_id` and `document`, None when they may.

    Nobody praises themselves, whatever accounts they hold, nor a child or an elder of their own account (our decision).
    """
    if keeper.document == document:
        return Words(N_("不能给自己记，请组织里的另一个人来记"))
    if keeper.account_id == account_id:
        return Words(N_("不能给自己账号名下的人记，请组织里的另一个人来记"))
    return None
