"""The certificate says what the facts say, on every page, and its code leads to where it is checked."""

import re
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, cast

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import pdfa
from PIL import Image, ImageChops, ImageEnhance, ImageFilter
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from tests.paper import codes_on, ink_in, needs_renderer, page_pictures, page_texts, pdf_text
from volunteer.certificates.documents import LEGAL_NOTE, TITLE, draw_book, draw_certificate
from volunteer.certificates.record_table import hours_and_minutes
from volunteer.certificates.rules import CertificateFacts, CertificateLine, make_certificate_number
from volunteer.kernel.errors import Invalid
from volunteer.web.assets import document_fonts

NUMBER = make_certificate_number(bytes(range(11)))
ADDRESS = f"https://zhiyuantai.example/certificates/verify/{NUMBER}"


def facts(count: int = 3, **changes: Any) -> CertificateFacts:
    """A certificate of `count` records in 2026."""
    lines = tuple(
        CertificateLine(
            served_on=date(2026, 1, 3) + timedelta(days=place),
            activity_title=f"第 {place + 1} 次清理汉江边的白色垃圾",
            content="生态环保",
            minutes=50 + place % 7,
            place="汉江滨江公园",
        )
        for place in range(count)
    )
    return replace(
        CertificateFacts(
            number=NUMBER,
            holder_name="李梅",
            volunteer_number="42060620260001837",
            issuer_name="樊城区邻里守望志愿服务队",
            period_from=date(2026, 1, 1),
            period_to=date(2026, 12, 31),
            total_minutes=sum(line.minutes for line in lines),
            lines=lines,
            issued_on=date(2026, 11, 22),
            verify_url=ADDRESS,
            office_name="襄阳市文明办",
            product_name="志愿台",
        ),
        **changes,
    )


def draw(certificate: CertificateFacts) -> bytes:
    """The certificate in the fonts that the product prints with."""
    return draw_certificate(certificate, document_fonts())


def test_it_states_service_time_content_and_the_recording_organization() -> None:
    text = pdf_text(draw(facts(masked_document="4206**********1837")))
    for stated in (
        TITLE,
        NUMBER,
        "兹证明",
        "李梅",
        "志愿者编号42060620260001837",
        "证件号码4206**********1837",
        "于2026年1月1日至2026年12月31日期间",
        "组织并记录的志愿服务3次，累计服务时间2.55小时。",
        "特此证明。",
        "樊城区邻里守望志愿服务队",
        "2026年11月22日",
        "生态环保",
        "汉江滨江公园",
        "合计2小时33分，即2.55小时",
        "zhiyuantai.example",
        LEGAL_NOTE,
    ):
        assert stated in text, stated


def test_what_is_not_given_leaves_no_trace() -> None:
    bare = facts()
    bare = replace(bare, lines=tuple(replace(line, place="") for line in bare.lines))
    text = pdf_text(draw(bare))
    assert "证件号码" not in text
    assert "地点" not in text
    assert "CERTIFICATE" not in text


def test_the_bilingual_form_says_the_same_in_english() -> None:
    text = " ".join(page_texts(draw(facts(is_bilingual=True)))[0].split())
    assert "CERTIFICATE OF VOLUNTEER SERVICE RECORDS" in text
    assert "on 3 occasions between 1 January 2026 and 31 December 2026, for 2.55 hours in all" in text


@pytest.mark.parametrize(
    "name",
    [
        *("欧阳䶮", "𬱖", "𠮷野", "阿卜杜·热西提", "李", "<b>李梅</b>", "<img/src=x>", "javascript:alert(1)"),
        *("&amp;", "O'Brien", "%(name)s", "阿卜杜热西提·买买提艾力·" * 4),
    ],
)
def test_a_name_is_drawn_as_it_is_and_copies_as_itself(name: str) -> None:
    assert name in pdf_text(draw(facts(holder_name=name)))


