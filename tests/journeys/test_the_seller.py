"""The seller's story: five hours for 40 yuan, to somebody who never came, and what everybody around it reads.

王主任 runs a service team. 李晓梅 is four hours short of her first star and pays him. He tries everything that the
product offers, then what it does not offer (`test_the_seller_afterwards.py`). Each step looks at the pages of those
whom it concerns and at the ledger; where the product does not stop him a comment says so, beginning with "Not stopped".
"""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.sale import (
    SELLERS_DOCUMENT,
    SOLD_MINUTES,
    TEAM,
    TITLE,
    Sale,
    at,
    confirm_anyway,
    fill_in,
    number_of,
    old_photo,
    serve_honestly,
    token_of,
    waiting,
)
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.hours import jobs
from volunteer.kernel import clock
from volunteer.volunteers.rules import Relation

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def test_typing_in_asks_for_a_reason_a_photo_a_shift_and_a_person(
    desktop: OpenReader, phone: OpenReader, sale: Sale
) -> None:
    never = sale.cast.shift(sale.activity, at("09:00", 3), SOLD_MINUTES, status=ShiftStatus.CANCELLED)
    long_ago = sale.cast.shift(sale.activity, at("09:00", 61), SOLD_MINUTES)
    before = sale.ledger()
    seller = desktop(sale.seller).open("/hours/awaiting").follow("补录时长")
    seller.sees("30 天内您还能补录 100.00 小时", "由另一个人确认，再公示 7 天，没有异议才生效").look("seller-01-form")

    fill_in(seller, sale, 补录原因="", photo=old_photo()).sees("请填写").look("seller-02-no-reason")
    fill_in(seller, sale).sees("请选一张照片，或现场拍一张").look("seller-03-no-photo")
    fill_in(seller, sale, 凭据="", photo=old_photo()).sees("请填写")
    longer = {"离开时间": f"{sale.shift.starts_at.astimezone(clock.LOCAL_ZONE) + timedelta(hours=25):%Y-%m-%dT%H:%M}"}
    fill_in(seller, sale, photo=old_photo(), **longer).sees("离开时间要在计划的 8:00–13:00 以内").look(
        "seller-04-25-hours"
    )
    # Neither is on the list; he sends their ids all the same.
    choices = seller.page.locator("select[name=shift] option")
    expect(choices).to_have_count(1)
    for shift in (never, long_ago):
        choices.first.evaluate("(one, id) => { one.value = id }", shift.public_id)
        fill_in(seller, sale, photo=old_photo()).sees("请从列表里选班次")
    nobody = number_of(4040)
    fill_in(seller, sale, 志愿者编号=nobody, photo=old_photo()).sees("没有这个编号的在册志愿者").look(
        "seller-05-nobody"
    )
    assert (sale.proposals(), sale.ledger()) == (0, before)


def test_an_old_photo_waits_for_somebody_who_is_not_the_seller(
    desktop: OpenReader, phone: OpenReader, sale: Sale
) -> None:
    before = sale.ledger()
    seller = desktop(sale.seller).open("/hours/new")
    # Not stopped: that the photo was taken elsewhere, years ago, no program can see. Somebody has to look at it.
    fill_in(seller, sale, photo=old_photo()).sees("已提出，第二个人确认后公示 7 天，没有异议就生效")
    seller.sees("李晓梅 · 5.00 小时", "您能确认 0 条", "这条是您自己提出的，请换一个人确认").look(
        "seller-06-own-proposal"
    )
    (own,) = waiting(seller)

    other = phone(sale.second_account).open("/hours/awaiting")
    other.sees("您还不能确认时长", "先用自己的证件登记成志愿者，才能确认别人的时长").look("seller-07-second-account")
    other.open("/volunteers/new").follow("我自己").fill("证件号码", SELLERS_DOCUMENT).pick_area("周公庙", "周公庙社区")
    other.tick("我单独同意处理我的证件号码").press("登记").sees("已经登记").look("seller-08-same-document")
    helper = phone(sale.nameless).open("/hours/awaiting").sees("您还不能确认时长").look("seller-09-no-real-name")

    child = sale.cast.volunteer(sale.seller, "王小宝", relation=Relation.CHILD, number=number_of(31))
    himself = sale.own_volunteer(number_of(32))
    by_colleague = [sale.type_in(sale.shift, one, sale.colleague) for one in (child, himself)]
    seller.open("/hours/awaiting").sees(
        "您能确认 0 条", "自己的时长要由别人确认", "这是您替家人管的志愿者，请换一个人确认"
    )
    seller.look("seller-10-own-family")
    for reader, proposals in ((seller, (own, *by_colleague)), (other, (own,)), (helper, (own,))):
        assert [confirm_anyway(reader, one) for one in proposals] == [409] * len(proposals)
    # Who has no rights there cannot even find the page.
    assert confirm_anyway(phone(sale.buyer).open("/"), own) == 403
    assert sale.ledger() == before


