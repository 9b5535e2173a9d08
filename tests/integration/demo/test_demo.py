"""The invented city is whole: figures recount, the ledger adds up, documents are valid, its people can sign in."""

from collections import Counter
from datetime import date, timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Proposal
from models.signals import Signal
from models.supervision import Bulletin, Order
from models.volunteers import Volunteer
from tests.client import Browser
from tests.every_paper import PaperReader
from tests.printed import CODES
from tests.recount import Recounted, recount
from volunteer.demo import operations
from volunteer.demo.people import document_number
from volunteer.demo.sizes import SMALL, Size
from volunteer.hours.checks import check_ledger
from volunteer.hours.rules import Cause
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel import clock
from volunteer.kernel.categories import CATEGORY_LABELS
from volunteer.kernel.errors import Conflict
from volunteer.kernel.id_documents import DocumentKind, Gender, check_document
from volunteer.kernel.periods import ONE_DAY, WindowKind, month_end
from volunteer.ledger import jobs as tree
from volunteer.metrics import queries
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import AreaReport
from volunteer.records.queries import View, day_of, kept_of
from volunteer.records.rules import RecordKind
from volunteer.signals import jobs
from volunteer.signals.rules import SignalKind, Verdict
from volunteer.supervision.bulletin_rules import BulletinStatus
from volunteer.supervision.order_rules import OrderStatus
from volunteer.tasks.jobs import run_waiting

DIMENSIONS = ("organization", "theme", "age", "cohort")
_TOLD = select(Area.code).join(Volunteer, Volunteer.community_id == Area.id)
TINY = Size("tiny", communities=9, volunteers=160, years=2, services=9, people_a_shift=6)


def fill(app: Flask, size: Size) -> None:
    operations.fill(size, app.config["SETTINGS"].keys)
    db.session.commit()


def as_recounted(report: AreaReport) -> Recounted:
    found = report.figures
    return Recounted(
        found.registered,
        found.active,
        found.minutes,
        found.population,
        found.missing_population_areas,
        found.supporting,
        found.valid_answers,
    )


def test_what_the_pages_show_of_the_demo_city_equals_a_recount_by_plain_sql(app: Flask) -> None:
    with app.app_context():
        fill(app, SMALL)
        reports_are_right()
        run_waiting()
    reads_its_pages(app)


def reports_are_right() -> None:
    today = clock.today()
    areas = {area.code: area for area in db.session.scalars(select(Area))}
    shown = 0
    for as_of, kind, total in product((today, today - timedelta(days=200)), WindowKind, Total):
        expected = recount(db.session.connection(), as_of, kind.value, strict=total is Total.STRICT)
        basis = queries.basis_for(as_of, kind, total, today=today)
        for code in ("420600", "420602", "420602001", "420606"):
            report = queries.report(areas[code], basis)
            for one in (report.whole, *report.children):
                assert as_recounted(one) == expected[one.area.code], (as_of, kind, total, one.area.name)
                shown += expected[one.area.code].active
    assert shown > 0


def reads_its_pages(app: Flask) -> None:
    """Read the pages of the demo as its office does, on two bases."""
    with app.app_context():
        names = {area.code: area.name for area in db.session.scalars(select(Area))}
        told, engine = set(db.session.scalars(_TOLD)), db.engine
        bulletin = db.session.scalars(select(Bulletin)).one()
        kept, month, path = bulletin.content, bulletin.month, f"/supervision/bulletins/{bulletin.public_id}"
    street = min(code[:9] for code in told if code.startswith("420602"))
    browser = Browser(app)
    browser.submit("/accounts/sign-in", {"phone": operations.SIGN_INS[3].phone, "password": operations.PASSWORD})
    themes = {one.value: label for one, label in CATEGORY_LABELS.items()}
    today, held = clock.today(), 0
    for basis in ((today, "calendar_year", "inclusive"), (today.replace(day=1) - ONE_DAY, "rolling_year", "strict")):
        reader = PaperReader(browser.client, engine, *basis, step=6)
        for place, code in enumerate(("420600", "420602", street, min(told))):
            reader.reads_area(code, CODES[place])
            reader.reads_why(code, CODES[place % 3])
            reader.reads_parts(code, DIMENSIONS[place], themes)
            reader.reads_map(code, CODES[place])
        reader.reads_ranking("420602", "street", "hours_per_head", names)
        reader.reads_day("420602")
        held += reader.held
    reader = PaperReader(browser.client, engine, month_end(month))
    reader.reads_screen("420600", today, names)
    reader.reads_wall_now("420600", today, clock.now())
    reader.reads_front("420600", today, app.test_client())
    reader.reads_forecast("420602", "active_share")
    reader.reads_bulletin(kept, path)
    reader.reads_bulletin_page(kept, path)
    reader.reads_bulletin_paper(kept, path)
    assert held + reader.held > 1_000


