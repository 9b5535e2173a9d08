"""Each character is drawn by a font that has it, or refused by name, and copies out as itself."""

import shutil
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from pikepdf import pdfa

from tests.paper import build_font, pdf_text
from volunteer.kernel.errors import Invalid
from volunteer.kernel.fonts import FontSet, Voice, outline, runs, width, without_ornaments
from volunteer.kernel.paper import Colophon, open_paper
from volunteer.kernel.typesetting import Style
from volunteer.web.assets import document_fonts

EXPECTED = Path(__file__).parents[2] / "expected"
RARE = "𠮷"
BASIC = "志愿台张三李四·ABC abc<>&/"


@pytest.fixture
def fonts(tmp_path: Path) -> FontSet:
    """A plain font, a bold one, a Kai that lacks 四, and one for the rare."""
    return FontSet(
        build_font(tmp_path / "plain.ttf", BASIC),
        build_font(tmp_path / "bold.ttf", BASIC),
        name=build_font(tmp_path / "kai.ttf", BASIC.replace("四", "")),
        rare=(build_font(tmp_path / "rare.ttf", RARE),),
    )


def test_each_voice_speaks_in_its_own_font(fonts: FontSet) -> None:
    assert _fonts_of("张三", Voice.REGULAR, fonts) == [fonts.regular]
    assert _fonts_of("张三", Voice.BOLD, fonts) == [fonts.bold]
    assert _fonts_of("张三", Voice.NAME, fonts) == [fonts.name]


def test_a_name_without_a_kai_is_bold(fonts: FontSet) -> None:
    plain = FontSet(fonts.regular, fonts.bold)
    assert _fonts_of("张三", Voice.NAME, plain) == [fonts.bold]


def test_a_name_is_written_in_one_hand_where_one_font_has_all_of_it(fonts: FontSet) -> None:
    assert _fonts_of("李四", Voice.NAME, fonts) == [fonts.bold]


def test_only_the_rare_character_goes_to_the_rare_font(fonts: FontSet) -> None:
    assert [(Path(run.font), run.text) for run in runs("张𠮷三", Voice.REGULAR, fonts)] == [
        (fonts.regular, "张"),
        (fonts.rare[0], RARE),
        (fonts.regular, "三"),
    ]


@pytest.mark.parametrize(("text", "named"), [("张丽", "U+4E3D"), ("张\x00三", "U+0000"), ("张🎄", "U+1F384")])
def test_a_character_without_a_font_is_refused_by_its_code_point(text: str, named: str, fonts: FontSet) -> None:
    with pytest.raises(Invalid) as refusal:
        runs(text, Voice.NAME, fonts)
    assert named in str(refusal.value)
    assert "\x00" not in str(refusal.value)


def test_ornaments_are_left_out_but_hanzi_and_letters_never(fonts: FontSet) -> None:
    assert without_ornaments("🎄志愿\ufe0f  台\u200b\n", fonts) == "志愿 台"
    assert without_ornaments("志愿丽台", fonts) == "志愿丽台"


def test_width_grows_with_size_and_length(fonts: FontSet) -> None:
    assert width("张三", Voice.REGULAR, 10, fonts) == pytest.approx(10)
    assert width("张三" * 3, Voice.REGULAR, 20, fonts) == pytest.approx(60)
    assert width("", Voice.REGULAR, 20, fonts) == 0


def test_a_character_beyond_the_first_plane_copies_out_as_itself(fonts: FontSet) -> None:
    assert pdf_text(_print("张𠮷三·<b>A</b>&", fonts)) == "张𠮷三·<b>A</b>&"


def test_every_character_of_a_text_longer_than_one_subset_copies_out(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(700)) + RARE
    font = build_font(tmp_path / "large.ttf", text)
    assert pdf_text(_print(text, FontSet(font, font))) == text


def test_a_font_of_another_em_is_as_wide_in_the_file_as_on_the_page(tmp_path: Path) -> None:
    font = build_font(tmp_path / "other.ttf", BASIC, em=1024)
    report = pdfa.validate_written(BytesIO(_print("张三李四", FontSet(font, font))), "2b")
    assert report.passed, report.findings


def test_names_with_rare_characters_are_written_in_kai() -> None:
    fonts = document_fonts()
    for name in ("䶮", "𬱖", "𠮷野", "阿卜杜·热西提", "欧阳龑"):
        assert _fonts_of(name, Voice.NAME, fonts) == [fonts.name]


