"""Tables of records: every number is that of plain SQL, what counts few is hidden, own tables are kept as brought."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import text

from models.base import db
from models.certificates import Certificate
from models.evidence import DossierItem
from models.hours import Entry, StarEvent
from models.records import Commendation, Training
from tests.cast import Cast
from tests.client import Browser
from tests.integration.evidence.test_packages import packed
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.areas.queries import area_by_code
from volunteer.evidence import operations, packing, queries
from volunteer.evidence.lists import listing_of
from volunteer.evidence.operations import open_dossier
from volunteer.evidence.rules import ListFacts
from volunteer.evidence.subjects import Subject
from volunteer.evidence.tens import FEW, STEP, UNTOLD, hours_in_tens, in_tens
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind, StarAct
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import rebuild_figures

AS_OF = date(2026, 6, 30)
SPRING = datetime(2026, 3, 7, 1, tzinfo=UTC)
# title, area, theme, months after March, people
HELD = (
    ("清洁护城河", "420602001001", ServiceCategory.ENVIRONMENT, 0, 24),
    ("陪老人读报", "420602001002", ServiceCategory.ELDERS, 1, 2),
    ("路口劝导", "420602002001", ServiceCategory.TRAFFIC, 1, 7),
    ("广场义诊", "420606001001", ServiceCategory.HEALTH, 2, 8),
)


@pytest.fixture
def year(cast: Cast, app: Flask) -> None:
    """A spring of service, trainings, honours, stars and certificates in two districts."""
    owner = cast.account("王主任")
    organizations = {code: cast.organization(owner, f"{code}队", area_id=cast.area(code).id) for _, code, *_ in HELD}
    people = [cast.volunteer(community=cast.area("420602001001"), registered_on=date(2026, 2, 1)) for _ in range(24)]
    for title, code, theme, months, count in HELD:
        activity = cast.activity(organizations[code], title, category=theme)
        shift = cast.shift(activity, starts_at=SPRING + timedelta(days=31 * months))
        cast.shift(activity, starts_at=SPRING + timedelta(days=40), status=ShiftStatus.CANCELLED)
        for place, person in enumerate(people[:count]):
            source = Source.MANUAL if place == 1 else Source.SCAN
            entry = cast.add(_entry(shift, person, organizations[code], source, owner))
            if place == 0:  # taken back: it counts nowhere
                cast.add(_entry(shift, person, organizations[code], source, owner, reverses=entry))
        for person in people[:count]:
            recorded = {"organization_id": organizations[code].id, "recorded_by": owner.id, "recorded_at": clock.now()}
            held = {"held_by": "市文明办", "held_on": date(2026, 4, 1), "content": "应知应会"}
            cast.add(Training(volunteer_id=person.id, name=f"{title}培训", minutes=90, **held, **recorded))
            honour = {"name": "优秀志愿者", "given_by": "团市委", "given_on": date(2026, 5, 4)}
            cast.add(Commendation(volunteer_id=person.id, **honour, **recorded))
    for person in people[:6]:
        star = {"act": StarAct.GRANTED, "level": 1, "hours": 100, "minutes": 6000, "made_at": SPRING}
        cast.add(StarEvent(volunteer_id=person.id, **star))
        told = {"organization_id": organizations["420602001001"].id, "facts": {}, "pdf_digest": "0" * 64}
        days = {"period_from": date(2026, 1, 1), "period_to": date(2026, 3, 1), "issued_at": SPRING}
        who = {"volunteer_id": person.id, "issued_by": owner.id, "number": f"C{person.id}"}
        cast.add(Certificate(minutes=60, **told, **days, **who))
    with app.app_context():
        ensure_shipped_edition()
        rebuild_figures()
        db.session.commit()


def _entry(shift, person, organization, source, owner, reverses=None) -> Entry:
    minutes = 60 + person.id % 30
    return Entry(
        kind=EntryKind.REVERSAL if reverses else EntryKind.CREDIT,
        reverses_id=reverses.id if reverses else None,
        volunteer_id=person.id,
        shift_id=shift.id,
        organization_id=organization.id,
        served_on=clock.local_day(shift.starts_at),
        started_at=shift.starts_at,
        ended_at=shift.starts_at + timedelta(minutes=minutes),
        minutes=-minutes if reverses else minutes,
        source=source,
        rules_version=RULES_VERSION,
        derivation={},
        made_by=owner.id,
        made_at=clock.now(),
    )


def rows_of(subject: Subject, code: str = "420600", total: Total = Total.INCLUSIVE, themes=()):
    facts = ListFacts(subject, AS_OF, WindowKind.CALENDAR_YEAR, total, themes)
    area = area_by_code(code)
    assert area is not None
    return listing_of(area, facts, today=clock.today())


SERVED = """
    SELECT {key}, COUNT(DISTINCT given.volunteer_id), SUM(given.minutes)
    FROM entry given JOIN shift ON shift.id = given.shift_id JOIN activity ON activity.id = shift.activity_id
    JOIN organization ON organization.id = given.organization_id
    WHERE given.kind = 'credit' AND given.served_on BETWEEN '2026-01-01' AND '2026-06-30' {more}
      AND NOT EXISTS (SELECT 1 FROM entry taken WHERE taken.reverses_id = given.id)
    GROUP BY {key}
