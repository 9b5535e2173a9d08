"""For whom a batch of certificates is: numbers read line by line out of a text or a file. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from volunteer.certificates.rules import MOST_PEOPLE
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.sheets import read_sheet
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import check_volunteer_number

NUMBER = "number"
HEADINGS = {"志愿者编号": NUMBER, "编号": NUMBER, "volunteer number": NUMBER, NUMBER: NUMBER}
_LONGEST_SHOWN = 30
_BETWEEN = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A number as it stands in line `number` of a text or file, counted from 1."""

    number: int
    typed: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line, and what stands there (at most 30 characters)."""

    line: int
    typed: str
    words: Words


@dataclass(frozen=True, slots=True)
class NumbersRead:
    """The numbers that could be read, each once with its line, and the faults of all other lines."""

    numbers: dict[str, int]
    faults: tuple[Fault, ...]


def fault(line: int, typed: str, words: Words) -> Fault:
    """Return the fault of a line, its text cut to what a page can show."""
    shown = "".join(character for character in typed if character.isprintable())
    return Fault(line, shown[:_LONGEST_SHOWN], words)


def lines_typed(text: str) -> list[Line]:
    """Return the numbers of a text: one a line, or several with spaces or commas between."""
    return [
        Line(number, typed)
        for number, line in enumerate(text.splitlines(), start=1)
        for typed in _BETWEEN.split(line)
        if typed
    ]


def lines_in_file(data: bytes) -> list[Line]:
    """Return the numbers in the column 志愿者编号 of a CSV or Excel file, or in its only column.

    Raises Invalid on "file" when there is no such column.
    """
    rows = read_sheet(data, HEADINGS)
    keys = [key for key in (rows[0] if rows else {}) if key]
    if NUMBER in keys:
        column, first = NUMBER, []
    elif len(keys) == 1 and _is_number(keys[0]):
        column, first = keys[0], [Line(1, keys[0])]
    else:
        raise Invalid(N_("没有找到编号：第一行要有“志愿者编号”这一列，下面至少有一行"), field="file")
    return first + [
        Line(number, str(row[column]).strip())
        for number, row in enumerate(rows, start=2)
        if str(row.get(column) or "").strip()
    ]


def read_numbers(lines: Sequence[Line]) -> NumbersRead:
    """Return the numbers of lines, checked; one that comes twice counts once."""
    numbers: dict[str, int] = {}
    faults: list[Fault] = []
    for line in lines:
        try:
            number = check_volunteer_number(line.typed)
        except DomainError as error:
            faults.append(fault(line.number, line.typed, error.words))
            continue
        if number in numbers:
            words = Words(N_("和第 %(line)s 行是同一个编号，只开一份"), {"line": numbers[number]})
            faults.append(fault(line.number, line.typed, words))
        else:
            numbers[number] = line.number
    return NumbersRead(numbers, tuple(faults))


def check_people(count: int, *, field: str) -> None:
    """Refuse a batch for nobody, or for more than one batch takes; raises Invalid on `field`."""
    if count == 0:
        raise Invalid(N_("没有可以开证明的人，请换一个范围或名单"), field=field)
    if count > MOST_PEOPLE:
        raise Invalid(
            N_("一批最多 %(most)s 人，现在有 %(count)s 人，请分成几批"),
            field=field,
            most=f"{MOST_PEOPLE:,}",
            count=f"{count:,}",
        )


def _is_number(typed: str) -> bool:
    try:
        check_volunteer_number(typed)
    except DomainError:
        return False
    return True


def packed_rows(numbers: Iterable[str]) -> list[dict[str, str]]:
    """Return numbers as the rows of a table that a page can carry."""
    return [{NUMBER: number} for number in numbers]
