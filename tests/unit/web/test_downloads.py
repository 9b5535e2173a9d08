"""Whatever a file is called, its header can be sent, names it as people read it, and says nothing else."""

from urllib.parse import unquote

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from volunteer.kernel.tables import Column, Kind, Table
from volunteer.web.downloads import disposition, file_answer, table_answer


def spoken(header: str) -> str:
    return unquote(header.partition("filename*=UTF-8''")[2])


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("poster.pdf", "attachment; filename=poster.pdf"),
        ("通报.xlsx", "attachment; filename=file.xlsx; filename*=UTF-8''%E9%80%9A%E6%8A%A5.xlsx"),
        ("a b.csv", "attachment; filename=file.csv; filename*=UTF-8''a%20b.csv"),
        ("通报.表格", "attachment; filename=file; filename*=UTF-8''%E9%80%9A%E6%8A%A5.%E8%A1%A8%E6%A0%BC"),
        ("", "attachment; filename=file"),
    ],
)
def test_a_plain_name_stands_alone_and_another_is_encoded_beside_one(name: str, header: str) -> None:
    assert disposition(name) == header


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ('引号"和\\斜线.pdf', "引号_和_斜线.pdf"),
        ("换行\r\nSet-Cookie: a=b.pdf", "换行Set-Cookie_ a=b.pdf"),
        ("../../上面.pdf", "_.._上面.pdf"),
        ("倒着\u202efdp.exe", "倒着fdp.exe"),
        ("🌸春天🌸.pdf", "🌸春天🌸.pdf"),
        ("半个\ud83c.pdf", "半个.pdf"),
        ("长" * 400 + ".pdf", "长" * 40 + ".pdf"),
    ],
)
def test_odd_names_are_read_as_people_mean_them(name: str, read: str) -> None:
    assert spoken(disposition(name)) == read


@given(st.text(max_size=300))
def test_any_name_makes_one_line_of_latin_letters_that_a_browser_reads(name: str) -> None:
    header = disposition(name, inline=True)
    assert header.isascii()
    assert header.isprintable()
    manner, options = parse_options_header(header)
    assert manner == "inline"
    assert options["filename"]
    assert not set(options["filename"]) & set('/\\"')


def test_a_file_comes_with_its_type_and_manner() -> None:
    with Flask(__name__).app_context():
        answer = file_answer(b"%PDF-", "application/pdf", "证明.pdf", inline=True)
    assert answer.data == b"%PDF-"
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=file.pdf; ")


@pytest.mark.parametrize(
    ("kind", "media_type", "start"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ],
)
def test_a_table_is_named_by_its_title(kind: str, media_type: str, start: bytes) -> None:
    table = Table("襄阳市排名", [Column("人数", Kind.INT)], [[5]])
    with Flask(__name__).app_context():
        answer = table_answer(table, kind)
    assert answer.data.startswith(start)
    assert answer.content_type == media_type
    assert spoken(answer.headers["Content-Disposition"]) == f"襄阳市排名.{kind}"
