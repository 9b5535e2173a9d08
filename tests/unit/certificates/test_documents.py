"""The certificate says what the facts say, on every page, and its code leads to where it is checked."""

import re
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from tests.paper import codes_on, ink_in, needs_renderer, page_pictures, page_texts, pdf_text
from volunteer.certificates.documents import LEGAL_NOTE, TITLE, draw_certificate, hours_and_minutes
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


@pytest.mark.parametrize("name", ["欧阳䶮", "𬱖", "阿卜杜·热西提", "<b>李梅</b>", "&amp;", "O'Brien", "%(name)s"])
def test_a_name_is_drawn_as_it_is_and_copies_as_itself(name: str) -> None:
    assert name in pdf_text(draw(facts(holder_name=name)))


@pytest.mark.parametrize(("name", "named"), [("𠮷野", "U+20BB7"), ("李梅🎄", "U+1F384"), ("李\x00梅", "U+0000")])
def test_a_name_that_no_font_can_write_is_refused_by_its_character(name: str, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        draw(facts(holder_name=name))
    assert named in str(refusal.value)


def test_an_emoji_in_a_title_costs_nobody_the_certificate() -> None:
    festive = facts(1)
    festive = replace(festive, lines=(replace(festive.lines[0], activity_title="🎄圣诞  义卖\ufe0f<i>"),))
    assert "圣诞义卖<i>" in pdf_text(draw(festive))


@pytest.mark.parametrize("count", [1, 8, 9, 10, 31, 120])
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
        assert plain.count("合计") == (number == len(pages))
    assert f"合计{hours_and_minutes(certificate.total_minutes)}".replace(" ", "") in text


def test_the_sums_of_the_pages_add_up_to_the_total() -> None:
    certificate = facts(120)
    pages = [re.sub(r"\s", "", page) for page in page_texts(draw(certificate))]
    sums = [_minutes(re.search(r"本页小计((?:\d+小时)?(?:\d+分)?)", page)) for page in pages]
    so_far = [
        _minutes(re.search(r"(?:累计|合计)((?:\d+小时)?(?:\d+分)?)(?:，即|$|本页|扫|本证明)", page))
        for page in pages[1:]
    ]
    assert sum(sums) == certificate.total_minutes
    assert so_far[-1] == certificate.total_minutes
    assert all(later - earlier == own for (earlier, later), own in zip(pairwise(so_far), sums[2:], strict=True))


@given(st.integers(1, 100_000))
def test_hours_and_minutes_lose_nothing(minutes: int) -> None:
    assert _minutes(re.fullmatch(r"((?:\d+小时)?(?:\d+分)?)", hours_and_minutes(minutes).replace(" ", ""))) == minutes


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
    for page in PdfReader(BytesIO(draw(facts(40)))).pages:
        assert not page.images
        resources = cast(DictionaryObject, page["/Resources"].get_object())
        assert "/ExtGState" not in resources
        assert not resources.get("/XObject")


def test_it_stays_small_enough_to_send() -> None:
    assert len(draw(facts())) < 70_000


@needs_renderer
def test_its_code_leads_to_the_page_that_checks_it(tmp_path: Path) -> None:
    assert codes_on(page_pictures(draw(facts()), tmp_path)[0]) == [ADDRESS]


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
        assert not ink_in(page, 14.4, 20.5, 20, 276), "something runs over the left margin"
        assert not ink_in(page, 190, 20.5, 195.6, 276), "something runs over the right margin"


def _minutes(match: re.Match[str] | None) -> int:
    assert match is not None
    hours = re.search(r"(\d+)小时", match[1])
    rest = re.search(r"(\d+)分", match[1])
    return (int(hours[1]) * 60 if hours else 0) + (int(rest[1]) if rest else 0)
