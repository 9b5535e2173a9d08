"""Lines break where Chinese allows, nothing is lost, and the same facts give the same file."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import pdfa
from pypdf import PdfReader

from volunteer.kernel.fonts import Voice, drawing
from volunteer.kernel.paper import Colophon, Paper, open_paper
from volunteer.kernel.typesetting import Span, Style
from volunteer.web.assets import document_fonts

STYLE = Style(Voice.REGULAR, 12, (0, 0, 0))
COLOPHON = Colophon("志愿服务", "樊城区志愿服务队", "志愿台", "试印", date(2026, 11, 22))
CHINESE = st.text("志愿服务记录证明，。（）《》、12 ab-℃", min_size=1, max_size=80)


@pytest.fixture(scope="module")
def paper() -> Paper:
    """A page to measure on; not opened, since an open one would keep the other tests from drawing."""
    return Paper(COLOPHON, document_fonts())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=CHINESE, available=st.floats(20, 120))
def test_wrapped_lines_fit_and_lose_nothing_but_space(paper: Paper, text: str, available: float) -> None:
    lines = ["".join(span.text for span in line.spans) for line in paper.wrap([Span(text, STYLE)], available)]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(paper.width(line, STYLE) <= available + 0.001 for line in lines)


def test_closing_marks_never_start_a_line_and_opening_ones_never_end_it(paper: Paper) -> None:
    text = "志愿者（含学生）在汉江边清理垃圾，劝导文明；“请勿乱扔”，人人有责。"
    for available in range(16, 90):
        lines = paper.wrap_text(text, STYLE, available)
        assert not [line for line in lines[1:] if line[0] in "，。；）”"]
        assert not [line for line in lines[:-1] if line[-1] in "（“"]


def test_a_word_or_number_stays_whole_where_it_fits(paper: Paper) -> None:
    lines = paper.wrap_text("电话 0710-3456789 转 8001", STYLE, 30)
    assert "0710-3456789" in lines


def test_a_word_wider_than_a_line_is_broken_rather_than_lost(paper: Paper) -> None:
    lines = paper.wrap_text("x" * 100, STYLE, 30)
    assert len(lines) > 1
    assert "".join(lines) == "x" * 100


def test_too_many_lines_end_in_an_ellipsis_that_fits(paper: Paper) -> None:
    lines = paper.wrap_text("志愿服务" * 50, STYLE, 50, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert paper.width(lines[-1], STYLE) <= 50


def test_balanced_lines_have_about_one_length(paper: Paper) -> None:
    text = "襄阳市樊城区邻里守望志愿服务队"
    lines = paper.balance(text, STYLE, paper.width(text, STYLE) - 1)
    assert "".join(lines) == text
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) <= 1


def test_justified_lines_all_end_at_the_margin_but_the_last(paper: Paper) -> None:
    lines = paper.wrap([Span("志愿服务 12 次，累计" * 9, STYLE)], 77, indent=8, justify=True)
    for number, line in enumerate(lines[:-1]):
        drawn = sum(paper.width(span.text, span.style) for span in line.spans)
        count = sum(len(span.text) for span in line.spans)
        assert drawn + line.gap * (count - 1) / 72 * 25.4 == pytest.approx(77 - (0 if number else 8))
    assert lines[-1].gap == 0


def test_a_text_is_made_smaller_until_it_fits_but_not_beyond_reading(paper: Paper) -> None:
    fitted = paper.fit("阿卜杜热西提·买买提艾力", STYLE._replace(size=40), 60, smallest=8)
    assert paper.width("阿卜杜热西提·买买提艾力", fitted) <= 60
    assert paper.fit("志" * 500, STYLE, 60, smallest=8).size >= 8


def test_a_file_says_what_it_is_in_what_language_and_of_which_day() -> None:
    reader = PdfReader(BytesIO(_print("志愿")))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("志愿服务", "樊城区志愿服务队")
    assert str(reader.metadata["/CreationDate"]) == "D:20261122000000+08'00'"
    assert str(reader.root_object["/Lang"]) == "zh-CN"


def test_the_same_facts_give_the_same_bytes_and_others_do_not() -> None:
    assert _print("志愿") == _print("志愿")
    assert _print("志愿") != _print("志愿者")
    assert _print("志愿") != _print("志愿", replace(COLOPHON, made_on=date(2026, 11, 23)))


def test_what_is_stamped_on_many_pages_is_in_the_file_once() -> None:
    with open_paper(COLOPHON, document_fonts()) as page:
        drawn = []
        for _ in range(3):
            page.stamped("mark", lambda: drawn.append(page.ring(100, 100, 20, points=1, colour=(1, 0, 0))))
            page.next_page()
        reader = PdfReader(BytesIO(page.finish()))
    assert len(drawn) == 1
    marks = {
        str(one["/Resources"]["/XObject"].raw_get(name))
        for one in reader.pages[:3]
        for name in one["/Resources"]["/XObject"]
    }
    assert len(marks) == 1


def test_a_file_is_pdf_a_2b_whatever_its_texts() -> None:
    file = _print("志愿", replace(COLOPHON, title="<b>&]]>'\"", author="𠮷", subject="\u202e"))
    report = pdfa.validate_written(BytesIO(file), "2b")
    assert report.passed, report.findings


def test_documents_asked_for_at_once_come_out_as_if_alone() -> None:
    texts = [f"{chr(0x4E00 + place)}号志愿者" for place in range(24)]
    alone = [_print(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(_print, texts)) == alone


def test_only_one_document_is_drawn_at_a_time() -> None:
    with ThreadPoolExecutor(1) as another, open_paper(COLOPHON, document_fonts()):
        assert another.submit(drawing.acquire, blocking=False).result() is False


def _print(text: str, colophon: Colophon = COLOPHON) -> bytes:
    with open_paper(colophon, document_fonts()) as page:
        page.text(20, 20, text, STYLE)
        return page.finish()


@pytest.mark.parametrize("available", [0.5, 4.0, 5.0, 9.0])
def test_balanced_lines_end_even_where_a_line_holds_one_letter(paper: Paper, available: float) -> None:
    """A column narrower than two letters of its heading must cost a look, not the server."""
    assert paper.balance("名次", STYLE, available) in (["名", "次"], ["名次"])
    assert "".join(paper.balance("街道（乡镇）得分", STYLE, available)) == "街道（乡镇）得分"