def test_whose_number_he_uses_says_that_it_was_not_them(desktop: OpenReader, phone: OpenReader, sale: Sale) -> None:
    before = sale.ledger()
    sale.type_in(sale.shift, sale.bought_for, sale.seller)
    named = phone(sale.buyer).open("/notices/")
    named.sees(
        f"{TEAM}提出给李晓梅记“{TITLE}”5.00 小时（补录），等另一个人确认。没有参加的话，点开选“这不是我做的”"
    ).look("seller-11-told")
    named.press("没有参加的话").sees("待确认", f"{TEAM} · 提出人", "提出记入 5.00 小时", "现场太忙，没来得及签到")
    named.look("seller-12-record").follow("这不是我做的")
    expect(named.page.get_by_label("哪里不对")).to_have_value("这次服务我没有参加，请核实后退回或冲销。")
    named.press("发给组织").sees("这次服务我没有参加").look("seller-13-not-mine")

    colleague = desktop(sale.colleague).open("/hours/awaiting").sees("志愿者的疑问", "这次服务我没有参加")
    colleague.sees("您能确认 0 条", "志愿者本人对这条有疑问，答复以后才能确认").look("seller-14-colleague-reads")
    assert confirm_anyway(colleague, waiting(colleague)[0]) == 409
    colleague.follow("退回").fill("退回原因", "本人说没有参加，签到表上也没有").press("退回").sees("已退回")
    named.open("/notices/").sees("被退回，没有记入：本人说没有参加，签到表上也没有").look("seller-15-returned")
    assert sale.ledger() == before


def test_a_neighbour_sees_it_on_public_notice_and_a_third_person_must_answer(
    app: Flask, desktop: OpenReader, phone: OpenReader, sale: Sale, hours: Hours
) -> None:
    serve_honestly(sale, 1)
    before = sale.ledger()
    proposal = sale.type_in(sale.shift, sale.bought_for, sale.seller)
    colleague = phone(sale.colleague).open("/hours/awaiting").sees("您能确认 1 条", "王主任", "签到表在办公室")
    colleague.look("seller-16-colleague-helps").press("确认 李晓梅").sees("确认了 1 条，公示 7 天后生效")

    buyer = phone(sale.buyer).open(f"/hours/{proposal}").sees("公示中", "没有异议第二天生效")
    buyer.look("seller-17-on-notice")
    buyer.open("/certificates/").sees("李晓梅 · 8.00 小时").press("开具").sees("8.00 小时", "周末清洁护城河")
    buyer.sees_not(TITLE).look("seller-18-certificate-without")

    neighbour = phone().open("/hours/notices").sees("李** · 5.00 小时", TITLE, TEAM).sees_not("李晓梅", "王主任")
    neighbour.look("seller-19-public-notice").follow("我有异议").sees("组织看不到您是谁")
    neighbour.fill("哪里不对", "我家就在广场对面，那天上午下雨，一个人也没有").look("seller-20-objecting").press(
        "提出异议"
    )
    neighbour.sees("收到了。请收藏这个页面", "异议已收到，时长先不生效", "等组织答复，最晚到").look(
        "seller-21-objection"
    )
    kept = neighbour.page.url

    seller = desktop(sale.seller).open("/hours/awaiting").follow("一个人也没有").sees("这条您不能答复")
    seller.sees("这条时长是您提出、确认或经手的，异议要由另一个人答复").look("seller-22-may-not-answer")
    expect(seller.page.get_by_role("button", name="异议不成立")).to_have_count(0)
    answer = seller.page.url.removeprefix(seller.origin)
    for reader in (seller, colleague.open("/hours/awaiting")):
        sent = {"answer": "照片里有她", "act": "dismiss", "csrf_token": token_of(reader)}
        assert reader.context.request.post(reader.origin + answer, form=sent).status == 422
        assert confirm_anyway(reader, proposal) == 409

    third = phone(sale.accountant).open("/notices/").sees("请答复：公示的").look("seller-23-third-told").press("请答复")
    third.sees("签到表在办公室", "看凭据照片").fill("怎么核实的", "调了广场的监控，那天没有人；办公室也没有签到表")
    third.look("seller-24-third-answers").press("异议成立，退回时长").sees("已答复：异议成立，时长已退回")

    neighbour.open(kept).sees("异议成立，时长已退回，不记入", "调了广场的监控").look("seller-25-upheld")
    for reader in (buyer, seller, colleague):
        reader.open("/notices/").sees(f"公示的“{TITLE}”李晓梅 5.00 小时，异议有了答复：异议成立，时长已退回")
    buyer.look("seller-26-buyer-told")
    seller.look("seller-27-seller-told")
    neighbour.open("/hours/notices").sees("现在没有公示")
    hours.pass_by(days=30)
    with app.app_context():
        jobs.end_public_notices()
    assert sale.ledger() == before
