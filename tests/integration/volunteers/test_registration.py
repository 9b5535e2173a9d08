"""Coming into the register."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from models.accounts import Consent
from models.audit import AuditEvent
from models.base import db
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.volunteers import registration, resident_id, years_ago
from volunteer.accounts.rules import PRIVACY_NOTICE_VERSION, REGISTRATION_LIMIT
from volunteer.kernel import clock
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.kernel.volunteer_numbers import check_volunteer_number, make_volunteer_number
from volunteer.volunteers.rules import RegistrationKind, Relation, VolunteerStatus

SELF, CHILD, ELDER = (f"/volunteers/new?relation={relation}" for relation in ("self", "child", "elder"))


@pytest.fixture
def reader(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of 李晓梅, in the small city."""
    cast.city()
    return browser.sign_in(cast.account())


def _only_volunteer() -> Volunteer:
    return db.session.scalars(select(Volunteer)).one()


def test_a_resident_registers_and_sees_the_card(app: Flask, reader: Browser) -> None:
    page = reader.submit(SELF, registration())
    today = clock.today()
    number = make_volunteer_number("420602", today, 1)
    assert page.request.path.endswith("/card")
    assert number in page.text
    assert "襄城区 真武山街道 周公庙社区" in page.text
    assert "<svg" in page.text
    with app.app_context():
        volunteer = _only_volunteer()
        assert (volunteer.number, volunteer.name, volunteer.status) == (number, "李晓梅", VolunteerStatus.ACTIVE)
        assert (volunteer.birth_on, volunteer.gender) == (date(1990, 5, 1), Gender.FEMALE)
        assert volunteer.phone == volunteer.account.phone
        assert volunteer.skills == ["teaching"]
        assert volunteer.categories == ["elders", "traffic"]


def test_registering_is_recorded_counted_and_consented_to_in_one_go(app: Flask, reader: Browser) -> None:
    reader.post(SELF, registration())
    with app.app_context():
        volunteer = _only_volunteer()
        event = db.session.scalars(select(RegistrationEvent)).one()
        assert (event.kind, event.area_id) == (RegistrationKind.REGISTERED, volunteer.community_id)
        assert (event.effective_on, event.recorded_by) == (clock.today(), volunteer.account_id)
        change = db.session.scalars(select(FigureChange)).one()
        assert (change.volunteer_id, change.registration_event_id) == (volunteer.id, event.id)
        consent = db.session.scalars(select(Consent)).one()
        assert (consent.volunteer_id, consent.kind, consent.version) == (
            volunteer.id,
            "privacy_notice",
            PRIVACY_NOTICE_VERSION,
        )
        trail = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "volunteers.register")).one()
        assert (trail.subject_id, trail.lineage) == (volunteer.public_id, "420600/420602/420602001/420602001001")


def test_the_form_greets_by_the_accounts_name_and_asks_for_whom_first(reader: Browser) -> None:
    assert "家里的老人" in reader.get("/volunteers/new").text
    assert "给谁登记" in reader.get("/volunteers/new?relation=neighbour").text
    assert 'value="李晓梅"' in reader.get(SELF).text
    assert 'value="李晓梅"' not in reader.get(CHILD).text


def test_after_registering_the_reader_comes_back_to_where_they_wanted(reader: Browser) -> None:
    with reader.client.session_transaction() as session:
        session["return_to"] = "/volunteers/codes"
    assert reader.post(SELF, registration()).headers["Location"] == "/volunteers/codes"


def test_one_registers_oneself_once_but_several_children(app: Flask, reader: Browser) -> None:
    reader.post(SELF, registration())
    page = reader.post(SELF, registration(document_number=resident_id(serial=4)), expect=422)
    assert "您自己已经登记过了" in page.text
    assert "我自己" not in reader.get("/volunteers/new").text
    born = years_ago(clock.today(), 10)
    for serial in (3, 5):
        child = registration(
            name="李小明",
            document_number=resident_id(born, serial),
            consent_guardian="y",
            consent_minor="y",
        )
        reader.post(CHILD, child)
    with app.app_context():
        assert len(db.session.scalars(select(Volunteer)).all()) == 3


