"""The desks: an organization and its activity, and the office."""

from datetime import timedelta

from playwright.sync_api import FilePayload

from tests.journeys.reader import Reader
from tests.pictures.city import DESKTOP, LAPTOP, NEWCOMER, OFFICE, ORGANIZER, PHONE, City, downloaded, go, keep_paper
from volunteer.kernel import clock

POPULATIONS = {"008": 2_310, "010": 1_875, "012": 2_040}


def an_organization_asks(city: City) -> None:
    """The newcomer fills in an organization of their own."""
    founder = city.visit(LAPTOP, NEWCOMER)
    founder.open("/organizations/new").fill("组织名称", "岘山步道巡护队").pick_area("檀溪", "檀溪社区")
    founder.page.get_by_label("类型").select_option(label="志愿服务队")
    city.take(founder, "organizer-register", height=760)


def an_activity_is_published(city: City) -> None:
    """The organizer's people, an activity written and published, its poster."""
    organizer = city.visit(LAPTOP, ORGANIZER)
    organizer.open("/organizations/").follow("人员和角色")
    organizer.fill("手机号", NEWCOMER).tick("复核人").press("添加")
    city.take(organizer, "organizer-people", height=940)
    organizer.open("/organizations/").follow("记录诚信")
    city.take(organizer, "organizer-integrity", height=1100)
    organizer.open("/activities/new").fill("活动名称", "岘山步道巡护")
    organizer.fill("做什么", "沿步道走一圈，捡拾垃圾，提醒游客不带火种上山。").fill("集合地点", "岘山北门停车场")
    organizer.page.get_by_label("服务类别").select_option(label="生态环保")
    day = clock.today() + timedelta(days=8)
    organizer.fill("开始", f"{day}T09:00").fill("结束", f"{day}T11:30").fill("名额", "15").fill("岗位", "巡护组")
    organizer.fill("要带什么", "水杯、防滑的鞋").fill("联系人", "王建国").fill("联系电话", ORGANIZER)
    organizer.page.locator("#preview").get_by_text("9:00–11:30").wait_for()
    organizer.page.wait_for_load_state("networkidle")
    city.take(organizer, "organizer-publish", height=1180)
    organizer.tick("可以用印出来的海报码签到")
    for answer in organizer.page.locator(".gate").get_by_label("不是", exact=True).all():
        answer.check()
    # The preview follows what is typed, and would not know the days as they are shown.
    organizer.page.wait_for_load_state("networkidle")
    city.take(organizer, "organizer-gate", height=560, show=".gate")
    organizer.press("发布")
    city.take(organizer, "organizer-manage", height=620)
    poster = organizer.page.get_by_role("link", name="海报", exact=True).get_attribute("href") or ""
    keep_paper(city, downloaded(organizer, poster), "organizer-poster")
    organizer.follow("签到海报")
    city.keep(organizer.page.locator(".poster").screenshot(), "organizer-sign-poster")


def the_office_looks(city: City) -> None:
    """The dashboard down to the list behind a number, and the office's other desks."""
    office = city.visit(DESKTOP, OFFICE)
    office.open("/metrics/")
    city.take(office, "office-dashboard", height=900)
    go(office, office.page.locator("main a[href*='420600/active_share']"))
    city.take(office, "office-explanation", height=960)
    office.follow("襄城区").follow("真武山街道").follow("檀溪社区居委会")
    city.take(office, "office-people", height=900)
    office.open("/admin/organizations").follow("汉江护鸟志愿服务队")
    city.take(office, "office-organization", height=560)
    the_office_judges(city, office)
    office.open("/integrity/")
    city.take(office, "office-integrity", height=900)
    import_populations(city, office)
    office.open("/admin/editions")
    city.take(office, "office-editions", height=560)
    office.open("/surveys/results/create")
    office.page.get_by_label("调查范围").select_option(label="襄阳市")
    office.fill("调查日期", "2026-11-20").fill("有效答卷", "1200").fill("表示认同和支持的答卷", "1116")
    office.tick("正式测评").fill("来源", "2026 年第四季度入户问卷，第三方机构实施")
    city.take(office, "office-survey", height=860)
    office.open("/admin/staff")
    city.take(office, "office-staff", height=520)
    office.open("/admin/audit")
    city.take(office, "office-trail", height=760)


def the_office_judges(city: City, office: Reader) -> None:
    """Look through what looked odd one evening."""
    office.open("/signals/")
    city.take(office, "office-signals", height=980)
    office.page.locator("main .rows a", has_text="一部手机签了好几个账号").click()
    city.take(office, "office-signal", height=980)


def import_populations(city: City, office: Reader) -> None:
    """Upload the population of three communities and look at what would change."""
    rows = [f"420602001{code},2026,{residents},统计局 2026 年抽样" for code, residents in POPULATIONS.items()]
    table = "\n".join(["代码,年份,常住人口,来源", *rows])
    file = FilePayload(name="人口.csv", mimeType="text/csv", buffer=table.encode())
    office.open("/admin/population/import")
    office.page.locator("input[type=file]").set_input_files(file)
    office.press("看看会改什么")
    city.take(office, "office-population", height=700)


def the_day_before(city: City) -> None:
    """Two weeks later the organizer looks who may not come tomorrow."""
    city.pass_by(days=12)
    organizer = city.visit(PHONE, ORGANIZER)
    organizer.open("/today")
    go(organizer, organizer.page.locator("main a[href$='/at-risk']"))
    city.take(organizer, "organizer-at-risk", height=844)


def too_late(city: City) -> None:
    """Four days later, what was not settled in ten working days stands before the office."""
    city.pass_by(days=4)
    office = city.visit(DESKTOP, OFFICE)
    office.open("/integrity/overdue")
    city.take(office, "office-overdue", height=620)
