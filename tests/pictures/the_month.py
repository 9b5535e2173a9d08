"""The office's month: who lags and why, what will be, urging, the bulletin, the dossier, the wall."""

from sqlalchemy import select

from models.base import db
from models.supervision import Bulletin
from tests.journeys.reader import Reader
from tests.pictures.city import DESKTOP, OFFICE, PHONE, City, downloaded, go, keep_paper
from volunteer.demo.operations import SIGN_INS
from volunteer.supervision.bulletin_rules import BulletinStatus
from volunteer.tasks.jobs import run_waiting

STREET_STAFF = SIGN_INS[5].phone
INDICATOR = "hours_per_head"


def the_office_s_month(city: City) -> None:
    """From the ranking to the wall."""
    office = city.visit(DESKTOP, OFFICE)
    the_office_looks_closer(city, office)
    the_office_looks_ahead(city, office)
    the_office_urges(city, office)
    a_street_is_urged(city)
    the_office_reports(city, office)
    the_office_keeps_its_dossier(city, office)
    office.open("/surveys/")
    city.take(office, "office-campaigns", height=760)
    office.open("/api/tokens")
    city.take(office, "office-tokens", height=760)
    office.open("/screen/420600")
    city.take(office, "office-screen", height=900)


def the_office_looks_closer(city: City, office: Reader) -> None:
    """The ranking of streets, the parts by age, a past day, the map."""
    office.open(f"/metrics/areas/420600/ranking?by={INDICATOR}&level=street&only=not_met")
    city.take(office, "office-ranking", height=900)
    office.open("/metrics/areas/420600/parts/age")
    city.take(office, "office-parts", height=760)
    office.open("/metrics/areas/420602/shown?as_of=2026-10-31")
    city.take(office, "office-day", height=900)
    office.open(f"/maps/420600?indicator={INDICATOR}")
    city.take(office, "office-map", height=900)


def the_office_looks_ahead(city: City, office: Reader) -> None:
    """What December will be, and what two more Saturdays would do."""
    office.open(f"/forecasts/420606?indicator={INDICATOR}")
    city.take(office, "office-forecast", height=1000)
    office.follow("再加两个周六，每次 30 人")
    city.take(office, "office-what-if", height=760, show="#what-if")


def the_office_urges(city: City, office: Reader) -> None:
    """The orders, what is due when, and one as it is written."""
    office.open("/supervision/orders/")
    city.take(office, "office-orders", height=860)
    office.follow("到期日历")
    city.take(office, "office-calendar", height=860)
    office.open(f"/supervision/orders/create?area=420606&indicator={INDICATOR}")
    city.take(office, "office-order", height=1100)


def a_street_is_urged(city: City) -> None:
    """The street's staff reads on the phone what is asked of it."""
    staff = city.visit(PHONE, STREET_STAFF)
    go(staff.open("/supervision/orders/"), staff.page.locator("main .rows a"))
    city.take(staff, "office-order-received", height=1000)


def the_office_reports(city: City, office: Reader) -> None:
    """The bulletin of the month before, on the page and on paper."""
    with city.app.app_context():
        query = select(Bulletin.public_id).where(Bulletin.status == BulletinStatus.RELEASED)
        path = f"/supervision/bulletins/{db.session.scalars(query).first()}"
        run_waiting()
    office.open(path)
    city.take(office, "office-bulletin", height=1000)
    keep_paper(city, downloaded(office, f"{path}/paper.pdf"), "office-bulletin-paper")


def the_office_keeps_its_dossier(city: City, office: Reader) -> None:
    """The dossier clause by clause, a picture with its caption, the package."""
    office.open("/evidence/").follow("襄阳市")
    city.take(office, "office-dossier", height=1000)
    dossier = office.page.url
    office.page.locator("main a[href*='/picture/new']").first.click()
    city.take(office, "office-dossier-picture", height=1000)
    office.open(dossier).follow("汇编成册").press("就这样汇编")
    task = office.page.url
    with city.app.app_context():
        run_waiting()
    office.open(task).follow("去看结果")
    city.take(office, "office-package", height=620)
