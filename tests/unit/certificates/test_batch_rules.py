"""Numbers read line by line, and files packed while they are sent."""

from datetime import date

import pytest

from volunteer.certificates.batch_rules import Line, check_people, lines_in_file, lines_typed, read_numbers
from volunteer.certificates.rules import MOST_PEOPLE
from volunteer.kernel.errors import Invalid
from volunteer.kernel.volunteer_numbers import make_volunteer_number

ONE, TWO = (make_volunteer_number("420602", date(2026, 11, 1), serial) for serial in (1, 2))


def test_numbers_are_typed_one_a_line_or_several() -> None:
    assert lines_typed(f"{ONE}，{TWO}\n\n  abc ") == [Line(1, ONE), Line(1, TWO), Line(3, "abc")]


def test_each_number_counts_once_and_every_other_line_is_named() -> None:
    read = read_numbers([Line(1, ONE.lower()), Line(2, "V12\x00" + "9" * 99), Line(3, ONE), Line(4, TWO)])
    assert read.numbers == {ONE: 1, TWO: 4}
    assert [(one.line, len(one.typed)) for one in read.faults] == [(2, 30), (3, 18)]
    assert str(read.faults[1].words) == "和第 1 行是同一个编号，只开一份"


@pytest.mark.parametrize(
    "text", [f"姓名,志愿者编号\n李,{ONE}\n\n王,{TWO}\n", f"Number\n{ONE}\n\n{TWO}\n", f"{ONE}\n\n\n{TWO}"]
)
def test_a_file_is_read_by_its_column_or_as_its_only_one(text: str) -> None:
    lines = lines_in_file(text.encode())
    assert [line.typed for line in lines] == [ONE, TWO]
    assert lines[1].number == 4


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "名字\n李\n", "志愿者编号\n"])
def test_a_file_without_numbers_is_refused_on_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        lines_in_file(text.encode())
    assert refusal.value.field == "file"


@pytest.mark.parametrize("count", [0, MOST_PEOPLE + 1])
def test_a_batch_is_for_somebody_and_not_for_too_many(count: int) -> None:
    with pytest.raises(Invalid):
        check_people(count, field="numbers")
    check_people(MOST_PEOPLE, field="numbers")
