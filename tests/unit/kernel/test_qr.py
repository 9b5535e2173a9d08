"""A QR code reads back as what was put in, on paper and on a page."""

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from volunteer.kernel.qr import QUIET_ZONE, dark_runs, qr_matrix, qr_svg

ADDRESS = "https://zhiyuantai.example/c/7K3M9Q-XT2B4D-HJ8N5R"


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1, max_size=200))
def test_any_text_reads_back(text: str) -> None:
    assert _read(qr_matrix(text)) == text


def test_an_address_reads_back_from_the_drawn_path() -> None:
    svg = qr_svg(ADDRESS, title="核验")
    matrix = qr_matrix(ADDRESS)
    drawn = {
        (int(left) + step - QUIET_ZONE, int(top) - QUIET_ZONE)
        for left, top, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg.split('fill="#000"')[1])
        for step in range(int(wide))
    }
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark}
    size = len(matrix) + 2 * QUIET_ZONE
    assert f'viewBox="0 0 {size} {size}"' in svg


def test_a_picture_passes_a_strict_content_policy_and_speaks_to_a_screen_reader() -> None:
    svg = qr_svg(ADDRESS, title='<b>"我的码"&')
    assert "style" not in svg
    assert "<script" not in svg
    assert "<title>&lt;b&gt;&quot;我的码&quot;&amp;</title>" in svg
    assert 'role="img"' in svg


def test_the_same_text_always_gives_the_same_code() -> None:
    first = qr_matrix(ADDRESS)
    qr_matrix.cache_clear()
    assert qr_matrix(ADDRESS) == first


def test_dark_runs_cover_each_dark_module_once() -> None:
    matrix = qr_matrix(ADDRESS)
    assert sum(wide for _, _, wide in dark_runs(matrix)) == sum(map(sum, matrix))


@pytest.mark.parametrize("text", ["", "x" * 2332, "志" * 1000])
def test_what_no_code_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr_matrix(text)


def _read(matrix: tuple[tuple[bool, ...], ...]) -> str:
    side = len(matrix) + 2 * QUIET_ZONE
    picture = Image.new("L", (side, side), 255)
    for top, row in enumerate(matrix):
        for left, is_dark in enumerate(row):
            if is_dark:
                picture.putpixel((left + QUIET_ZONE, top + QUIET_ZONE), 0)
    found = zxingcpp.read_barcodes(picture.resize((side * 4, side * 4), Image.Resampling.NEAREST))
    return found[0].text
