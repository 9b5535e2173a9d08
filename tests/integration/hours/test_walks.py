"""What goes wrong on a day, walked through by volunteer and organizer, from the code on the wall to the ledger."""

from datetime import datetime

import pytest
import time_machine
from flask import Flask

from models.activities import Shift
from models.base import db
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.hours.conftest import Scene, at
from tests.integration.hours.test_paper import REASON, line, sheet_of
from volunteer.checkin import codes
from volunteer.checkin import jobs as presence
from volunteer.checkin.rules import Direction
from volunteer.hours import jobs
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id

IN, OUT = Direction.IN, Direction.OUT


class Walk:
    """A shift from 14:00 to 16:00 today, its volunteer's phone and the two people at the desk."""

    def __init__(self, app: Flask, scene: Scene) -> None:
        self.app, self.scene = app, scene
        with time_machine.travel(at("09:00", 0)):
            self.shift: Shift = scene.shift(days_ago=0)
            scene.cast.signup(self.shift, scene.volunteer)
            self.phone = Browser(app).sign_in(scene.account)
            self.desk = Browser(app).sign_in(scene.owner)
            self.checker = Browser(app).sign_in(scene.second)

    def scan(self, when: str, phase: Direction) -> str:
        """Scan the code on the wall and press the one button; return the page after it."""
        with time_machine.travel(at(when, 0), tick=False):
            code = codes.make_code(
                TEST_KEYS["code"], shift=self.shift.public_id, phase=phase, step=codes.step_at(clock.now())
            )
            self.phone.get(f"/c/{code}", expect=302)
            self.phone.get("/checkin/here")
            claim = self.phone.client.get_cookie("scan")
            assert claim is not None
            sent = {
                "claim": claim.value,
                "request_key": new_public_id(),
                "volunteer": self.scene.volunteer.public_id,
            }
            return str(self.phone.post("/checkin/record", sent, expect=200).get_data(as_text=True))

    def page(self, verb: str) -> str:
        """Return where its organizer extends or cancels the shift."""
        return f"/activities/{self.scene.activity.public_id}/shifts/{self.shift.public_id}/{verb}"

    def see(self, browser: Browser, path: str, when: str = "18:30") -> str:
        with time_machine.travel(at(when, 0)):
            return str(browser.get(path).get_data(as_text=True))

    def send(self, browser: Browser, path: str, when: str = "18:30", **typed: str) -> str:
        with time_machine.travel(at(when, 0)):
            return str(browser.submit(path, typed).get_data(as_text=True))

    def close_forgotten(self, when: str = "18:00") -> None:
        with time_machine.travel(at(when, 0)), self.app.app_context():
            presence.close_forgotten()
            db.session.commit()

    def confirm(self, when: str = "18:40") -> str:
        proposal = self.scene.proposals()[-1]
        return self.send(self.checker, f"/hours/awaiting/{proposal.public_id}/confirmation", when)

    def end_notice(self) -> None:
        with time_machine.travel(at("01:00", -8)), self.app.app_context():
            jobs.end_public_notices()


def typed(moment: datetime) -> str:
    return f"{clock.to_local(moment):%Y-%m-%dT%H:%M}"


@pytest.fixture
def walk(app: Flask, scene: Scene) -> Walk:
    return Walk(app, scene)


def test_who_leaves_early_is_told_at_once_what_it_was_worth(walk: Walk, scene: Scene) -> None:
    walk.scan("14:02", IN)
    assert "14:02–15:10 在场 → 68 分钟" in walk.scan("15:10", OUT)
    assert "14:02–15:10 在场 → 68 分钟" in walk.see(walk.phone, "/hours/")
    assert "没有要确认的" in walk.see(walk.desk, "/hours/awaiting")
    assert scene.minutes() == 68


def test_who_comes_early_reads_from_when_it_counts(walk: Walk, scene: Scene) -> None:
    walk.scan("13:35", IN)
    assert "13:35–16:00 在场，计划 14:00 开始 → 120 分钟" in walk.scan("16:00", OUT)
    assert scene.minutes() == 120


def test_who_comes_and_goes_before_the_start_is_told_that_nothing_counts(walk: Walk, scene: Scene) -> None:
    walk.scan("13:35", IN)
    assert "没有记时长" in walk.scan("13:50", OUT)
    assert scene.minutes() == 0


def test_a_shift_extended_while_running_counts_to_its_new_end(walk: Walk, scene: Scene) -> None:
    walk.scan("14:00", IN)
    extend(walk)
    assert "14:00–17:00 在场，延长到 17:00 → 180 分钟" in walk.scan("17:00", OUT)
    assert "14:00–17:00" in walk.see(walk.desk, f"/hours/shifts/{walk.shift.public_id}")
    assert scene.minutes() == 180


