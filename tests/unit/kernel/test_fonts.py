"""Each character is drawn by a font that has it, or refused by name, and copies out as itself."""

from datetime import date
from pathlib import Path

import pytest

from tests.paper import build_font, pdf_text
from volunteer.kernel.errors import Invalid
from volunteer.kernel.fonts import FontSet, Voice, runs, width, without_ornaments
from volunteer.kernel.paper import Colophon, Style, open_paper
from volunteer.web.assets import document_fonts

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


def test_the_fonts_that_are_printed_have_the_rare_characters_of_names() -> None:
    for name in ("䶮", "𬱖", "阿卜杜·热西提", "欧阳龑"):
        assert len(runs(name, Voice.NAME, document_fonts())) == 1


def _fonts_of(text: str, voice: Voice, fonts: FontSet) -> list[Path]:
    return [Path(run.font) for run in runs(text, voice, fonts)]


def _print(text: str, fonts: FontSet) -> bytes:
    with open_paper(Colophon("试印", "志愿台", "志愿台", "", date(2026, 11, 22)), fonts) as paper:
        paper.text(10, 10, text, Style(Voice.REGULAR, 12, (0, 0, 0)))
        return paper.finish()