@pytest.mark.parametrize("voice", list(Voice))
def test_every_standard_character_and_all_of_gb_18030_level_2_is_drawn_in_ink(voice: Voice) -> None:
    """Level 2 of GB 18030-2022 is the two blocks of the first plane and the standard characters beyond it."""
    standard = _characters((EXPECTED / "standard_characters.txt").read_text())
    assert len(standard) == 8_105
    assert sum(ord(character) > 0xFFFF for character in standard) == 196
    shapes = _Shapes()
    for character in sorted({*standard, *map(chr, range(0x3400, 0x4DC0)), *map(chr, range(0x4E00, 0xA000))}):
        (run,) = runs(character, voice, document_fonts())
        assert shapes.has_ink(Path(run.font), character), f"{character} U+{ord(character):04X}"


def test_the_kai_writes_every_standard_character() -> None:
    standard = "".join(sorted(_characters((EXPECTED / "standard_characters.txt").read_text())))
    assert _fonts_of(standard, Voice.NAME, document_fonts()) == [document_fonts().name]


def test_a_hanzi_beyond_the_fonts_is_refused_by_code_point_and_never_a_box() -> None:
    shapes = _Shapes()
    refused = 0
    for point in range(0x20000, 0x323B0, 41):
        drawn, refusal = _drawn_or_refused(chr(point))
        assert drawn is None or shapes.has_ink(drawn, chr(point))
        assert drawn or f"U+{point:04X}" in refusal
        refused += drawn is None
    assert refused, "some are in no font at all"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext reads the file")
def test_rare_characters_copy_out_of_every_voice_as_themselves(tmp_path: Path) -> None:
    text = "䶮𬱖𠮷·𫖯𬸣㐂欧阳龑"
    (tmp_path / "names.pdf").write_bytes(_print_voices(text, document_fonts()))
    copied = subprocess.run(["pdftotext", tmp_path / "names.pdf", "-"], capture_output=True, check=True).stdout.decode()
    assert copied.split() == [text] * len(Voice)


def test_an_outline_is_a_shape_and_is_refused_without_a_font(fonts: FontSet) -> None:
    shape = outline("张", Voice.NAME, fonts)
    assert (shape.width, shape.em) == (500, 1000)
    assert shape.path.startswith("50 0 m 450 0 l")
    with pytest.raises(Invalid, match=r"U\+4E3D"):
        outline("丽", Voice.NAME, fonts)


def _fonts_of(text: str, voice: Voice, fonts: FontSet) -> list[Path]:
    return [Path(run.font) for run in runs(text, voice, fonts)]


def _print_voices(text: str, fonts: FontSet) -> bytes:
    with open_paper(Colophon("试印", "志愿台", "志愿台", "", date(2026, 11, 22)), fonts) as paper:
        for place, voice in enumerate(Voice, start=1):
            paper.text(20, 40 * place, text, Style(voice, 12, (0, 0, 0)))
        return paper.finish()


def _drawn_or_refused(character: str) -> tuple[Path | None, str]:
    try:
        (run,) = runs(character, Voice.NAME, document_fonts())
    except Invalid as refusal:
        return None, str(refusal)
    return Path(run.font), ""


def _characters(listed: str) -> set[str]:
    """Read code points and ranges of them, in hexadecimal."""
    found = set()
    for line in listed.splitlines():
        if not line.startswith("#"):
            for stretch in line.split():
                first, _, last = stretch.partition("-")
                found |= set(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return found


class _Shapes:
    """Tells which characters have an outline, by the font files themselves."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[dict[int, str], TTFont]] = {}

    def has_ink(self, path: Path, character: str) -> bool:
        if path not in self._read:
            font = TTFont(BytesIO(path.read_bytes()), lazy=True)
            self._read[path] = (font.getBestCmap(), font)
        names, font = self._read[path]
        glyph = font.getGlyphID(names[ord(character)])
        return glyph > 0 and font["loca"][glyph + 1] > font["loca"][glyph]


def _print(text: str, fonts: FontSet) -> bytes:
    with open_paper(Colophon("试印", "志愿台", "志愿台", "", date(2026, 11, 22)), fonts) as paper:
        paper.text(10, 10, text, Style(Voice.REGULAR, 12, (0, 0, 0)))
        return paper.finish()
