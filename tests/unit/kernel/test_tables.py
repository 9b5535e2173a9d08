import csv
from datetime import UTC, date, datetime
from fractions import Fraction
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from volunteer.kernel import tables
from volunteer.kernel.errors import Invalid
from volunteer.kernel.tables import MISSING, Cell, Column, Kind, Table, csv_bytes, xlsx_bytes

MADE_AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
COLUMNS = (
    Column("区划"),
    Column("人数", Kind.INT),
    Column("占比", Kind.PERCENT),
    Column("小时", Kind.HOURS),
    Column("日期", Kind.DATE),
)
TABLE = Table(
    title="四项指标",
    columns=COLUMNS,
    rows=[
        ["襄城区", 89_999, Fraction(89_999, 900_000), 3_210, date(2026, 11, 22)],
        ["樊城区", 0, None, None, None],
    ],
    totals=[["全市", 89_999, Fraction(89_999, 900_000), Fraction(1, 2), None]],
    notes=["统计期：2026 年 1 月 1 日至 11 月 22 日"],
)


def read_csv(table: Table) -> list[list[str]]:
    return list(csv.reader(StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))


def read_xlsx(table: Table) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx_bytes(table, MADE_AT)))
    return book.get_sheet_by_index(0).to_python()


def one_text(text: str) -> Table:
    return Table("表", [Column("姓名")], [[text]])


def test_a_csv_opens_in_excel_as_chinese_and_begins_with_its_headings():
    written = csv_bytes(TABLE)

    assert written.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in written
    assert read_csv(TABLE) == [
        ["区划", "人数", "占比", "小时", "日期"],
        ["襄城区", "89999", "9.99%", "53.50", "2026-11-22"],
        ["樊城区", "0", MISSING, MISSING, MISSING],
        ["全市", "89999", "9.99%", "0.00", MISSING],
        [],
        ["四项指标"],
        ["统计期：2026 年 1 月 1 日至 11 月 22 日"],
    ]


def test_a_workbook_holds_title_notes_headings_rows_and_totals_as_real_numbers_and_dates():
    assert read_xlsx(TABLE) == [
        ["四项指标", "", "", "", ""],
        ["统计期：2026 年 1 月 1 日至 11 月 22 日", "", "", "", ""],
        ["", "", "", "", ""],
        ["区划", "人数", "占比", "小时", "日期"],
        ["襄城区", 89_999, 0.0999, 53.5, date(2026, 11, 22)],
        ["樊城区", 0, MISSING, MISSING, MISSING],
        ["全市", 89_999, 0.0999, 0.0, MISSING],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_of_a_csv_can_start_a_formula(start):
    text = start + 'HYPERLINK("http://evil","点我")'
    table = Table(text, [Column(text)], [[text]], totals=[[text]], notes=[text])

    assert [row[0] for row in read_csv(table) if row] == ["'" + text] * 5


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "@SUM(A1)", "-2", "'引号", "{=A1}", "https://example.com"])
def test_a_workbook_keeps_any_text_as_text_and_unchanged(text):
    assert read_xlsx(one_text(text))[-1] == [text]


def test_a_negative_or_percent_number_is_no_text_and_gets_no_quote():
    table = Table("差额", [Column("差额", Kind.INT)], [[-3]])

    assert read_csv(table)[1] == ["-3"]


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
        lambda text: text[0] not in "=+-@＝＋－＠"
    )
)
def test_any_other_text_comes_back_from_a_csv_as_it_was(text):
    assert read_csv(one_text(text))[1] == [text]


@pytest.mark.parametrize("text", ["䶮", "𬱖", "阿卜杜·热西提", "<b>粗</b>", '说"好"，\n再说', "a,b;c"])
def test_rare_characters_and_signs_come_back_from_both(text):
    assert read_csv(one_text(text))[1] == [text]
    assert read_xlsx(one_text(text))[-1] == [text]


def test_a_text_too_long_for_a_cell_is_cut_and_not_lost():
    assert read_xlsx(one_text("志" * 40_000))[-1] == ["志" * 32_767]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_both_files_show_the_same_share_rounded_down(numerator, denominator):
    table = Table("表", [Column("占比", Kind.PERCENT)], [[Fraction(numerator, denominator)]])
    in_hundredths = numerator * 10_000 // denominator

    assert read_csv(table)[1] == [f"{in_hundredths // 100}.{in_hundredths % 100:02}%"]
    assert read_xlsx(table)[-1] == [in_hundredths / 10_000]


def test_the_same_table_and_moment_give_the_same_bytes():
    assert xlsx_bytes(TABLE, MADE_AT) == xlsx_bytes(TABLE, MADE_AT)
    assert xlsx_bytes(TABLE, MADE_AT) != xlsx_bytes(TABLE, MADE_AT.replace(year=2027))


def test_rows_may_come_one_by_one():
    rows = ([str(number)] for number in range(3))

    assert read_csv(Table("表", [Column("号")], rows))[1:4] == [["0"], ["1"], ["2"]]


def test_a_refused_table_leaves_no_scratch_file_behind(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with pytest.raises(TypeError):
        xlsx_bytes(Table("表", [Column("人数", Kind.INT)], [["一"]]), MADE_AT)

    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused_instead_of_lost(monkeypatch):
    monkeypatch.setattr(tables, "EXCEL_ROWS", 10)
    fitting: list[list[Cell]] = [["行"]] * 7

    assert len(read_xlsx(Table("表", [Column("号")], fitting))) == 10
    with pytest.raises(Invalid) as refusal:
        xlsx_bytes(Table("表", [Column("号")], [*fitting, ["行"]]), MADE_AT)
    assert "CSV" in str(refusal.value.words)


@pytest.mark.parametrize("write", [csv_bytes, lambda table: xlsx_bytes(table, MADE_AT)])
@pytest.mark.parametrize(
    ("kind", "cell"),
    [(Kind.TEXT, 1), (Kind.INT, "1"), (Kind.INT, Fraction(1, 2)), (Kind.DATE, "2026-11-22"), (Kind.HOURS, "1")],
)
def test_a_cell_of_another_kind_than_its_column_is_a_mistake(write, kind, cell):
    with pytest.raises(TypeError, match="in a column of"):
        write(Table("表", [Column("列", kind)], [[cell]]))


@pytest.mark.parametrize("title", ["2026/11/22 指标：[全部]?*", "'", "", "很长" * 40])
def test_any_title_makes_a_sheet(title):
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx_bytes(Table(title, [Column("列")], []), MADE_AT)))

    assert 1 <= len(book.sheet_names[0]) <= 31
