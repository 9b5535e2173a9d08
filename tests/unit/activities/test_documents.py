"""A poster says what, when and where, and its code leads to the sign-up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.paper import codes_on, ink_in, needs_renderer, page_pictures, page_texts, pdf_text
from volunteer.activities.documents import PosterFacts, PosterShift, draw_poster, shift_words
from volunteer.kernel.errors import Invalid
from volunteer.web.assets import document_fonts

MORNING = PosterShift(datetime(2026, 11, 28, 1, 0, tzinfo=UTC), datetime(2026, 11, 28, 3, 30, tzinfo=UTC))
POSTER = PosterFacts(
    title="清理汉江边的白色垃圾",
    category="生态环保",
    organization_name="樊城区邻里守望志愿服务队",
    shifts=(MORNING,),
    place="汉江滨江公园南门",
    summary="沿江捡拾塑料瓶和包装袋，手套和夹子现场发。",
    sign_up_url="https://zhiyuantai.example/activities/7k3m9qxt2b4dhj8n5rwc",
    office_name="襄阳市文明办",
    product_name="志愿台",
    made_on=date(2026, 11, 22),
    address="沿江大道 188 号",
    contact_name="王敏",
    contact_phone="0710-3456789",
    places=24,
)


def draw(poster: PosterFacts) -> bytes:
    """The poster in the fonts that the product prints with."""
    return draw_poster(poster, document_fonts())


def test_a_poster_says_what_when_where_who_and_whom_to_ask() -> None:
    text = pdf_text(draw(POSTER))
    for said in (
        "志愿者招募",
        "清理汉江边的白色垃圾",
        "生态环保",
        "樊城区邻里守望志愿服务队",
        "11月28日周六9:00–11:30",
        "汉江滨江公园南门",
        "沿江大道188号",
        "手套和夹子现场发。",
        "24个名额",
        "王敏",
        "0710-3456789",
        "扫码报名",
    ):
        assert said in text, said


def test_times_are_local_and_true_on_any_day_they_are_read() -> None:
    night = PosterShift(datetime(2026, 12, 31, 14, 0, tzinfo=UTC), datetime(2026, 12, 31, 18, 0, tzinfo=UTC))
    assert shift_words(night) == "12 月 31 日 周四 22:00–次日 2:00"


def test_what_is_not_given_leaves_no_trace() -> None:
    bare = replace(POSTER, summary="", address="", contact_name="", contact_phone="", places=0)
    text = pdf_text(draw(bare))
    for label in ("做什么", "联系人", "电话", "名额"):
        assert label not in text


def test_many_shifts_show_the_first_three_in_order_and_the_count() -> None:
    days = [
        PosterShift(MORNING.starts_at + timedelta(days=day), MORNING.ends_at + timedelta(days=day))
        for day in (5, 0, 3, 1, 2, 4)
    ]
    text = pdf_text(draw(replace(POSTER, shifts=tuple(days))))
    assert text.index("11月28日周六") < text.index("11月29日周日") < text.index("11月30日周一")
    assert "12月1日" not in text
    assert "共6个时段，扫码看全部" in text


def test_long_words_stay_on_one_page_and_end_in_an_ellipsis() -> None:
    poster = replace(POSTER, title="很长的标题" * 40, summary="很长的介绍" * 400, shifts=(MORNING,) * 9)
    pages = page_texts(draw(poster))
    assert len(pages) == 1
    assert pages[0].count("…") == 2


def test_markup_is_drawn_as_it_is_and_emoji_are_left_out() -> None:
    assert "<b>义剪</b>&" in pdf_text(draw(replace(POSTER, title="🎄<b>义剪</b>&")))


def test_a_character_that_no_font_has_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="没有字体") as refusal:
        draw(replace(POSTER, contact_name="𰀀野"))
    assert "U+30000" in str(refusal.value)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert draw(POSTER) == draw(POSTER)


@needs_renderer
def test_the_code_leads_to_the_sign_up(tmp_path: Path) -> None:
    assert codes_on(page_pictures(draw(POSTER), tmp_path, dots=60)[0]) == [POSTER.sign_up_url]


@needs_renderer
def test_nothing_runs_over_the_margin_however_long_the_words(tmp_path: Path) -> None:
    long = replace(
        POSTER,
        organization_name="志愿服务队" * 20,
        contact_name="王敏" * 20,
        contact_phone="0710-3456789 " * 4,
        place="汉江滨江公园" * 20,
        address="沿江大道" * 40,
    )
    page = page_pictures(draw(long), tmp_path)[0]
    assert not ink_in(page, 201, 0, 210, 297)
