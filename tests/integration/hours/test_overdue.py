"""Ten working days: who is reminded, who hears of it, and when it is settled."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from models.hours import OverdueShift
from models.notices import Notice
from tests.integration.hours.conftest import Scene, at
from volunteer.checkin.rules import Method
from volunteer.hours import jobs, operations, overdue
from volunteer.kernel import workdays
from volunteer.kernel.clock import LOCAL_ZONE, now, today
from volunteer.kernel.permissions import Role
from volunteer.notices.rules import NoticeKind, unpacked


@pytest.fixture
def district(scene: Scene) -> Account:
    return scene.cast.office(Role.OFFICE_STAFF, "420602", "区里")


@pytest.fixture
def city(scene: Scene) -> Account:
    return scene.cast.office(Role.OFFICE_ADMIN, "420600", "市里")


def wait(scene: Scene, days_ago: int = 2, minutes: int = 540) -> Any:
    """Leave a long day that waits for a second person."""
    shift = scene.shift("07:00", minutes, days_ago=days_ago)
    scene.serve(shift, at("07:00", days_ago), at("07:00", days_ago) + timedelta(minutes=minutes))
    return shift


def run(scene: Scene, days_from_now: int) -> None:
    """Let the job run on the morning of a day that comes, twice: a repeated run changes nothing."""
    morning = datetime.combine(today() + timedelta(days=days_from_now), time(8), LOCAL_ZONE)
    with time_machine.travel(morning), scene.cast.app.app_context():
        jobs.look_after_deadlines()
        jobs.look_after_deadlines()


def told(scene: Scene, account: Account) -> list[str]:
    with scene.cast.app.app_context():
        found = db.session.scalars(
            select(Notice).where(Notice.account_id == account.id, Notice.kind == NoticeKind.OVERDUE).order_by(Notice.id)
        )
        return [str(unpacked(one.text, one.params, now())) for one in found]


def rows(scene: Scene) -> list[OverdueShift]:
    with scene.cast.app.app_context():
        found = list(db.session.scalars(select(OverdueShift).order_by(OverdueShift.shift_id)))
        db.session.expunge_all()
        return found


def acts(scene: Scene) -> list[str]:
    with scene.cast.app.app_context():
        query = select(AuditEvent.action).where(AuditEvent.subject_kind == "shift").order_by(AuditEvent.id)
        return list(db.session.scalars(query))


# 18 November 2026 is a Wednesday: the tenth working day after it is Wednesday, 2 December, 12 days from "today".
def test_each_step_is_told_once_to_whom_it_concerns(scene: Scene, district: Account, city: Account) -> None:
    wait(scene)
    run(scene, 6)
    assert told(scene, scene.owner) == []
    run(scene, 7)
    assert "最晚 12 月 2 日记完" in told(scene, scene.owner)[0]
    run(scene, 8)
    run(scene, 12)
    assert "今天（12 月 2 日）是最后一天" in told(scene, scene.owner)[1]
    assert told(scene, district) == []
    run(scene, 13)
    assert "过了 10 个工作日" in told(scene, district)[0]
    assert told(scene, city) == []
    run(scene, 18)
    assert told(scene, city) == []
    run(scene, 19)
    assert "过了 15 个工作日" in told(scene, city)[0]
    run(scene, 25)
    assert [len(told(scene, one)) for one in (scene.owner, district, city)] == [2, 1, 1]
    assert acts(scene) == ["hours.remind", "hours.remind", "hours.escalate", "hours.tell_city"]
    (row,) = rows(scene)
    assert row.settled_at is None


def test_weeks_without_the_job_are_made_up_for_at_once(scene: Scene, district: Account, city: Account) -> None:
    wait(scene)
    run(scene, 25)
    assert [len(told(scene, one)) for one in (scene.owner, district, city)] == [0, 1, 1]
    (row,) = rows(scene)
    assert row.escalated_at is not None
    assert row.city_told_at is not None


def test_what_is_settled_is_noted_and_told_no_more(scene: Scene, district: Account) -> None:
    wait(scene)
    run(scene, 7)
    scene.confirm(scene.proposals()[0])
    run(scene, 8)
    assert rows(scene)[0].settled_at is not None
    run(scene, 13)
    assert told(scene, district) == []
    assert acts(scene) == ["hours.remind", "hours.settle"]


def test_a_forgotten_check_out_counts_too(scene: Scene, district: Account) -> None:
    scene.forget(scene.shift())
    run(scene, 13)
    assert len(told(scene, district)) == 1


def test_several_shifts_are_told_as_one(scene: Scene) -> None:
    wait(scene, days_ago=2)
    shift = scene.shift("18:00", 60)
    scene.serve(shift, at("18:00"), at("19:00"), Method.BY_HAND)
    run(scene, 7)
    assert ["等 2 个班次" in words for words in told(scene, scene.owner)] == [True]
    assert len(rows(scene)) == 2


def test_what_is_on_public_notice_is_settled(scene: Scene) -> None:
    scene.confirm(scene.typed(scene.shift()))
    run(scene, 13)
    assert rows(scene) == []


def test_what_was_typed_in_late_waits_for_the_office_and_has_no_new_deadline(scene: Scene, district: Account) -> None:
    scene.typed(scene.shift(days_ago=20))
    run(scene, 1)
    assert rows(scene) == []
    assert told(scene, district) == []


def test_the_city_hears_at_once_where_no_district_has_an_office(scene: Scene, city: Account) -> None:
    wait(scene)
    run(scene, 13)
    assert len(told(scene, city)) == 1


def test_only_the_office_of_the_place_hears(scene: Scene, district: Account) -> None:
    elsewhere = scene.cast.office(Role.OFFICE_STAFF, "420606", "外区")
    wait(scene)
    run(scene, 13)
    assert (len(told(scene, district)), told(scene, elsewhere)) == (1, [])


def test_a_year_without_a_calendar_is_said_in_the_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workdays, "knows", lambda year: False)
    with scene.cast.app.app_context():
        jobs.look_after_deadlines()
    assert "no calendar of days off for 2026" in caplog.text


def test_the_doctor_says_that_a_calendar_is_missing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def findings(month: int) -> str:
        with time_machine.travel(datetime(2026, month, 1, 12, tzinfo=LOCAL_ZONE)), scene.cast.app.app_context():
            return scene.cast.app.test_cli_runner().invoke(args=["doctor"]).output

    missing = "还没有 2027 年的放假和调休安排"
    monkeypatch.setattr(workdays, "knows", lambda year: year < 2027)
    assert "production" in findings(11)
    assert missing not in findings(11)
    assert missing in findings(12)
    monkeypatch.setattr(workdays, "knows", lambda year: True)
    assert missing not in findings(12)


def test_one_organization_that_fails_keeps_no_other_waiting_and_the_run_is_reported(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(scene)
    owner = scene.cast.account("别处的站长")
    activity = scene.cast.activity(scene.cast.organization(owner))
    other, volunteer = scene.shift(activity=activity), scene.cast.volunteer(name="别处的人")
    scene.arrive(other, other.starts_at, volunteer=volunteer)
    scene.leave(other, other.ends_at, Method.AUTO_CLOSE, volunteer=volunteer)
    look_after = overdue.look_after

    def fail_once(organization_id: int, on: Any) -> None:
        look_after(organization_id, on)
        if organization_id == scene.organization.id:
            raise ValueError("a faulty row")

    monkeypatch.setattr(overdue, "look_after", fail_once)
    with pytest.raises(RuntimeError, match=f"organization .{scene.organization.id}"):
        run(scene, 7)
    assert told(scene, scene.owner) == []
    assert len(told(scene, owner)) == 1


def test_one_public_notice_that_fails_keeps_no_other_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = scene.confirm(scene.typed(scene.shift()))
    scene.confirm(scene.typed(scene.shift("09:00", 60)))
    finish = operations.finish_notice

    def fail_for_one(proposal_id: int, on: Any) -> None:
        finish(proposal_id, on)
        if proposal_id == faulty.id:
            raise ValueError("a faulty row")

    monkeypatch.setattr(operations, "finish_notice", fail_for_one)
    with (
        time_machine.travel(at("12:00", -20)),
        scene.cast.app.app_context(),
        pytest.raises(RuntimeError, match="public notice"),
    ):
        jobs.end_public_notices()
    assert scene.minutes() == 60
