"""A visitor becomes a volunteer, registers a child, and both sign up."""

from datetime import date, timedelta

import pytest

from tests.cast import Cast
from tests.journeys.conftest import OpenReader
from volunteer.kernel import clock
from volunteer.kernel.id_documents import check_character

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def document_of(birth_on: date, order: str) -> str:
    """Return a resident identity number whose check character is right; an odd last digit of `order` is a boy's."""
    body = f"420602{birth_on:%Y%m%d}{order}"
    return body + check_character(body)


def test_a_visitor_registers_with_her_child_and_both_sign_up(phone: OpenReader, cast: Cast) -> None:
    river = cast.activity(title="周末清洁护城河", bring="手套")
    shift = cast.shift(river, clock.now() + timedelta(days=2), capacity=3, taken=1)
    mother = phone()

    mother.open("/").look("front").sees("周末清洁护城河", "还剩 2 个名额")
    mother.follow("注册").look("sign-up")
    mother.fill("姓名", "李晓梅").fill("手机号", "138 0013 8000").fill("密码", "短")
    mother.press("注册").sees("请先阅读并同意隐私说明", "至少 8 个字符").look("sign-up-refused")
    mother.fill("密码", "一把好用的新钥匙").tick("我已阅读并同意隐私说明").press("注册")

    mother.look("choose-relation").follow("我自己").look("register-self")
    mother.fill("证件号码", document_of(date(1988, 5, 1), "022")).pick_area("周公庙", "周公庙社区")
    mother.tick("我单独同意处理我的证件号码").press("登记")
    mother.sees("李晓梅已登记，编号 V4206").look("card")

    mother.open("/volunteers/new").follow("孩子").fill("姓名", "李小宝")
    right = document_of(date(clock.today().year - 10, 3, 2), "031")
    mother.fill("证件号码", right[:-1] + ("1" if right[-1] != "1" else "2")).pick_area("岘山", "岘山社区")
    mother.tick("我单独同意处理孩子的证件号码", "我是孩子的父母", "孩子未满 14 周岁").press("登记")
    mother.sees("第 18 位").look("register-child-refused")
    mother.fill("证件号码", right).press("登记").sees("李小宝")

    mother.open("/").sees("李晓梅，下午好", "今年还没有服务记录").look("front-resident")
    mother.follow("全部活动").look("activities").follow("周末清洁护城河").look("activity").follow("报名")
    mother.tick("李晓梅", "李小宝").look("sign-up-for-shift").press("报名")
    mother.sees("周末清洁护城河", "已报上").look("own-signups")
    mother.open("/").sees("李晓梅、李小宝").sees_not("还剩")

    neighbour = cast.account("张建国")
    cast.volunteer(neighbour, "张建国")
    father = phone(neighbour)
    father.open(f"/signups/shifts/{shift.public_id}").sees("已满，报名会先排进候补")


def test_a_place_given_back_goes_to_who_waits(phone: OpenReader, cast: Cast) -> None:
    shift = cast.shift(starts_at=clock.now() + timedelta(days=1), capacity=1)
    first, second = cast.account("李晓梅"), cast.account("张建国")
    cast.volunteer(first, "李晓梅")
    cast.volunteer(second, "张建国")
    one, other = phone(first), phone(second)
    for reader, name, button in ((one, "李晓梅", "报名"), (other, "张建国", "排队候补")):
        reader.open(f"/signups/shifts/{shift.public_id}").tick(name).press(button)
    other.sees("候补第 1 位").look("waiting")
    one.open("/").press("取消报名", confirm=True).sees("已取消报名")
    other.open("/signups/").sees("已报上").sees_not("候补")
