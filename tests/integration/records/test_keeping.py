"""Organizations record trainings, commendations and evaluations of those who served with them, and take them back."""

from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from models.audit import AuditEvent
from models.base import db
from models.notices import Notice
from models.records import Commendation, Evaluation, Training
from tests.client import Browser
from tests.integration.records.conftest import Scene, numbered
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationStatus
from volunteer.records.rules import DISPUTE_LIMIT


def training(scene: Scene, **changes: str) -> dict[str, str]:
    return {
        "name": "急救培训",
        "taught": "心肺复苏和止血",
        "minutes": "180",
        "held_by": "市红十字会",
        "held_on": clock.today().isoformat(),
        "numbers": scene.volunteer.number,
        **changes,
    }


def rows(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_training_is_shown_before_it_is_recorded_and_the_volunteer_is_told(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    browser.sign_in(scene.keeper)
    seen = browser.post(f"{scene.url}/training", training(scene), expect=200).get_data(as_text=True)
    assert "龚䶮" in seen
    assert rows(app, Training) == 0
    page = browser.submit(f"{scene.url}/training", training(scene, seen="1")).get_data(as_text=True)
    assert "急救培训" in page
    with app.app_context():
        kept = db.session.scalars(select(Training)).one()
        assert (kept.minutes, kept.held_by, kept.recorded_by) == (180, "市红十字会", scene.keeper.id)
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.account_id, notice.link) == (
            scene.volunteer.account_id,
            f"/records/{scene.volunteer.public_id}",
        )
        act = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "records.record_training")).one()
        assert act.subject_id == kept.public_id
        assert "龚䶮" not in str(act.details)


def test_many_are_recorded_from_a_file_at_once(app: Flask, browser: Browser, scene: Scene) -> None:
    second = numbered(scene.cast, 3, "欧阳雪")
    scene.serve(5, second)
    table = f"志愿者编号,姓名\n{scene.volunteer.number},甲\n{second.number},乙\n".encode("gb18030")
    browser.sign_in(scene.keeper)
    data = {**training(scene, numbers=""), "file": (BytesIO(table), "名单.csv")}
    seen = browser.post(f"{scene.url}/training", data, expect=200).get_data(as_text=True)
    assert "欧阳雪" in seen
    both = f"{scene.volunteer.number}\n{second.number}"
    browser.submit(f"{scene.url}/training", training(scene, numbers=both, seen="1"))
    assert rows(app, Training) == 2