@pytest.mark.parametrize(
    ("name", "named"), [("李𰀀", "U+30000"), ("李梅🎄", "U+1F384"), ("李\x00梅", "U+0000"), ("\u202e梅李", "U+202E")]
)
def test_a_name_that_no_font_can_write_is_refused_by_its_character(name: str, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        draw(facts(holder_name=name))
    assert named in str(refusal.value)


def test_an_emoji_in_a_title_costs_nobody_the_certificate() -> None:
    festive = facts(1)
    festive = replace(festive, lines=(replace(festive.lines[0], activity_title="🎄圣诞  义卖\ufe0f<i>"),))
    assert "圣诞义卖<i>" in pdf_text(draw(festive))


@pytest.mark.parametrize("count", [1, 6, 7, 8, 12, 31, 120])
def test_every_record_is_printed_once_and_each_page_carries_number_and_sum(count: int) -> None:
    certificate = facts(count)
    pages = page_texts(draw(certificate))
    text = re.sub(r"\s", "", "".join(pages))
    printed = [int(place) for place in re.findall(r"第(\d+)次清理", text)]
    assert printed == list(range(1, count + 1))
    for number, page in enumerate(pages, start=1):
        plain = re.sub(r"\s", "", page)
        assert NUMBER in plain
        assert "李梅" in plain
        if len(pages) > 1:
            assert f"第{number}页，共{len(pages)}页" in plain
        assert plain.count("合计") == (number == 1)
    assert f"合计{hours_and_minutes(certificate.total_minutes)}".replace(" ", "") in text
    assert ("服务记录明细见附页" in text) == (len(pages) > 1)


def test_the_sums_of_the_pages_add_up_to_the_total() -> None:
    certificate = facts(120)
    pages = [re.sub(r"\s", "", page) for page in page_texts(draw(certificate))]
    pattern = r"((?:[\d,]+小时)?(?:\d+分)?)"
    sums = [_minutes(re.search(f"本页小计{pattern}", page)) for page in pages[1:]]
    so_far = [_minutes(re.search(f"累计{pattern}", page)) for page in pages[1:]]
    assert sum(sums) == certificate.total_minutes
    assert so_far == list(accumulate(sums))


def test_a_first_page_without_room_for_the_records_says_what_was_done_most_first() -> None:
    many = facts(40)
    kinds = [f"内容{letter}" for letter in "甲乙丙丁戊己庚辛"]
    lines = tuple(replace(line, content=kinds[place * place % 8]) for place, line in enumerate(many.lines))
    first = re.sub(r"\s", "", page_texts(draw(replace(many, lines=lines)))[0])
    assert re.findall(r"内容(.)(\d+)次", first) == [("乙", "20"), ("戊", "10"), ("甲", "10")]
    every = tuple(replace(line, content=kinds[place % 8]) for place, line in enumerate(many.lines))
    first = re.sub(r"\s", "", page_texts(draw(replace(many, lines=every)))[0])
    assert "其他3类15次" in first


@given(st.integers(1, 100_000))
def test_hours_and_minutes_lose_nothing(minutes: int) -> None:
    assert (
        _minutes(re.fullmatch(r"((?:[\d,]+小时)?(?:\d+分)?)", hours_and_minutes(minutes).replace(" ", ""))) == minutes
    )


def test_the_same_facts_give_the_same_bytes() -> None:
    assert draw(facts()) == draw(facts())
    assert draw(facts()) != draw(facts(holder_name="李海"))


def test_the_file_names_itself_its_issuer_and_its_language() -> None:
    reader = PdfReader(BytesIO(draw(facts())))
    assert reader.metadata is not None
    assert reader.metadata.title == f"{TITLE} {NUMBER}"
    assert reader.metadata.author == "樊城区邻里守望志愿服务队"
    assert str(reader.root_object["/Lang"]) == "zh-CN"


def test_it_is_drawn_in_lines_without_pictures_or_transparency() -> None:
    for page in PdfReader(BytesIO(draw(facts(40, has_seal=True)))).pages:
        assert not page.images
        resources = cast(DictionaryObject, page["/Resources"].get_object())
        assert "/ExtGState" not in resources
        forms = cast(DictionaryObject, resources["/XObject"].get_object())
        assert set(forms) <= {"/FormXob.frame", "/FormXob.emblem"}, "each kept in the file once"
        for form in (cast(DictionaryObject, value.get_object()) for value in forms.values()):
            assert form["/Subtype"] == "/Form"
            assert "/Group" not in form
            assert "/ExtGState" not in cast(DictionaryObject, form["/Resources"].get_object())


@pytest.mark.parametrize(
    "certificate",
    [
        facts(),
        facts(40, is_bilingual=True, has_seal=True, holder_name="欧阳䶮𬱖𠮷"),
        facts(issuer_name="<&>社区'\"志愿者", office_name="𠮷"),
    ],
)
def test_it_is_pdf_a_2b(certificate: CertificateFacts) -> None:
    """As pikepdf's checker knows the standard; veraPDF, the reference, needs Java and is not part of the tests."""
    report = pdfa.validate_written(BytesIO(draw(certificate)), "2b")
    assert report.passed, report.findings


def test_the_checker_of_pdf_a_finds_what_is_missing() -> None:
    with pikepdf.open(BytesIO(draw(facts()))) as document:
        del document.Root.OutputIntents
        damaged = BytesIO()
        document.save(damaged)
    assert not pdfa.validate_written(damaged, "2b").passed


def test_a_drawn_seal_is_a_picture_that_says_what_it_is_for_and_hides_no_text() -> None:
    sealed, bare = (pdf_text(draw(facts(has_seal=has_seal))) for has_seal in (True, False))
    assert sealed == bare.replace("（盖章）", "")


@pytest.mark.parametrize(
    "name",
    [
        "爱心社团",
        "樊城区邻里守望志愿服务队",
        "湖北省襄阳市樊城区王府口街道社区新时代文明实践站邻里守望青年志愿服务队" + "阳光" * 3,
    ],
)
@needs_renderer
def test_a_seal_holds_a_short_name_and_a_long_one(name: str, tmp_path: Path) -> None:
    paper = draw(facts(has_seal=True, issuer_name=name))
    assert name in pdf_text(paper)
    page = page_pictures(paper, tmp_path)[0]
    assert ink_in(page, 158, 226, 160, 231), "the upper edge of the ring"
    assert not ink_in(page, 182, 225, 188, 268), "nothing beyond the ring"


def test_chosen_activities_are_never_taken_for_all_of_them() -> None:
    chosen = draw(facts(7, chosen_activities=3, is_bilingual=True))
    assert "组织并记录的志愿服务，其中所选的3项活动共7次，累计服务时间" in pdf_text(chosen)
    english = " ".join(page_texts(chosen)[0].split())
    assert "on 7 occasions in the 3 activities chosen for this certificate between" in english
    assert "所选" not in pdf_text(draw(facts(7)))


def test_no_day_is_printed_as_a_row_of_numbers() -> None:
    for is_bilingual in (False, True):
        text = "".join(page_texts(draw(facts(40, is_bilingual=is_bilingual))))
        assert not re.search(r"\d{4}-\d\d-\d\d|\d{4}/\d", text)
        assert ("11 February 2026" in text) == is_bilingual


@pytest.mark.parametrize(("minutes", "said"), [(1, "累计服务时间0.01小时"), (599_940, "累计服务时间9,999.00小时")])
def test_very_little_and_very_much_time_are_said_exactly(minutes: int, said: str) -> None:
    certificate = facts(1)
    line = replace(certificate.lines[0], minutes=minutes)
    text = pdf_text(draw(replace(certificate, lines=(line,), total_minutes=minutes)))
    assert said in text
    assert f"合计{hours_and_minutes(minutes)}".replace(" ", "") in text


# --- a book ---


def test_a_book_holds_every_certificate_page_by_page_as_in_its_own_file() -> None:
    certificates = [
        facts(3),
        facts(40, holder_name="欧阳䶮", has_seal=True),
        facts(2, holder_name="𠮷野", is_bilingual=True),
    ]
    book = draw_book(certificates, document_fonts())
    alone = [text for certificate in certificates for text in page_texts(draw(certificate))]
    assert page_texts(book) == alone
    assert pdfa.validate_written(BytesIO(book), "2b").passed


@needs_renderer
def test_a_page_of_a_book_looks_like_the_certificate(tmp_path: Path) -> None:
    certificates = [facts(3), facts(2, holder_name="欧阳䶮", has_seal=True)]
    book = page_pictures(draw_book(certificates, document_fonts()), tmp_path)
    for number, certificate in enumerate(certificates):
        (folder := tmp_path / str(number)).mkdir()
        alone = page_pictures(draw(certificate), folder)[0]
        assert alone.tobytes() == book[number].tobytes()


def test_a_book_shares_its_fonts_and_its_frame() -> None:
    certificates = [facts(3, holder_name=f"李{chr(0x6885 + place)}") for place in range(60)]
    alone = len(draw(certificates[0]))
    assert len(draw_book(certificates, document_fonts())) < alone + 59 * 6_000


def test_an_empty_book_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw_book([], document_fonts())


def test_it_stays_small_enough_to_send() -> None:
    assert len(draw(facts())) < 70_000


@needs_renderer
def test_its_code_leads_to_the_page_that_checks_it(tmp_path: Path) -> None:
    assert codes_on(page_pictures(draw(facts()), tmp_path)[0]) == [ADDRESS]


@needs_renderer
def test_its_code_survives_a_photocopier(tmp_path: Path) -> None:
    page = page_pictures(draw(facts(has_seal=True)), tmp_path, dots=150)[0]
    noise = Random(7).randbytes(page.width * page.height)
    grain = Image.frombytes("L", page.size, noise).point([128 + (dot - 128) // 2 for dot in range(256)])
    copied = ImageChops.add(page.filter(ImageFilter.GaussianBlur(0.8)), grain, offset=-128)
    copied = copied.rotate(1.3, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert codes_on(ImageEnhance.Contrast(copied).enhance(0.6)) == [ADDRESS]


@needs_renderer
def test_nothing_runs_over_the_frame_however_long_the_words(tmp_path: Path) -> None:
    long = facts(
        3,
        holder_name="阿卜杜热西提·" * 7,
        issuer_name="襄阳市樊城区王府口社区新时代文明实践站志愿服务队" * 3,
        office_name="湖北省襄阳市精神文明建设指导委员会办公室" * 4,
        verify_url="https://" + "long-host-name." * 6 + "example/c",
        is_bilingual=True,
    )
    long = replace(
        long, lines=tuple(replace(line, activity_title="很长" * 4000, place="w" * 300) for line in long.lines)
    )
    for page in page_pictures(draw(long), tmp_path):
        assert not ink_in(page, 19.4, 22, 25, 275), "something runs over the left margin"
        assert not ink_in(page, 185.4, 22, 190.6, 275), "something runs over the right margin"


def _minutes(match: re.Match[str] | None) -> int:
    assert match is not None
    said = next(group for group in match.groups() if group)
    hours = re.search(r"([\d,]+)小时", said)
    rest = re.search(r"(\d+)分", said)
    return (int(hours[1].replace(",", "")) * 60 if hours else 0) + (int(rest[1]) if rest else 0)


def test_a_day_and_a_place_that_have_room_stand_in_one_line() -> None:
    places = ("檀溪社区居民活动中心二楼会议室", "长虹路与大庆西路路口东北角", "")
    lines = tuple(
        CertificateLine(date(2026, 11, 10 + number), "清洁护城河", "环保", 60, place)
        for number, place in enumerate(places)
    )
    printed = page_texts(draw(facts(lines=lines, total_minutes=180)))[0]
    for place in places:
        assert place in printed
    for number in range(3):
        assert f"2026 年 11 月 {10 + number} 日" in printed


def test_a_long_activity_leaves_room_for_the_place_and_no_line_of_one_character() -> None:
    title = "社区卫生服务中心义诊暨高血压糖尿病慢性病健康知识宣传进社区进楼栋"
    lines = (CertificateLine(date(2026, 11, 10), title, "卫生健康与应急救护", 60, "檀溪社区图书室二楼东侧"),)
    printed = [line.strip() for line in page_texts(draw(facts(lines=lines, total_minutes=60)))[0].splitlines()]
    assert not [line for line in printed if len(line) == 1]