def test_the_ledger_of_the_demo_city_adds_up(context: Flask) -> None:
    fill(context, TINY)
    ledger = check_ledger()
    assert ledger.faults == ()
    assert ledger.entries > 100


def test_the_ledgers_of_the_demo_city_hold_with_evidence_behind_every_minute(context: Flask) -> None:
    fill(context, TINY)
    tree.open_tree()
    findings = verify_ledgers()
    assert list(map(str, findings)) == []
    assert findings.counted["credits"] > 100


def test_presence_is_numbered_without_a_gap_for_every_volunteer(context: Flask) -> None:
    fill(context, TINY)
    rows = db.session.execute(
        select(PresenceEvent.volunteer_id, func.count(), func.max(PresenceEvent.ordinal)).group_by(
            PresenceEvent.volunteer_id
        )
    ).all()
    assert rows
    assert all(count == last for _, count, last in rows)


def test_communities_differ(context: Flask) -> None:
    fill(context, TINY)
    per_community = Counter(db.session.scalars(select(Volunteer.community_id)))
    assert len(set(per_community.values())) > 3


def test_everybody_of_the_demo_can_sign_in_and_sees_that_it_is_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        fill(app, TINY)
    for sign_in in operations.SIGN_INS:
        browser = Browser(app)
        browser.submit("/accounts/sign-in", {"phone": sign_in.phone, "password": operations.PASSWORD})
        assert sign_in.name in browser.get("/volunteers/").text


def test_the_resident_of_the_demo_has_trainings_an_honour_and_evaluations(context: Flask) -> None:
    fill(context, TINY)
    resident = db.session.scalars(select(Volunteer).where(Volunteer.name == "李晓梅")).first()
    assert resident is not None
    kept = {kind: kept_of(View(resident), kind) for kind in RecordKind}
    assert [len(rows) for rows in kept.values()] == [2, 1, 3]
    assert all(day_of(row) <= clock.today() for rows in kept.values() for row in rows)


def test_offices_of_the_demo_urge_and_have_released_a_bulletin(context: Flask) -> None:
    fill(context, TINY)
    bulletin = db.session.scalars(select(Bulletin)).one()
    assert (bulletin.status, bulletin.number) == (BulletinStatus.RELEASED, 1)
    orders = {order.status: order for order in db.session.scalars(select(Order))}
    assert set(orders) == {OrderStatus.SETTLED, OrderStatus.UNDER_WAY, OrderStatus.AWAITING}
    assert orders[OrderStatus.UNDER_WAY].due_on < clock.today()
    assert orders[OrderStatus.UNDER_WAY].escalated_to is not None


def test_a_second_fill_is_refused(context: Flask) -> None:
    fill(context, TINY)
    with pytest.raises(Conflict):
        operations.fill(TINY, context.config["SETTINGS"].keys)


def test_a_shift_that_runs_now_is_made_again_once_it_is_over(context: Flask) -> None:
    from models.activities import Shift

    fill(context, TINY)
    before = db.session.scalar(select(func.count()).select_from(Shift))
    operations.hold_today_again(context.config["SETTINGS"].keys)
    assert db.session.scalar(select(func.count()).select_from(Shift)) == before
    running = db.session.scalars(select(Shift).order_by(Shift.starts_at.desc())).all()
    for shift in running:
        if shift.starts_at < clock.now() < shift.ends_at:
            shift.ends_at = clock.now() - timedelta(minutes=1)
            shift.starts_at = clock.now() - timedelta(minutes=90)
    db.session.flush()
    operations.hold_today_again(context.config["SETTINGS"].keys)
    assert db.session.scalar(select(func.count()).select_from(Shift)) == before + 1


def test_the_office_finds_signals_of_every_kind_some_open_and_some_judged(context: Flask) -> None:
    fill(context, TINY)
    signals = db.session.scalars(select(Signal)).all()
    assert {signal.kind for signal in signals} >= set(SignalKind) - {SignalKind.MANY_BY_HAND}
    assert {signal.verdict for signal in signals} >= {None, Verdict.FINE}
    held = db.session.scalars(select(Proposal.reason).where(Proposal.cause == Cause.SIGNAL)).all()
    assert "同一部手机在这个班次签了 5 个账号" in held
    before = len(signals)
    jobs.look()
    assert db.session.scalar(select(func.count()).select_from(Signal)) == before


@pytest.mark.parametrize("serial", [1, 97, 12_345, 599_999, 4_900_001])
def test_invented_documents_pass_the_check(serial: int) -> None:
    number = document_number(serial, date(1988, 3, 12), Gender.FEMALE)
    checked = check_document(DocumentKind.RESIDENT_ID, number, clock.today())
    assert checked.gender is Gender.FEMALE
    assert checked.birth_on == date(1988, 3, 12)


def test_invented_documents_are_all_different() -> None:
    numbers = {document_number(serial, date(1988, 3, 12), Gender.MALE) for serial in range(1, 700_000, 7)}
    assert len(numbers) == len(range(1, 700_000, 7))