def test_who_forgets_at_an_extended_shift_may_name_its_new_end_and_no_later(walk: Walk, scene: Scene) -> None:
    walk.scan("14:00", IN)
    extend(walk)
    walk.close_forgotten("19:00")
    path = f"/hours/forgotten/{scene.volunteer.public_id}/{walk.shift.public_id}"
    form = walk.see(walk.phone, path, "19:30")
    assert "延长到" in form
    assert f'value="{typed(at("17:00", 0))}"' in form
    with time_machine.travel(at("19:30", 0)):
        late = {"ended_at": typed(at("17:30", 0)), "reason": "没电"}
        refused = walk.phone.post(path, late, expect=422).get_data(as_text=True)
    assert "班次 17:00 结束，离开时间不能更晚" in refused
    walk.send(walk.phone, path, "19:31", ended_at=typed(at("16:30", 0)), reason="没电")
    assert "已经生效" in walk.confirm("19:40")
    assert scene.minutes() == 150


def extend(walk: Walk) -> None:
    """Extend the shift to 17:00 at 15:30, as its organizer does on the page."""
    walk.send(walk.desk, walk.page("extend"), "15:30", extended_until=typed(at("17:00", 0)), extension_reason="收摊晚")


class TestForgotten:
    def test_the_volunteer_tells_the_end_a_second_person_believes_it_and_it_counts(
        self, walk: Walk, scene: Scene
    ) -> None:
        walk.scan("14:00", IN)
        walk.close_forgotten()
        own = walk.see(walk.phone, "/hours/")
        assert "李晓梅忘了签退" in own
        assert "14:00 签到，没有签退，时长还没有记" in own
        assert "忘了签退" in walk.see(walk.desk, "/hours/awaiting")

        path = f"/hours/forgotten/{scene.volunteer.public_id}/{walk.shift.public_id}"
        told = walk.send(walk.phone, path, ended_at=typed(at("15:45", 0)), reason="手机没电了")
        assert "第二个人确认后算数" in told
        assert "等您处理" not in told
        assert "手机没电了" in walk.see(walk.checker, "/hours/awaiting")
        assert "已经生效" in walk.confirm()
        assert scene.minutes() == 105

    def test_the_organizer_tells_it_and_cannot_confirm_it(self, walk: Walk, scene: Scene) -> None:
        walk.scan("14:00", IN)
        walk.close_forgotten()
        path = f"/hours/awaiting/forgotten/{scene.volunteer.public_id}/{walk.shift.public_id}"
        walk.send(walk.desk, path, ended_at=typed(at("16:00", 0)), reason="和大家一起走的")
        assert "您自己提出的" in walk.see(walk.desk, "/hours/awaiting")
        walk.confirm()
        assert scene.minutes() == 120


class TestCancelledWithPeopleIn:
    def cancel(self, walk: Walk) -> None:
        walk.send(walk.desk, walk.page("cancel"), "13:50", reason="下大雨")

    def test_who_is_in_may_leave_and_a_person_judges_what_was_served(self, walk: Walk, scene: Scene) -> None:
        walk.scan("13:40", IN)
        self.cancel(walk)
        told = walk.scan("15:00", OUT)
        assert "班次已经取消，要核实有没有服务" in told
        own = walk.see(walk.phone, "/hours/")
        assert "待确认" in own
        assert "班次已经取消" in own
        assert "班次已经取消" in walk.see(walk.checker, "/hours/awaiting")
        assert "公示 7 天后生效" in walk.confirm()
        assert scene.minutes() == 0
        walk.end_notice()
        assert scene.minutes() == 60

    def test_who_forgets_to_leave_is_told_that_it_was_cancelled(self, walk: Walk, scene: Scene) -> None:
        walk.scan("13:40", IN)
        self.cancel(walk)
        walk.close_forgotten()
        path = f"/hours/forgotten/{scene.volunteer.public_id}/{walk.shift.public_id}"
        assert "这个班次已经取消" in walk.see(walk.phone, path)
        told = walk.send(walk.phone, path, ended_at=typed(at("14:30", 0)), reason="冒雨扫完了一段")
        assert "公示 7 天" in told

    def test_no_hours_are_typed_in_for_it(self, walk: Walk, scene: Scene) -> None:
        self.cancel(walk)
        assert walk.shift.public_id not in walk.see(walk.desk, "/hours/new")
        assert walk.shift.public_id not in walk.see(walk.desk, "/hours/sheets/new")


def test_a_power_cut_goes_on_paper_and_the_photo_follows_it(walk: Walk, scene: Scene) -> None:
    walk.scan("14:00", IN)
    walk.close_forgotten()
    with time_machine.travel(at("18:30", 0)):
        path = sheet_of(walk.desk, walk.shift)
        assert scene.volunteer.number in walk.desk.get(path).get_data(as_text=True)
        walk.desk.post(path, {**line(scene.volunteer.number, end="15:30", is_here="y"), **REASON})
    assert "忘了签退" not in walk.see(walk.phone, "/hours/")
    assert "看签到表照片" in walk.see(walk.checker, "/hours/awaiting")
    walk.confirm()
    walk.end_notice()
    assert "忘了签退" not in walk.see(walk.phone, "/hours/")
    assert scene.minutes() == 90
