"""What items must say, and what a clause lacks."""

from datetime import date
from fractions import Fraction

import pytest

from volunteer.areas.rules import AreaLevel
from volunteer.evidence.rules import (
    Caption,
    DocumentFacts,
    NoteFacts,
    TableFacts,
    archive_number,
    check_as_of,
    check_dated_on,
    check_is_pdf,
    check_taken_on,
    check_telling,
    check_year,
    completeness,
    lacks_of,
    last_month_end,
    read_facts,
    stored,
)
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.editions import Clause, MaterialKind
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

TODAY = date(2026, 7, 1)
CLAUSE = Clause("1.2", "注册培训机制", "有培训计划和记录。", tuple(MaterialKind))
DOCUMENT, NOTE, PICTURE, TABLE = MaterialKind


@pytest.mark.parametrize(
    "text",
    [
        *(
            "无",
            "同上",
            "略",
            "——",
            "...",
            "test",
            "111",
            "xxx",
            " 暂无 ",
            "无无",
            "同上，同上",
            "见图",
            "不知道",
            "等等",
        ),
        *("ＴＥＳＴ", "1、2", "N/A", "xx xx", "哈哈哈", "\u200b", "\u2060无\u2060", "\u3164\u3164", "\u2800"),
    ],
)
def test_a_fact_that_says_nothing_is_refused_on_its_field(text):
    with pytest.raises(Invalid) as refused:
        check_telling(text, field="place")
    assert refused.value.field == "place"


@pytest.mark.parametrize("text", ["檀溪", "6 人", "K8 路", "李", "无锡路社区"])
def test_a_short_fact_that_tells_something_is_taken(text):
    check_telling(text, field="place")


@pytest.mark.parametrize("day", [date(2026, 7, 2), date(2025, 12, 31), date(2027, 1, 1)])
def test_a_picture_is_of_the_dossiers_year_and_not_of_the_future(day):
    with pytest.raises(Invalid):
        check_taken_on(day, 2026, TODAY)


def test_days_at_the_edge_are_taken():
    check_taken_on(date(2026, 1, 1), 2026, TODAY)
    check_taken_on(TODAY, 2026, TODAY)
    check_dated_on(date(1998, 5, 1), TODAY)
    check_as_of(date(2026, 6, 30), 2026, TODAY)
    for day in (date(2026, 7, 2), date(1949, 1, 1)):
        with pytest.raises(Invalid):
            check_dated_on(day, TODAY)
    with pytest.raises(Invalid):
        check_as_of(date(2025, 12, 31), 2026, TODAY)


@pytest.mark.parametrize("year", [2020, 2027])
def test_a_dossier_is_of_this_year_or_of_the_last_five(year):
    with pytest.raises(Invalid):
        check_year(year, TODAY)
    check_year(2021, TODAY)


def test_the_last_months_end_is_that_of_the_year():
    assert last_month_end(2026, TODAY) == date(2026, 6, 30)
    assert last_month_end(2025, TODAY) == date(2025, 12, 31)
    with pytest.raises(Invalid):
        last_month_end(2026, date(2026, 1, 31))


def test_a_clause_says_what_it_lacks_kind_by_kind():
    lacks = lacks_of(CLAUSE, {PICTURE: 1, NOTE: 3})
    assert [(lack.kind, lack.missing) for lack in lacks] == [(DOCUMENT, 1), (NOTE, 0), (PICTURE, 1), (TABLE, 1)]
    assert str(lacks[2].words) == "还缺 1 张实景图片"
    assert completeness(lacks) == Fraction(2, 5)  # three notes where one is wanted count as one
    assert lacks_of(CLAUSE, {PICTURE: 1}, pictures=4)[2].missing == 3
    assert completeness([]) is None


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (DOCUMENT, DocumentFacts("襄文明办〔2026〕3 号", "市文明办", date(2026, 2, 1))),
        (NOTE, NoteFacts("市文明办", date(2026, 2, 1))),
        (PICTURE, Caption(date(2026, 3, 5), "社区广场", "志愿者 20 人", "集市", "磨刀")),
        (TABLE, TableFacts(None, AreaLevel.STREET, date(2026, 6, 30), WindowKind.MATERIAL, Total.STRICT)),
        (
            TABLE,
            TableFacts(
                IndicatorCode.ACTIVE_SHARE,
                AreaLevel.DISTRICT,
                date(2026, 6, 30),
                WindowKind.CALENDAR_YEAR,
                Total.INCLUSIVE,
            ),
        ),
    ],
)
def test_facts_come_back_as_they_were_kept(kind, facts):
    assert read_facts(kind, stored(facts)) == facts


def test_an_archive_number_is_year_area_clause_and_item():
    assert archive_number(2026, "420606", 3, 2) == "2026-420606-03-02"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04xl/", "Office"),
        (b"\xff\xd8\xff\xe0", "JPG"),
        (b"MZ\x90", "程序"),
        (b"<html>", "网页"),
        (b"", "空的"),
    ],
)
def test_what_is_no_pdf_is_named(data, words):
    with pytest.raises(Invalid) as refused:
        check_is_pdf(data)
    assert words in str(refused.value.words)
    check_is_pdf(b"\n%PDF-1.4")