@pytest.mark.parametrize(
    ("age", "given", "missing"),
    [
        (10, (), ("consent_guardian",)),
        (10, ("consent_guardian",), ("consent_minor",)),
        (10, ("consent_guardian", "consent_minor"), ()),
        (15, ("consent_guardian",), ()),
        (15, (), ("consent_guardian",)),
    ],
)
def test_a_child_takes_the_guardians_consent_and_below_fourteen_a_separate_one(
    app: Flask, reader: Browser, age: int, given: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    form = registration(name="李小明", document_number=resident_id(years_ago(clock.today(), age), 3))
    form.update(dict.fromkeys(given, "y"))
    page = reader.post(CHILD, form, expect=422 if missing else 302)
    for field in missing:
        assert f'id="{field}-error"' in page.text
        assert "要先勾选同意才能登记" in page.text
    with app.app_context():
        kinds = set(db.session.scalars(select(Consent.kind)))
        assert kinds == (set() if missing else {"privacy_notice", *_kinds(given)})


def _kinds(given: tuple[str, ...]) -> set[str]:
    names = {"consent_guardian": "guardian", "consent_minor": "minor_sensitive"}
    return {names[each] for each in given}


@pytest.mark.parametrize(
    ("address", "age", "words"),
    [
        (CHILD, 7, "满 8 周岁才能注册"),
        (CHILD, 18, "已满 18 周岁"),
        (SELF, 13, "请家长用自己的账号"),
        (ELDER, 59, "代老人注册要老人满 60 周岁"),
    ],
)
def test_who_may_not_be_registered_is_told_why_and_what_to_do(
    reader: Browser, address: str, age: int, words: str
) -> None:
    consents = {"consent_guardian": "y", "consent_minor": "y"}
    number = resident_id(years_ago(clock.today(), age))
    page = reader.post(address, registration(document_number=number, **consents), expect=422)
    assert words in page.text
    assert 'id="document_number-error"' in page.text


def test_an_elder_needs_no_phone(app: Flask, reader: Browser) -> None:
    reader.post(ELDER, registration(name="王秀兰", document_number=resident_id(date(1948, 3, 8))))
    with app.app_context():
        volunteer = _only_volunteer()
        assert (volunteer.relation, volunteer.phone) == (Relation.ELDER, None)


def test_a_passport_says_neither_birth_nor_gender_so_they_are_asked(app: Flask, reader: Browser) -> None:
    form = registration(name="Jean-Luc O'Neil", document_kind="passport", document_number="ｅ１２３４５６７８")
    page = reader.post(SELF, form, expect=422)
    assert 'id="birth_on-error"' in page.text
    assert 'id="gender-error"' in page.text
    reader.post(SELF, {**form, "birth_on": "1985-02-28", "gender": "male"})
    with app.app_context():
        volunteer = _only_volunteer()
        assert volunteer.document_kind is DocumentKind.PASSPORT
        assert (volunteer.birth_on, volunteer.gender) == (date(1985, 2, 28), Gender.MALE)


def test_what_the_document_says_wins_over_what_is_typed(app: Flask, reader: Browser) -> None:
    reader.post(SELF, registration(birth_on="2000-01-01", gender="male"))
    with app.app_context():
        volunteer = _only_volunteer()
        assert (volunteer.birth_on, volunteer.gender) == (date(1990, 5, 1), Gender.FEMALE)


def test_numbers_run_on_within_a_district_and_month_and_check_themselves(app: Flask, cast: Cast) -> None:
    cast.city()
    places = ["420602001001", "420602002001", "420606001001"]
    for serial, place in enumerate(places, start=1):
        reader = Browser(app).sign_in(cast.account())
        reader.post(SELF, registration(document_number=resident_id(serial=serial), community=place))
    with app.app_context():
        numbers = db.session.scalars(select(Volunteer.number).order_by(Volunteer.id)).all()
    today = clock.today()
    assert numbers == [
        make_volunteer_number("420602", today, 1),
        make_volunteer_number("420602", today, 2),
        make_volunteer_number("420606", today, 1),
    ]
    assert [check_volunteer_number(number.lower()) for number in numbers] == numbers


def test_asking_after_documents_is_limited_and_registering_many_is_not(app: Flask, cast: Cast) -> None:
    cast.city()
    Browser(app).sign_in(cast.account()).post(SELF, registration())
    asker = Browser(app).sign_in(cast.account("张伟"))
    for serial in range(3, REGISTRATION_LIMIT.most + 6):
        form = registration(name="王秀兰", document_number=resident_id(date(1948, 3, 8), serial))
        asker.post(ELDER, form)
    for _ in range(REGISTRATION_LIMIT.most):
        asker.post(SELF, registration(), expect=422)
    page = asker.post(SELF, registration(document_number=resident_id(serial=6)), expect=422)
    assert "试错的次数太多" in page.text