"""


def sums(key: str, more: str = "") -> dict[object, tuple[int, int]]:
    query = text(SERVED.format(key=key, more=more))
    return {row[0]: (row[1], int(row[2])) for row in db.session.execute(query)}


@pytest.mark.parametrize("total", Total)
def test_activities_and_organizations_are_plain_sql_in_tens(year: None, context: Flask, total: Total) -> None:
    more = "" if total is Total.INCLUSIVE else "AND given.source IN ('scan', 'organizer_scan')"
    for subject, key in ((Subject.ACTIVITIES, "activity.title"), (Subject.ORGANIZATIONS, "organization.name")):
        listing = rows_of(subject, total=total)
        name_at = 2 if subject is Subject.ACTIVITIES else 0
        shown = {row[name_at]: tuple(row[-2:]) for row in listing.rows}
        expected = dict.fromkeys(shown, (0, 0)) | sums(key, more)
        assert shown == {name: (in_tens(one[0]), hours_in_tens(one[1], one[0])) for name, one in expected.items()}
        assert sorted(str(people) for people, _ in shown.values()) == ["20", *[str(FEW)] * 3]
        assert [cell for cell in listing.totals if isinstance(cell, int)] == [
            len(HELD)
        ]  # shifts, and nothing of people


def test_no_table_tells_an_exact_count_that_another_could_be_taken_from(year: None, context: Flask) -> None:
    """Organizations less activities, months less activities, one total less the other: no cell of them is exact."""
    asked = [(subject, code, total) for subject in Subject for code in ("420600", "420602") for total in Total]
    for subject, code, total in asked:
        listing = rows_of(subject, code, total)
        exact = {column.label for column in listing.columns if column.is_number and not column.in_tens}
        assert exact <= {"场次", "在册志愿者"}
        tens = [place for place, column in enumerate(listing.columns) if column.in_tens]
        cells = [row[place] for row in listing.rows for place in tens]
        assert cells
        assert all(cell in (FEW, UNTOLD) or (isinstance(cell, int) and cell % STEP == 0) for cell in cells), subject
        assert not any(isinstance(listing.totals[place], int) for place in tens if listing.totals)
        assert any(said.startswith("标“整十”的") for said in listing.remarks)


def test_a_table_of_themes_lists_its_own_and_a_district_too(year: None, context: Flask) -> None:
    every = {row[2]: row for row in rows_of(Subject.ACTIVITIES).rows}
    for theme in (ServiceCategory.ENVIRONMENT, ServiceCategory.ELDERS, ServiceCategory.TRAFFIC):
        listed = rows_of(Subject.ACTIVITIES, themes=(theme,)).rows
        assert [row[3] for row in listed] == [theme.label]
        assert all(row == every[row[2]] for row in listed)
    there = rows_of(Subject.ACTIVITIES, "420606").rows
    assert there == [every["广场义诊"]]
    assert there[0][6] == 1  # the cancelled shift is none
    assert [row[0] for row in rows_of(Subject.ORGANIZATIONS, "420606").rows] == ["420606001001队"]


def test_months_stars_certificates_and_trainings_are_plain_sql_in_tens(year: None, context: Flask) -> None:
    month = "CAST(SUBSTR(CAST(given.served_on AS TEXT), 6, 2) AS INTEGER)"
    expected = sums(month)
    records = rows_of(Subject.RECORDS)
    assert [row[0] for row in records.rows] == [f"2026 年 {number} 月" for number in sorted(expected)]
    for row, (people, minutes) in zip(records.rows, (expected[one] for one in sorted(expected)), strict=True):
        assert row[-2:] == [in_tens(people), hours_in_tens(minutes, people)]
    assert [row[3] for row in records.rows] == [FEW] * len(expected)  # taken back: one or two
    assert rows_of(Subject.STARS).rows == [["一星志愿者", FEW, FEW]]
    assert rows_of(Subject.CERTIFICATES).rows == [["2026 年 3 月", FEW, FEW, FEW]]
    trainings = {row[1]: row[-2:] for row in rows_of(Subject.TRAININGS).rows}
    assert trainings == {
        f"{title}培训": [in_tens(count), hours_in_tens(count * 90, count)] for title, *_, count in HELD
    }
    assert len(rows_of(Subject.TRAININGS, "420606").rows) == 1
    assert len(rows_of(Subject.COMMENDATIONS).rows) == len(HELD)
    whole = rows_of(Subject.REGISTRATIONS).rows[-1]
    assert whole == ["襄阳市（整体）", 24, 20]


def test_what_a_package_counts_may_take_its_time(
    cast: Cast, year: None, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(packing, "take_all_the_time", asked.append)
    dossier = open_dossier(cast.area("420602"), 2026, account_id=None)
    facts = ListFacts(Subject.RECORDS, AS_OF, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, ())
    operations.add_table(dossier, "1.4", facts, account_id=None)
    db.session.commit()
    packed(dossier.public_id)
    assert len(asked) == 1


def test_a_package_holds_tables_with_their_derivation_and_no_name(cast: Cast, year: None, context: Flask) -> None:
    dossier = open_dossier(cast.area("420602"), 2026, account_id=None)
    added = operations.add_month_end_tables(dossier, account_id=None)
    assert {code for code, _ in added.nothing} == {"3.2", "3.5", "3.6"}
    db.session.commit()
    _, bundle = packed(dossier.public_id)
    tables = {name: bundle.read(name).decode("utf-8-sig") for name in bundle.namelist() if name.startswith("原始表格")}
    trainings = next(content for content in tables.values() if "志愿者培训一览" in content)
    assert "清洁护城河培训" in trainings
    for said in ("怎么数", "来源", "不计入", "读取时间", "统计期"):
        assert said in trainings, said
    assert not any("李晓梅" in content for content in tables.values())
    party = (ServiceCategory.PARTY,)
    facts = ListFacts(Subject.ACTIVITIES, AS_OF, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, party)
    with pytest.raises(Invalid, match="没有这类活动"):
        operations.add_table(dossier, "3.2", facts, account_id=None)


def test_tables_are_chosen_made_shown_and_taken_away_on_the_page(
    app: Flask, browser: Browser, cast: Cast, year: None
) -> None:
    with app.app_context():
        dossier_id = open_dossier(cast.area("420602"), 2026, account_id=None).public_id
        db.session.commit()
    browser.sign_in(cast.office(Role.OFFICE_STAFF, "420602"))
    page = browser.get(f"/evidence/{dossier_id}/tables/choose?clause=1.2").text
    assert "志愿者培训一览" in page
    assert "上传自己做的表" in page
    assert "没有这类活动" in browser.get(f"/evidence/{dossier_id}/tables/choose?clause=3.6").text
    browser.get(f"/evidence/{dossier_id}/tables/choose?clause=9.9", expect=404)
    chosen = {"clause": "1.2", "as_of": "2026-06-30", "window": "calendar_year"}
    browser.get(f"/evidence/{dossier_id}/table/new?clause=1.2&table=trainings")
    browser.post(f"/evidence/{dossier_id}/table/new?clause=1.2&table=trainings", chosen)
    own = {"clause": "1.2", "title": "培训计划", "unit": "襄城区教育局", "counted_to": "2026-06-30", "source": "签到表"}
    brought = "学校,场次\n市一中,2\n".encode()
    path = f"/evidence/{dossier_id}/table/new?clause=1.2&table=own"
    assert (
        "像有身份证号" in browser.post(path, {**own, "file": _file("联系人\n13800000001\n".encode())}, expect=422).text
    )
    browser.post(path, {**own, "file": _file(brought)})
    with app.app_context():
        made, kept = [one.public_id for one in db.session.query(DossierItem).order_by(DossierItem.id)]
    page = browser.get(f"/evidence/items/{made}").text
    assert "清洁护城河培训" in page
    assert "怎么数" in page
    assert "清洁护城河培训" in browser.get(f"/evidence/items/{made}/table.csv").data.decode("utf-8-sig")
    assert browser.get(f"/evidence/items/{made}/table.xlsx").data.startswith(b"PK")
    browser.get(f"/evidence/items/{made}/edit")
    browser.post(f"/evidence/items/{made}/edit", {**chosen, "as_of": "2026-05-31"})
    browser.get(f"/evidence/items/{kept}/table.csv", expect=404)
    assert "自填" in browser.get(f"/evidence/items/{kept}").text
    assert browser.get(f"/evidence/items/{kept}/file").data == brought
    assert "（自填）" in browser.get(f"/evidence/{dossier_id}").text
    with app.app_context():
        db.session.expire_all()
        _, bundle = packed(dossier_id)
        assert bundle.read("原件/2026-420602-02-02.csv") == brought
        assert "（自填）" in bundle.read("目录.csv").decode("utf-8-sig")
        assert queries.dossier_by_public_id(dossier_id)


def _file(content: bytes) -> tuple[BytesIO, str]:
    return BytesIO(content), "计划.csv"
