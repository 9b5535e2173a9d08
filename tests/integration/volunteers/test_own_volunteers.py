"""What one sees and changes of those for whom one acts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from models.accounts import Consent
from models.audit import AuditEvent
from models.base import db
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.volunteers import years_ago
from volunteer.accounts.rules import ConsentKind
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.volunteers import operations
from volunteer.volunteers.rules import OWN_CONSENTS, EndReason, Relation, VolunteerStatus


def _edited(**changes: object) -> dict[str, object]:
    return {"phone": "13900000000", "community": "420602001001", "skills": ["law"], "categories": [], **changes}


def _kinds(volunteer: Volunteer) -> list[str]:
    query = select(RegistrationEvent.kind).where(RegistrationEvent.volunteer_id == volunteer.id)
    return list(db.session.scalars(query.order_by(RegistrationEvent.id)))


def test_mine_shows_oneself_first_then_the_others_with_their_communities(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    cast.volunteer(account, "王秀兰", relation=Relation.ELDER)
    cast.volunteer(account)
    cast.volunteer(name="张伟")
    text = browser.sign_in(account).get("/volunteers/").text
    assert text.index("李晓梅</strong>") < text.index("王秀兰</strong>")
    assert "张伟" not in text
    assert text.count("襄城区 真武山街道 周公庙社区") == 2


def test_without_a_volunteer_the_pages_say_what_to_do(cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.account())
    for path in ("/volunteers/", "/volunteers/codes"):
        text = browser.get(path).text
        assert "还没有登记志愿者" in text
        assert "/volunteers/new" in text


def test_a_volunteers_page_masks_the_document(cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer()
    text = browser.sign_in(volunteer.account_id).get(f"/volunteers/{volunteer.public_id}").text
    assert "420***********001X" in text
    assert "1990 年 5 月 1 日" in text
    assert "注册" in text


@pytest.mark.parametrize("page", ["", "/edit", "/card"])
def test_anothers_volunteer_is_not_there(cast: Cast, browser: Browser, page: str) -> None:
    volunteer = cast.volunteer()
    browser.sign_in(cast.account("张伟")).get(f"/volunteers/{volunteer.public_id}{page}", expect=404)
    browser.get(f"/volunteers/nobody{page}", expect=404)


@pytest.mark.parametrize("act", ["edit", "withdraw", "resume"])
def test_anothers_volunteer_cannot_be_changed(app: Flask, cast: Cast, browser: Browser, act: str) -> None:
    volunteer = cast.volunteer()
    browser.sign_in(cast.account("张伟")).post(f"/volunteers/{volunteer.public_id}/{act}", _edited(), expect=404)
    with app.app_context():
        same = db.session.get_one(Volunteer, volunteer.id)
        assert (same.phone, same.status) == (volunteer.phone, VolunteerStatus.ACTIVE)


def test_an_edit_changes_what_may_change_and_names_it_in_the_trail(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer(categories=["elders"])
    browser.sign_in(volunteer.account_id).submit(f"/volunteers/{volunteer.public_id}/edit", _edited())
    with app.app_context():
        same = db.session.get_one(Volunteer, volunteer.id)
        assert (same.phone, same.skills, same.categories) == ("13900000000", ["law"], [])
        assert _kinds(volunteer) == ["registered"]
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "volunteers.edit")).one()
        assert event.details == {"changed": ["phone", "skills", "categories"]}


def test_moving_house_counts_in_the_new_community_from_today(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer()
    browser.sign_in(volunteer.account_id).submit(
        f"/volunteers/{volunteer.public_id}/edit", _edited(community="樊城区 邵家巷社区")
    )
    with app.app_context():
        assert _kinds(volunteer) == ["registered", "moved"]
        event = db.session.scalars(select(RegistrationEvent).order_by(RegistrationEvent.id.desc()).limit(1)).one()
        assert event.effective_on == clock.today()
        assert db.session.get_one(Volunteer, volunteer.id).community.name == "邵家巷社区"
        taken_in = db.session.scalars(select(FigureChange.registration_event_id)).all()
        assert event.id in taken_in


@pytest.mark.parametrize(
    ("field", "typed"), [("phone", "12"), ("community", "月亮社区"), ("skills", ["flying"]), ("community", "")]
)
def test_a_refused_edit_says_where_and_changes_nothing(
    app: Flask, cast: Cast, browser: Browser, field: str, typed: object
) -> None:
    volunteer = cast.volunteer()
    page = browser.sign_in(volunteer.account_id).post(
        f"/volunteers/{volunteer.public_id}/edit", _edited(**{field: typed}), expect=422
    )
    assert f'id="{field}-error"' in page.text
    with app.app_context():
        assert db.session.get_one(Volunteer, volunteer.id).phone == volunteer.phone


def test_leaving_and_coming_back_are_spells_of_one_registration(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer()
    browser.sign_in(volunteer.account_id)
    page = browser.submit(f"/volunteers/{volunteer.public_id}/withdraw")
    assert "已不在册" in page.text
    browser.post(f"/volunteers/{volunteer.public_id}/withdraw", expect=409)
    assert volunteer.number not in browser.get("/volunteers/codes").text
    assert "请先恢复登记" in browser.post(f"/volunteers/{volunteer.public_id}/edit", _edited(), expect=422).text
    browser.submit(f"/volunteers/{volunteer.public_id}/resume")
    browser.post(f"/volunteers/{volunteer.public_id}/resume", expect=409)
    with app.app_context():
        assert _kinds(volunteer) == ["registered", "ended", "resumed"]
        assert db.session.get_one(Volunteer, volunteer.id).status is VolunteerStatus.ACTIVE
        assert len(db.session.scalars(select(FigureChange)).all()) == 3


def test_who_was_suspended_cannot_come_back_alone(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer, office = cast.volunteer(), cast.office()
    with app.app_context():
        operations.end_registration(
            volunteer=db.session.get_one(Volunteer, volunteer.id), account_id=office.id, reason=EndReason.SUSPENDED
        )
        db.session.commit()
    browser.sign_in(volunteer.account_id).post(f"/volunteers/{volunteer.public_id}/resume", expect=409)
    assert "恢复登记" not in browser.get(f"/volunteers/{volunteer.public_id}").text


def test_a_change_before_the_last_one_is_refused(app: Flask, context: Flask, cast: Cast) -> None:
    volunteer = cast.volunteer(registered_on=clock.today() + timedelta(days=3))
    with pytest.raises(Conflict, match="变更日期不能早于上一次变更"):
        operations.end_registration(
            volunteer=db.session.get_one(Volunteer, volunteer.id),
            account_id=volunteer.account_id,
            reason=EndReason.DECEASED,
        )


def test_a_stranger_who_scans_a_card_learns_only_that_it_is_good(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer(name="欧阳娜娜")
    text = browser.get(f"/volunteers/{volunteer.public_id}/badge").text
    assert "在册志愿者" in text
    assert "欧**" in text
    for secret in ("娜", volunteer.phone, "1990", "周公庙"):
        assert secret not in text
    browser.get("/volunteers/nobody/badge", expect=404)


def test_the_card_of_who_left_says_so(app: Flask, cast: Cast, browser: Browser) -> None:
    volunteer = cast.volunteer(status=VolunteerStatus.WITHDRAWN)
    assert "已不在册" in browser.get(f"/volunteers/{volunteer.public_id}/badge").text


def test_the_cards_of_all_who_are_in_the_register_come_as_one_file(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    numbers = [cast.volunteer(account, name).number for name in ("李晓梅", "阿卜杜·热西提")]
    cast.volunteer(account, "王秀兰", status=VolunteerStatus.WITHDRAWN)
    response = browser.sign_in(account).get("/volunteers/cards.pdf")
    assert response.mimetype == "application/pdf"
    (page,) = PdfReader(BytesIO(response.data)).pages
    text = page.extract_text()
    for number in numbers:
        assert number in text
    assert "王秀兰" not in text


def test_no_card_is_no_file(cast: Cast, browser: Browser) -> None:
    assert "还没有选要打印的志愿者" in browser.sign_in(cast.account()).get("/volunteers/cards.pdf", expect=422).text


def test_leaving_takes_a_guardians_consent_back_and_coming_back_asks_for_it(
    app: Flask, cast: Cast, browser: Browser
) -> None:
    child = cast.volunteer(name="李小满", relation=Relation.CHILD, birth_on=years_ago(clock.today(), 10))
    for kind in OWN_CONSENTS:
        cast.add(
            Consent(account_id=child.account_id, volunteer_id=child.id, kind=kind, version="1", given_at=clock.now())
        )
    path = f"/volunteers/{child.public_id}"
    page = browser.sign_in(child.account_id).submit(f"{path}/withdraw").text
    assert [f'value="{kind}"' in page for kind in OWN_CONSENTS] == [True, True]
    assert _consents(app, child) == set()
    browser.post(f"{path}/resume", {"consent": ["guardian"]}, expect=422)
    browser.submit(f"{path}/resume", {"consent": ["guardian", "minor_sensitive"]})
    assert _consents(app, child) == set(OWN_CONSENTS)


def _consents(app: Flask, volunteer: Volunteer) -> set[ConsentKind]:
    with app.app_context():
        query = select(Consent.kind).where(Consent.volunteer_id == volunteer.id, Consent.withdrawn_at.is_(None))
        return set(db.session.scalars(query))


@pytest.mark.parametrize("_round", range(3))
def test_nobody_moves_after_having_left(app: Flask, cast: Cast, _round: int) -> None:
    volunteer = cast.volunteer()
    both = Barrier(2)
    with app.app_context():
        reads_beside = db.engine.dialect.name == "postgresql"

    def act(change: Callable[[Volunteer], object]) -> str:
        with app.app_context():
            if not reads_beside:
                both.wait(10)
            found = db.session.get_one(Volunteer, volunteer.id)
            if reads_beside:
                both.wait(10)
            try:
                change(found)
                db.session.commit()
            except Conflict:
                db.session.rollback()
                return "refused"
            return "done"

    def leave(found: Volunteer) -> object:
        return operations.end_registration(volunteer=found, account_id=found.account_id, reason=EndReason.WITHDRAWN)

    def move(found: Volunteer) -> object:
        return operations.edit_volunteer(
            volunteer=found,
            account_id=found.account_id,
            phone="",
            community="420606001001",
            skills=(),
            categories=(),
        )

    with ThreadPoolExecutor(2) as pool:
        left, moved = pool.map(act, (leave, move))
    assert left == "done"
    with app.app_context():
        assert _kinds(volunteer) == ["registered", *(["moved"] if moved == "done" else []), "ended"]
        assert db.session.get_one(Volunteer, volunteer.id).status is VolunteerStatus.WITHDRAWN
