"""What people type when they register, and the right answer."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.volunteers import RegistrationEvent, Volunteer, VolunteerSerial
from tests.cast import Cast
from tests.client import Browser
from tests.factories.volunteers import registration, resident_id

SELF = "/volunteers/new?relation=self"
GOOD = resident_id()


@pytest.fixture
def reader(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of 李晓梅, in the small city."""
    cast.city()
    return browser.sign_in(cast.account())


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("document_number", GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2"), "证件号码第 18 位不对，请再核对一遍"),
        ("document_number", "420602199002300024", "证件号码里的出生日期 2 月 30 日不存在"),
        ("document_number", "42060219900501", "证件号码应是 18 位，现在是 14 位"),
        ("document_number", "", "请填写证件号码"),
        ("document_number", "4" * 8000, "最多 60 个字，现在是 8000 个字"),
        ("document_number", "420602\x00199005010024", "这里有看不见的控制字符"),
        ("document_kind", "library_card", "请从列出的里面选"),
        ("name", "<b>李晓梅</b>", "姓名里不能有 &lt;"),
        ("name", "李晓梅7", "姓名里不能有数字 7"),
        ("name", "李" * 51, "姓名最多 50 个字，现在是 51 个"),
        ("name", "李" * 8000, "最多 200 个字，现在是 8000 个字"),
        ("name", "李\x00梅", "这里有看不见的控制字符"),
        ("name", "", "请填写姓名"),
        ("phone", "1381234567", "手机号是 11 位数字，现在是 10 位"),
        ("phone", "办公室电话", "手机号里只能有数字，不能有 办"),
        ("phone", "1" * 8000, "最多 40 个字，现在是 8000 个字"),
        ("community", "", "请填写居住社区"),
        ("community", "月亮社区", "没有找到这个社区"),
        ("community", "420602001", "没有找到这个社区"),
        ("community", "社\x00区", "这里有看不见的控制字符"),
        ("birth_on", "五月一日", "请填写日期"),
        ("gender", "robot", "请从列出的里面选"),
        ("skills", ["flying"], "请从列出的里面选"),
        ("categories", ["<b>"], "请从列出的里面选"),
        ("consent_privacy", "", "要先勾选同意才能登记"),
    ],
)
def test_each_gets_a_clear_answer_on_its_field_and_nothing_is_saved(
    app: Flask, reader: Browser, field: str, typed: Any, words: str
) -> None:
    page = reader.post(SELF, registration(**{field: typed}), expect=422)
    assert words in page.text
    assert f'id="{field}-error"' in page.text
    if field != "name":
        assert 'value="李晓梅"' in page.text
    with app.app_context():
        for table in (Volunteer, RegistrationEvent, VolunteerSerial):
            assert db.session.scalars(select(table)).all() == []


def test_what_was_typed_is_kept(reader: Browser) -> None:
    form = registration(name="阿卜杜·热西提", phone="12345", community="420606001001", document_number="42060219900501")
    page = reader.post(SELF, form, expect=422)
    for typed in ("阿卜杜·热西提", "12345", "420606001001", "42060219900501"):
        assert f'value="{typed}"' in page.text
    assert 'data-lineage="420606 420606001 420606001001"' in page.text
    for ticked in ("teaching", "elders", "traffic"):
        assert f'value="{ticked}" checked' in page.text


@pytest.mark.parametrize("name", ["䶮𬱖", "阿卜杜·热西提", "买买提\u2022艾力", "张 三"])
def test_real_names_come_in(app: Flask, reader: Browser, name: str) -> None:
    reader.post(SELF, registration(name=name))
    with app.app_context():
        kept = db.session.scalars(select(Volunteer.name)).one()
    assert kept == {"买买提\u2022艾力": "买买提·艾力", "张 三": "张三"}.get(name, name)


def test_full_width_digits_and_a_small_x_are_the_same_document(app: Flask, cast: Cast, reader: Browser) -> None:
    number = next(each for each in (resident_id(serial=serial) for serial in range(100)) if each.endswith("X"))
    wide = "".join(chr(ord(character) + 0xFEE0) for character in number.lower())
    reader.post(SELF, registration(document_number=wide, phone="１３８１２３４５６７８"))
    other = Browser(app).sign_in(cast.account("张伟"))
    other.post(SELF, registration(document_number=number), expect=422)
    with app.app_context():
        assert db.session.scalars(select(Volunteer.phone)).one() == "13812345678"


def test_a_registered_document_is_refused_in_words_that_do_not_say_whose(
    app: Flask, cast: Cast, reader: Browser
) -> None:
    reader.post(SELF, registration())
    other = Browser(app).sign_in(cast.account("张伟"))
    page = other.post(SELF, registration(name="张伟"), expect=422)
    assert "这个证件已经登记过" in page.text
    assert 'id="document_number-error"' in page.text
    assert "李晓梅" not in page.text


def test_the_same_document_from_twenty_browsers_at_once_registers_once(app: Flask, cast: Cast) -> None:
    cast.city()
    browsers = [
        Browser(app).sign_in(cast.account(f"李晓{'一二三四五六七八九十'[number % 10]}")) for number in range(20)
    ]
    answers: list[int] = []

    def register(browser: Browser) -> None:
        answers.append(browser.client.post(SELF, data=registration()).status_code)

    threads = [threading.Thread(target=register, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302] + [422] * 19
    with app.app_context():
        assert len(db.session.scalars(select(Volunteer)).all()) == 1
        assert db.session.scalars(select(VolunteerSerial.last)).one() == 1
