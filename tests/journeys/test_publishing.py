"""An organization comes to be, and its first activity is published with two shifts."""

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.journeys.conftest import OpenReader
from volunteer.kernel import clock

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def test_an_organization_is_approved_and_publishes_an_activity_with_two_shifts(
    phone: OpenReader, desktop: OpenReader, cast: Cast
) -> None:
    wang, zhou = cast.account("王主任"), cast.office()
    organizer, office = desktop(wang), desktop(zhou)

    organizer.open("/organizations/").look("no-organization").follow("登记一个组织").look("register-organization")
    organizer.fill("组织名称", "岘山社区志愿服务队").pick_area("岘山", "岘山社区")
    organizer.fill("联系人", "王主任").fill("联系电话", "138 0000 0001").press("提交审核")
    organizer.sees("岘山社区志愿服务队", "待审核")
    organizer.open("/today").sees("组织正在等主管单位审核").look("today-pending")

    office.open("/admin/organizations").sees("1 个组织在等您审核").look("organizations-to-approve")
    office.follow("岘山社区志愿服务队").look("organization-to-approve").press("通过审核").sees("已通过")

    organizer.open("/today").look("today-empty").follow("发布活动").look("publish")
    organizer.press("发布").look("publish-refused").sees("请写活动名称", "请至少加一个班次")
    organizer.fill("活动名称", "山路巡护").fill("做什么", "沿步道巡山，提醒游客不带火种。").fill("集合地点", "岘山北门")
    organizer.fill("联系人", "王主任").fill("联系电话", "13800000001")
    day = clock.today() + timedelta(days=3)
    rows = organizer.page.locator("[data-row]")
    rows.nth(0).get_by_label("开始").fill(f"{day}T09:00")
    rows.nth(0).get_by_label("结束").fill(f"{day}T11:00")
    rows.nth(0).get_by_label("名额").fill("12")
    organizer.page.get_by_role("button", name="再加一个班次").click()
    rows.nth(1).get_by_label("开始").fill(f"{day}T14:00")
    rows.nth(1).get_by_label("结束").fill(f"{day}T16:30")
    rows.nth(1).get_by_label("名额").fill("8")
    rows.nth(1).get_by_label("岗位").fill("北坡组")
    for answer in organizer.page.locator(".gate").get_by_label("不是", exact=True).all():
        answer.check()
    organizer.page.locator("#preview").get_by_text("山路巡护").wait_for()
    organizer.look("publish-filled").press("发布").sees("已发布，居民现在能看到").look("manage")

    visitor = phone()
    visitor.open("/").follow("山路巡护").sees("沿步道巡山", "北坡组", "要 12 人", "要 8 人", "岘山北门").look(
        "activity-two-shifts"
    )
    organizer.open("/today").sees("山路巡护", "已报 0 / 12")
    organizer.open("/activities/managed").look("managed")
