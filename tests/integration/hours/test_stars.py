"""Stars: granted and revoked by events of their own, settled by a job, following a scale that the office sets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, insert, select

from models.accounts import Account
from models.base import db
from models.hours import StarDue, StarEvent, StarScale
from models.notices import Notice
from tests.integration.hours.conftest import Scene, at, page
from volunteer.hours import jobs, operations, stars
from volunteer.hours.star_leaves import star_leaves
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.notices.rules import NoticeKind


@pytest.fixture(autouse=True)
def _short_scale(scene: Scene) -> None:
    """Let 1, 2 and 4 hours be worth stars, so that a shift or two reach them."""
    scene.cast.add(StarScale(hours=[1, 2, 4], effective_on=date(2026, 1, 1), set_at=clock.now(), spread_at=clock.now()))


def serve(scene: Scene, hours: int, days_ago: int = 2) -> None:
    shift = scene.shift("08:00", hours * 60, days_ago=days_ago)
    scene.serve(shift, shift.starts_at, shift.ends_at)


def settle(scene: Scene) -> None:
    with scene.cast.app.app_context():
        jobs.settle_stars()


def events(scene: Scene) -> list[tuple[str, int, int, int]]:
    with scene.cast.app.app_context():
        rows = db.session.scalars(select(StarEvent).order_by(StarEvent.id))
        return [(row.act.value, row.level, row.hours, row.minutes) for row in rows]


def due(scene: Scene) -> int:
    with scene.cast.app.app_context():
        return db.session.scalar(select(func.count(StarDue.id))) or 0


def have(scene: Scene) -> list[int]:
    with scene.cast.app.app_context():
        return [star.level for star in stars.stars_of([scene.volunteer.id]).get(scene.volunteer.id, [])]


class TestSettling:
    def test_grants_each_level_once_with_a_seal_and_a_notice(self, scene: Scene) -> None:
        serve(scene, 2)
        assert due(scene) == 1
        settle(scene)
        assert events(scene) == [("granted", 1, 1, 120), ("granted", 2, 2, 120)]
        assert due(scene) == 0
        with scene.cast.app.app_context():
            ids = db.session.scalars(select(StarEvent.id)).all()
            assert all(made.seal_holds for made in star_leaves(ids).values())
            (notice,) = db.session.scalars(select(Notice).where(Notice.kind == NoticeKind.STAR))
            assert notice.account_id == scene.account.id
            assert notice.params["hours"] == "2.00"

    def test_run_again_changes_nothing(self, scene: Scene) -> None:
        serve(scene, 2)
        settle(scene)
        found = events(scene)
        settle(scene)
        with scene.writing():
            db.session.add(StarDue(volunteer_id=scene.volunteer.id))
        settle(scene)
        assert events(scene) == found

    def test_a_reversal_revokes_and_new_service_grants_again(self, scene: Scene) -> None:
        serve(scene, 2)
        settle(scene)
        scene.confirm(scene.reversal(scene.entries()[0]))
        settle(scene)
        assert events(scene)[2:] == [("revoked", 2, 2, 0), ("revoked", 1, 1, 0)]
        assert have(scene) == []
        serve(scene, 1, days_ago=3)
        settle(scene)
        assert events(scene)[4:] == [("granted", 1, 1, 60)]
        assert have(scene) == [1]

    def test_what_goes_and_comes_in_one_moment_moves_no_star(self, scene: Scene) -> None:
        serve(scene, 2)
        settle(scene)
        with scene.writing():
            entry = scene.entries()[0]
            operations.reverse_entry(entry, reason="换一条", made_by=scene.owner.id, checked_by=scene.second.id)
        serve(scene, 2, days_ago=4)
        settle(scene)
        assert len(events(scene)) == 2

    def test_what_was_numbered_earlier_and_committed_later_is_not_passed_over(self, scene: Scene) -> None:
        serve(scene, 1)
        serve(scene, 1, days_ago=3)
        settle(scene)
        assert have(scene) == [1, 2]
        other = scene.cast.volunteer(scene.cast.account("周阿姨"), "周玉芬")
        shift = scene.shift("08:00", 60, days_ago=5)
        scene.serve(shift, shift.starts_at, shift.ends_at, volunteer=other)
        with scene.writing():
            db.session.query(StarDue).delete()
            db.session.execute(insert(StarDue).values(id=1, volunteer_id=other.id))
        settle(scene)
        with scene.cast.app.app_context():
            assert stars.star_names([other.id])[other.id].msgid == "一星志愿者"

    def test_two_who_settle_at_once_grant_once(self, scene: Scene) -> None:
        serve(scene, 4)
        with scene.writing():
            db.session.add_all([StarDue(volunteer_id=scene.volunteer.id) for _ in range(20)])

        def run(_: int) -> None:
            with scene.writing():
                stars.settle_due(limit=7)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(run, range(8)))
        assert events(scene) == [("granted", 1, 1, 240), ("granted", 2, 2, 240), ("granted", 3, 4, 240)]
        assert due(scene) == 0


class TestScale:
    def set(self, scene: Scene, *hours: int) -> None:
        with scene.writing():
            stars.set_scale(hours, effective_on=clock.today() + timedelta(days=1), account_id=scene.owner.id)

    def test_of_a_new_day_settles_everybody_once(self, scene: Scene) -> None:
        serve(scene, 3)
        settle(scene)
        assert have(scene) == [1, 2]
        self.set(scene, 1, 2, 3)
        settle(scene)
        assert have(scene) == [1, 2]
        with time_machine.travel(at("12:00", -1)):
            settle(scene)
            assert have(scene) == [1, 2, 3]
            with scene.cast.app.app_context():
                assert not stars.spread_scale()

    def test_that_asks_for_more_takes_nothing_that_was_granted(self, scene: Scene) -> None:
        serve(scene, 3)
        settle(scene)
        self.set(scene, 5, 10, 20)
        with time_machine.travel(at("12:00", -1)):
            settle(scene)
            assert have(scene) == [1, 2]
            assert len(events(scene)) == 2

    def test_is_spread_once_by_two_at_once(self, scene: Scene) -> None:
        serve(scene, 3)
        settle(scene)
        self.set(scene, 1, 2, 3)

        def spread(_: int) -> bool:
            with scene.writing():
                return stars.spread_scale()

        with time_machine.travel(at("12:00", -1)), ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(spread, range(3))) == [False, False, True]
        assert due(scene) == 1


class TestPages:
    def test_show_the_stars_with_their_day_and_what_comes_next(self, scene: Scene, as_: Any) -> None:
        serve(scene, 3)
        settle(scene)
        reader = as_(scene.account)
        text = page(reader.get("/hours/"))
        assert "二星志愿者" in text
        assert "2026 年 11 月 20 日授予" in text
        assert "再有 1.00 小时是三星志愿者" in text
        assert "二星志愿者" in page(reader.get("/volunteers/"))

    def test_show_none_where_there_are_none(self, scene: Scene, as_: Any) -> None:
        text = page(as_(scene.account).get("/hours/"))
        assert "授予" not in text
        assert "再有 1.00 小时是一星志愿者" in text

    def office(self, scene: Scene, code: str = "420600") -> Account:
        account: Account = scene.cast.office(Role.OFFICE_ADMIN, code)
        return account

    def test_the_office_sets_a_scale_and_sees_those_before(self, scene: Scene, as_: Any) -> None:
        desk = as_(self.office(scene))
        assert "3 小时" not in page(desk.get("/admin/stars"))
        typed = {"hours": "１ 2、3", "effective_on": "2026-11-21"}
        asked = page(desk.post("/admin/stars", typed, expect=200))
        assert "有 0 人会多得星级" in asked
        with scene.cast.app.app_context():
            assert len(stars.stored_scales()) == 1
        text = page(desk.submit("/admin/stars", {**typed, "sure": "yes"}))
        assert "已定下新标准" in text
        assert "还没开始" in text
        assert "正在用" in text
        with scene.cast.app.app_context():
            assert stars.scale_in_force(date(2026, 11, 21)).hours == (1, 2, 3)
            assert stars.scale_in_force(date(2026, 11, 20)).hours == (1, 2, 4)
            assert stars.scale_in_force(date(2025, 12, 31)).hours == (100, 300, 600, 1000, 1500)

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"hours": ""}, "请填写"),
            ({"hours": "100 90"}, "要比前一个星级的 100 多"),
            ({"hours": "1.5 3"}, "不是整数"),
            ({"hours": "0"}, "1 到 100000"),
            ({"hours": "<b>1</b>"}, "不是整数"),
            ({"hours": "1 2 4"}, "没有变化"),
            ({"effective_on": "2026-11-20"}, "明天或以后"),
            ({"effective_on": "2020-02-30"}, "请填写日期"),
            ({"effective_on": "9999-12-31"}, "三年以内"),
        ],
    )
    def test_say_what_is_wrong_and_keep_what_was_typed(
        self, scene: Scene, as_: Any, typed: dict[str, str], words: str
    ) -> None:
        asked = {"hours": "10 20", "effective_on": "2026-11-21", **typed}
        assert words in page(as_(self.office(scene)).post("/admin/stars", asked, expect=422))
        with scene.cast.app.app_context():
            assert len(stars.stored_scales()) == 1

    def test_who_would_gain_is_counted_and_a_scale_to_come_can_be_withdrawn(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift("09:00", 120, days_ago=2), at("09:00", 2), at("11:00", 2))
        desk = as_(self.office(scene))
        typed = {"hours": "2 9", "effective_on": "2026-11-21"}
        with scene.cast.app.app_context():
            assert (stars.count_gaining([2, 9]), stars.count_gaining([3])) == (1, 0)
        desk.submit("/admin/stars", {**typed, "sure": "yes"})
        assert "已撤回" in page(desk.submit("/admin/stars/withdrawal", {"effective_on": "2026-11-21"}))
        for day, status in (("2026-11-21", 409), ("2026-11-20", 409), ("soon", 404)):
            desk.post("/admin/stars/withdrawal", {"effective_on": day}, expect=status)
        with scene.cast.app.app_context():
            assert [scale.hours for scale in stars.stored_scales()] == [[1, 2, 4]]

    def test_a_district_reads_and_the_city_alone_sets(self, scene: Scene, as_: Any) -> None:
        desk = as_(self.office(scene, "420602"))
        assert "看看有多少人会变" not in page(desk.get("/admin/stars"))
        desk.post("/admin/stars", {"hours": "1", "effective_on": "2026-11-21"}, expect=404)
        desk.post("/admin/stars/withdrawal", {"effective_on": "2026-11-21"}, expect=404)
