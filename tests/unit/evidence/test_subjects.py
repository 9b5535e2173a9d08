"""Which tables answer which clause, what may be brought instead, and what is hidden of sums."""

from io import BytesIO

import pytest
import xlsxwriter

from volunteer.evidence.hiding import hidden_in_grid
from volunteer.evidence.own_tables import PRINTED_COLUMNS, PRINTED_ROWS, check_own_table, printed_part
from volunteer.evidence.subjects import Subject, subjects_for, themes_of
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Invalid
from volunteer.metrics.editions import SHIPPED_CLAUSES, MaterialKind

ANSWERS = {
    "1.2": {Subject.REGISTRATIONS, Subject.TRAININGS},
    "1.3": {Subject.ACTIVITIES},
    "1.4": {Subject.RECORDS, Subject.CERTIFICATES},
    "1.5": {Subject.STARS, Subject.COMMENDATIONS},
    "3.1": {Subject.ACTIVITIES},
    "3.2": {Subject.ACTIVITIES},
    "3.3": {Subject.ACTIVITIES},
    "3.4": {Subject.ORGANIZATIONS, Subject.ACTIVITIES},
    "3.5": {Subject.ACTIVITIES},
    "3.6": {Subject.ACTIVITIES},
}
THEMES = {
    "3.1": ("elders", "children", "hardship", "disability"),
    "3.2": ("party",),
    "3.3": ("traffic", "tourism", "online"),
    "3.4": ("culture", "health", "law", "environment", "safety"),
    "3.5": ("lei_feng",),
    "3.6": ("civility",),
}


@pytest.mark.parametrize("clause", SHIPPED_CLAUSES, ids=lambda clause: clause.code)
def test_each_shipped_clause_that_wants_a_table_is_answered_from_the_data(clause):
    answers = set(subjects_for(clause))
    assert answers == ANSWERS.get(clause.code, set())
    wants_a_table = MaterialKind.TABLE in clause.wants
    assert wants_a_table == bool(answers or clause.indicator)
    assert themes_of(clause) == tuple(map(ServiceCategory, THEMES.get(clause.code, ())))


def book(rows: list[list[object]]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return out.getvalue()


def test_a_table_that_is_brought_is_read_as_far_as_it_is_printed():
    rows = [[f"第 {column} 栏" for column in range(12)], *([[1.0, "社区", *range(10)]] * 300)]
    told = check_own_table(book(rows))
    assert (told.row_count, told.column_count) == (300, 12)
    assert (len(told.rows) - 1, len(told.rows[0])) == (PRINTED_ROWS, PRINTED_COLUMNS)
    assert told.rows[1][:2] == ("1", "社区")
    assert printed_part(b"\x00") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        ("社区,人数\n".encode(), "表里没有内容"),
        ("姓名,证件\n张三,420602199005010013\n".encode(), "像有身份证号或手机号"),
        ("联系人,电话\n张三,13800000001\n".encode(), "第 2 行像有身份证号或手机号"),
        (b"%PDF-1.7", "这是 PDF 文件"),
    ],
)
def test_what_is_no_table_or_names_a_person_is_refused(content, words):
    with pytest.raises(Invalid, match=words) as refused:
        check_own_table(content)
    assert refused.value.field == "file"


def test_a_credit_code_and_a_long_count_name_nobody():
    assert check_own_table("组织,代码,人次\n社区队,51420600MJH1234567,1234567\n".encode()).row_count == 1


def test_a_small_month_of_one_district_takes_others_along_until_no_sum_gives_it_away():
    months = {"1": {1: 43, 2: 3, 3: 40}, "2": {1: 60, 2: 30, 3: 30}, "3": {1: 90, 2: 20, 3: 70}}
    hidden = hidden_in_grid(months, 1, (2, 3))
    assert ("1", 2) in hidden
    for line in months:
        assert sum((line, area) in hidden for area in (1, 2, 3)) != 1
    for area in (1, 2, 3):
        assert sum((line, area) in hidden for line in months) != 1
    assert hidden_in_grid({"1": {1: 10, 2: 5, 3: 5}}, 1, (2, 3)) == frozenset()