def test_strangers_and_numbers_that_nobody_has_are_refused_in_the_same_words(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    nobody = scene.stranger.number
    browser.sign_in(scene.keeper)
    told = []
    for number in (nobody, numbered_only(77)):
        form = training(scene, numbers=f"{scene.volunteer.number}\n{number}", seen="1")
        page = browser.post(f"{scene.url}/training", form, expect=422).get_data(as_text=True)
        assert "第 2 行" in page
        told.append(page[page.index("第 2 行") :][:60])
        assert "陌生人" not in page
        assert number in page, "what was typed is kept"
    assert told[0] == told[1]
    assert rows(app, Training) == 0, "nobody of a list with a wrong line is recorded"


def numbered_only(serial: int) -> str:
    from volunteer.kernel.volunteer_numbers import make_volunteer_number

    return make_volunteer_number("420602", clock.today(), serial)


@pytest.mark.parametrize("minutes", ["-1", "0", "1.5", "1e9", "60001", "", "二十"])
def test_minutes_that_cannot_be_are_refused_on_their_field(
    app: Flask, browser: Browser, scene: Scene, minutes: str
) -> None:
    browser.sign_in(scene.keeper)
    page = browser.post(f"{scene.url}/training", training(scene, minutes=minutes, seen="1"), expect=422)
    assert 'id="minutes-error"' in page.get_data(as_text=True)
    assert rows(app, Training) == 0


def test_full_width_minutes_are_minutes(app: Flask, browser: Browser, scene: Scene) -> None:
    browser.sign_in(scene.keeper).submit(f"{scene.url}/training", training(scene, minutes="１２０", seen="1"))
    with app.app_context():
        assert db.session.scalars(select(Training.minutes)).one() == 120


@pytest.mark.parametrize("days", [1, -20_000])
def test_a_day_that_cannot_be_is_refused_on_its_field(browser: Browser, scene: Scene, days: int) -> None:
    form = {
        "name": "年度之星",
        "given_by": "市文明办",
        "given_on": (clock.today() + timedelta(days=days)).isoformat(),
        "numbers": scene.volunteer.number,
        "seen": "1",
    }
    page = browser.sign_in(scene.keeper).post(f"{scene.url}/commendation", form, expect=422)
    assert 'id="given_on-error"' in page.get_data(as_text=True)


def test_the_same_honour_of_the_same_day_is_recorded_once_until_it_is_withdrawn(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    form = {
        "name": "年度之星",
        "given_by": "市文明办",
        "given_on": clock.today().isoformat(),
        "numbers": scene.volunteer.number,
        "seen": "1",
    }
    browser.sign_in(scene.keeper).submit(f"{scene.url}/commendation", form)
    page = browser.post(f"{scene.url}/commendation", form, expect=422).get_data(as_text=True)
    assert "同名、同一天的已经记过了" in page
    with app.app_context():
        kept = db.session.scalars(select(Commendation.public_id)).one()
    browser.submit(f"/records/items/{kept}/withdraw", {"reason": "名字写错了"})
    browser.submit(f"{scene.url}/commendation", form)
    assert rows(app, Commendation) == 2


def test_nobody_records_for_themselves_nor_without_being_registered(app: Flask, browser: Browser, scene: Scene) -> None:
    with app.app_context():
        from models.volunteers import Volunteer

        own = db.session.scalars(select(Volunteer).where(Volunteer.account_id == scene.keeper.id)).one()
        number = own.number
    scene.serve(6, own)
    browser.sign_in(scene.keeper)
    page = browser.post(f"{scene.url}/training", training(scene, numbers=number, seen="1"), expect=422)
    assert "不能给自己记" in page.get_data(as_text=True)
    unknown = scene.cast.account("没登记的人")
    scene.cast.grant(unknown, Role.ORGANIZER, organization=scene.organization)
    page = Browser(app).sign_in(unknown).post(f"{scene.url}/training", training(scene, seen="1"), expect=422)
    assert "要知道是谁记的" in page.get_data(as_text=True)
    assert rows(app, Training) == 0


def test_a_suspended_organization_and_strangers_record_nothing(app: Flask, browser: Browser, scene: Scene) -> None:
    browser.sign_in(scene.stranger.account_id).get(f"{scene.url}/training", expect=403)
    other = scene.cast.account("别家的")
    scene.cast.grant(other, Role.ORGANIZER, organization=scene.cast.organization())
    Browser(app).sign_in(other).post(f"{scene.url}/training", training(scene, seen="1"), expect=404)
    with app.app_context():
        db.session.merge(scene.organization).status = OrganizationStatus.SUSPENDED
        db.session.commit()
    Browser(app).sign_in(scene.keeper).post(f"{scene.url}/training", training(scene, seen="1"), expect=422)
    assert rows(app, Training) == 0


def test_all_who_served_on_a_shift_are_evaluated_in_one_table_and_once(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    path = f"/records/shifts/{scene.shift.public_id}"
    number = scene.volunteer.number
    browser.sign_in(scene.keeper)
    assert "龚䶮" in browser.get(path).get_data(as_text=True)
    browser.post(path, {f"grade-{number}": "superb"}, expect=422)
    browser.post(path, {}, expect=422)
    after = browser.submit(path, {f"grade-{number}": "excellent", f"words-{number}": "<b>很细心</b>"})
    assert "&lt;b&gt;很细心" in after.get_data(as_text=True)
    browser.post(path, {f"grade-{number}": "poor"}, expect=422)
    assert rows(app, Evaluation) == 1


def test_a_record_is_withdrawn_with_a_reason_once_and_never_edited(app: Flask, browser: Browser, scene: Scene) -> None:
    browser.sign_in(scene.keeper).submit(f"{scene.url}/training", training(scene, seen="1"))
    with app.app_context():
        public_id = db.session.scalars(select(Training.public_id)).one()
    path = f"/records/items/{public_id}/withdraw"
    browser.post(path, {"reason": " "}, expect=422)
    browser.submit(path, {"reason": "人记错了"})
    browser.post(path, {"reason": "再撤一次"}, expect=422)
    own = Browser(app).sign_in(scene.volunteer.account_id)
    assert "急救培训" not in own.get(f"/records/{scene.volunteer.public_id}").get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(Training.withdrawn_because)).one() == "人记错了"
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 2
        with pytest.raises(DBAPIError):
            db.session.execute(text("UPDATE training SET minutes = 6000"))


def test_a_volunteer_disputes_a_record_and_those_who_keep_records_are_told(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    browser.sign_in(scene.keeper).submit(f"{scene.url}/training", training(scene, seen="1"))
    with app.app_context():
        public_id = db.session.scalars(select(Training.public_id)).one()
    path = f"/records/items/{public_id}/dispute"
    Browser(app).sign_in(scene.stranger.account_id).get(path, expect=404)
    own = Browser(app).sign_in(scene.volunteer.account_id)
    own.post(path, {"text": ""}, expect=422)
    assert "您提过异议" in own.submit(path, {"text": "我没有参加"}).text
    with app.app_context():
        told = db.session.scalars(select(Notice).where(Notice.account_id == scene.keeper.id)).one()
        assert told.link == f"/records/items/{public_id}/withdraw"
    for _ in range(DISPUTE_LIMIT.most - 1):
        own.submit(path, {"text": "我没有参加"})
    own.post(path, {"text": "我没有参加"}, expect=422)


def test_two_who_record_the_same_at_once_record_it_once(app: Flask, scene: Scene) -> None:
    outcomes = []
    together = Barrier(2)

    def record() -> None:
        browser = Browser(app).sign_in(scene.keeper)
        together.wait(timeout=20)
        path = f"{scene.url}/training"
        outcomes.append(browser.client.post(path, data=training(scene, seen="1")).status_code)

    threads = [Thread(target=record) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == [302, 422]
    assert rows(app, Training) == 1
