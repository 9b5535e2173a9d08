"""The pages of the ledger, as people use them."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, page, photo
from volunteer.hours import queries
from volunteer.hours.rules import EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.volunteers.rules import Relation


def local(moment: Any) -> str:
    return f"{clock.to_local(moment):%Y-%m-%dT%H:%M}"


def long_day(scene: Scene, days_ago: int = 2) -> str:
    scene.serve(scene.shift("07:00", 540, days_ago=days_ago), at("07:00", days_ago), at("16:00", days_ago))
    return scene.proposals()[-1].public_id


class TestOwnRecords:
    def test_show_the_derivation_the_source_and_the_sum(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:10"))
        text = page(as_(scene.account).get("/hours/"))
        assert "14:00–16:10 在场，计划到 16:00 → 120 分钟" in text
        assert "扫码" in text
        assert "离 25 小时还差 23.00 小时" in text
        assert "历年共 2.00 小时" in text

    def test_show_every_state_in_words_and_count_only_what_took_effect(self, scene: Scene, as_: Any) -> None:
        long_day(scene)
        scene.serve(scene.shift(days_ago=3), at("14:00", 3), at("16:00", 3))
        scene.confirm(scene.reversal(scene.entries()[0]))
        scene.confirm(scene.typed(scene.shift(days_ago=4)))
        scene.serve(scene.shift("05:00", 900, days_ago=5), at("05:00", 5), at("20:00", 5))
        text = page(as_(scene.account).get("/hours/"))
        for words in (
            "待确认",
            "公示中",
            "已冲销",
            "已退回",
            "一天最多记 12 小时",
            "签到的不是本人",
            "历年共 0.00 小时",
        ):
            assert words in text

    def test_are_empty_for_who_has_no_volunteer_or_no_records(self, scene: Scene, as_: Any) -> None:
        assert "还没有服务记录" in page(as_(scene.account).get("/hours/"))
        assert "还没有登记志愿者" in page(as_(scene.cast.account("新来的")).get("/hours/"))

    def test_are_chosen_among_the_volunteers_of_the_account_only(self, scene: Scene, as_: Any) -> None:
        child = scene.cast.volunteer(scene.account, "李小满", relation=Relation.CHILD)
        mine = as_(scene.account)
        assert "李小满的" in page(mine.get(f"/hours/?volunteer={child.public_id}"))
        stranger = scene.cast.volunteer(name="外人")
        mine.get(f"/hours/?volunteer={stranger.public_id}", expect=404)

    @pytest.mark.parametrize("year", ["1", "x", "99999999999", "-1", "２０２６"])
    def test_take_a_year_that_is_none_as_this_one(self, scene: Scene, as_: Any, year: str) -> None:
        assert f"{clock.today().year} 年" in page(as_(scene.account).get("/hours/", query_string={"year": year}))

    def test_open_alone_for_the_volunteer_and_the_organization_and_nobody_else(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        path = f"/hours/{scene.entries()[0].public_id}"
        assert "对这条记录有疑问" in page(as_(scene.account).get(path))
        assert "冲销这条记录" in page(as_(scene.owner).get(path))
        assert "office-reversal" in page(as_(scene.cast.office()).get(path))
        as_(scene.cast.account("路人")).get(path, expect=404)
        as_(scene.cast.office(code="420606")).get(path, expect=404)
        as_(scene.account).get("/hours/00000000000000000000", expect=404)

    def test_of_a_proposal_lead_to_the_entry_once_it_took_effect(self, scene: Scene, as_: Any) -> None:
        public_id = long_day(scene)
        assert "等组织里第二个人确认" in page(as_(scene.account).get(f"/hours/{public_id}"))
        as_(scene.second).post(f"/hours/awaiting/{public_id}/confirmation")
        assert "计入总时长" in page(as_(scene.account).get(f"/hours/{public_id}"))


class TestQuestions:
    def test_go_to_the_organization_and_come_back_answered(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("15:00"))
        path = f"/hours/{scene.entries()[0].public_id}"
        asked = as_(scene.account).submit(f"{path}/question", {"text": "我 16:00 才走"})
        assert "等组织答复" in page(asked)
        desk = as_(scene.owner)
        waiting = page(desk.get("/hours/awaiting"))
        assert "我 16:00 才走" in waiting
        link = waiting.split('href="/hours/questions/')[1].split('"')[0]
        desk.submit(f"/hours/questions/{link}", {"answer": "查了签退码，是 15:00 扫的"})
        assert "是 15:00 扫的" in page(as_(scene.account).get(path))
        again = desk.post(f"/hours/questions/{link}", {"answer": "改口"}, expect=422)
        assert "已经有人答复了" in page(again) or "已经答复" in page(again)

    def test_are_asked_one_at_a_time_and_by_its_volunteer_alone(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("15:00"))
        path = f"/hours/{scene.entries()[0].public_id}/question"
        as_(scene.account).post(path, {"text": "少了"})
        assert "已经问过了" in page(as_(scene.account).post(path, {"text": "少了"}, expect=422))
        as_(scene.owner).get(path, expect=404)

    @pytest.mark.parametrize(
        ("text", "words"), [("", "请填写"), ("长" * 8000, "最多 300 个字"), ("a\x00b", "控制字符")]
    )
    def test_refuse_what_is_no_question(self, scene: Scene, as_: Any, text: str, words: str) -> None:
        scene.serve(scene.shift(), at("14:00"), at("15:00"))
        path = f"/hours/{scene.entries()[0].public_id}/question"
        assert words in page(as_(scene.account).post(path, {"text": text}, expect=422))


class TestAwaiting:
    def test_says_what_waits_why_and_until_when(self, scene: Scene, as_: Any) -> None:
        long_day(scene)
        scene.typed(scene.shift(days_ago=3))
        scene.forget(scene.shift("18:00", 60, days_ago=20))
        scene.forget(scene.shift("18:00", 60, days_ago=3))
        text = page(as_(scene.second).get("/hours/awaiting"))
        for words in (
            "当天超过 8 小时",
            "7:00–16:00 在场",
            "现场断网",
            "签到表在居委会",
            "王主任",
            "系统按扫码时间算出",
            "忘了签退",
            "已超期",
            "最晚 ",
        ):
            assert words in text

    def test_what_was_typed_in_is_looked_at_and_ticked_alone(self, scene: Scene, as_: Any) -> None:
        long_day(scene)
        typed = scene.typed(scene.shift(days_ago=3))
        text = page(as_(scene.second).get("/hours/awaiting"))
        alone = [line for line in text.splitlines() if 'name="proposal"' in line and "data-ticks-alone" in line]
        assert [typed.public_id in line for line in alone] == [True]
        assert text.count('name="proposal"') == 2
        assert "单独勾选这一条" in text

    def test_counts_proposals_questions_and_forgotten_check_outs(self, scene: Scene, app: Flask) -> None:
        scene.typed(scene.shift())
        scene.forget(scene.shift("18:00", 60))
        with app.app_context():
            assert queries.awaiting_count([scene.organization.id]) == 2
            assert queries.awaiting_count([]) == 0

    def test_is_empty_with_a_way_on(self, scene: Scene, as_: Any) -> None:
        assert "没有要确认的" in page(as_(scene.second).get("/hours/awaiting"))

    def test_tells_who_is_not_registered_how_to_mend_it(self, scene: Scene, as_: Any) -> None:
        long_day(scene)
        nameless = scene.cast.account("没登记")
        scene.cast.grant(nameless, Role.CHECKER, organization=scene.organization)
        text = page(as_(nameless).get("/hours/awaiting"))
        assert "先用自己的证件登记成志愿者" in text
        assert "/volunteers/new" in text

    def test_confirms_what_is_ticked(self, scene: Scene, as_: Any) -> None:
        ticked = [long_day(scene), long_day(scene, 3)]
        done = as_(scene.second).submit("/hours/awaiting", {"proposal": ticked})
        assert "确认了 2 条，已经生效" in page(done)
        assert scene.minutes() == 1080

    def test_says_when_nothing_is_ticked_and_passes_over_what_is_not_ours(self, scene: Scene, as_: Any) -> None:
        foreign = scene.cast.organization(name="别的队")
        stranger = scene.cast.account("别的人")
        scene.cast.volunteer(stranger, "别人")
        scene.cast.grant(stranger, Role.CHECKER, organization=foreign)
        done = as_(stranger).submit("/hours/awaiting", {"proposal": [long_day(scene), "x" * 9000]})
        assert "请先勾选" in page(done)
        assert scene.minutes() == 0

    @pytest.mark.parametrize("junk", ["\x00", "a" * 19 + "\x00", "'; DROP TABLE entry; --", "𝟎" * 20, "0" * 21, ""])
    def test_passes_over_ids_that_are_none(self, scene: Scene, as_: Any, junk: str) -> None:
        desk = as_(scene.second)
        assert "请先勾选" in page(desk.submit("/hours/awaiting", {"proposal": [junk]}))
        assert "确认了 1 条" in page(desk.submit("/hours/awaiting", {"proposal": [junk, long_day(scene)]}))

    def test_refuses_who_made_it_and_keeps_it_waiting(self, scene: Scene, as_: Any) -> None:
        proposal = scene.typed(scene.shift())
        mine = as_(scene.owner)
        assert "这条是您自己提出的" in page(mine.get("/hours/awaiting"))
        mine.post(f"/hours/awaiting/{proposal.public_id}/confirmation", expect=409)
        mine.submit("/hours/awaiting", {"proposal": [proposal.public_id]})
        assert scene.proposals()[0].state is ProposalState.AWAITING

    def test_returns_with_a_reason_that_the_volunteer_reads(self, scene: Scene, as_: Any) -> None:
        public_id = long_day(scene)
        desk = as_(scene.second)
        path = f"/hours/awaiting/{public_id}/return"
        desk.get(path)
        assert "请填写退回原因" in page(desk.post(path, {"reason": " "}, expect=422))
        desk.submit(path, {"reason": "中午回家了"})
        assert "中午回家了" in page(as_(scene.account).get("/hours/"))
        desk.post(path, {"reason": "再退一次"}, expect=422)

    def test_is_closed_to_residents_and_other_organizations(self, scene: Scene, as_: Any) -> None:
        public_id = long_day(scene)
        as_(scene.account).get("/hours/awaiting", expect=403)
        stranger = scene.cast.account("别的人")
        scene.cast.organization(stranger, name="别的队")
        other = as_(stranger)
        assert "没有要确认的" in page(other.get("/hours/awaiting"))
        other.get(f"/hours/awaiting/{public_id}/return", expect=404)
        other.post(f"/hours/awaiting/{public_id}/confirmation", expect=404)


class TestForgotten:
    def test_is_told_by_the_volunteer(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.forget(shift)
        mine = as_(scene.account)
        assert "忘了签退，说一下几点离开的" in page(mine.get("/hours/"))
        path = f"/hours/forgotten/{scene.volunteer.public_id}/{shift.public_id}"
        assert local(at("16:00")) in page(mine.get(path))
        refused = page(mine.post(path, {"ended_at": local(at("20:00")), "reason": "没电"}, expect=422))
        assert "离开时间不能更晚" in refused
        assert "没电" in refused
        mine.submit(path, {"ended_at": local(at("15:00")), "reason": "没电"})
        assert [(one.minutes, one.made_by) for one in scene.proposals()] == [(60, scene.account.id)]
        mine.get(path, expect=404)

    def test_is_told_by_an_organizer(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.forget(shift)
        path = f"/hours/awaiting/forgotten/{scene.volunteer.public_id}/{shift.public_id}"
        desk = as_(scene.owner)
        assert path in page(desk.get("/hours/awaiting"))
        desk.get(path)
        desk.submit(path, {"ended_at": local(at("15:00")), "reason": "看见他走的"})
        assert scene.proposals()[0].made_by == scene.owner.id

    def test_is_not_told_by_strangers(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.forget(shift)
        pair = f"{scene.volunteer.public_id}/{shift.public_id}"
        as_(scene.owner).get(f"/hours/forgotten/{pair}", expect=404)
        stranger = scene.cast.account("别的人")
        scene.cast.organization(stranger, name="别的队")
        as_(stranger).get(f"/hours/awaiting/forgotten/{pair}", expect=404)

    @pytest.mark.parametrize("typed", ["", "明天", "2026-13-45T99:99", "0001-01-01T00:00", "2026-11-22"])
    def test_refuses_what_is_no_time(self, scene: Scene, as_: Any, typed: str) -> None:
        shift = scene.shift()
        scene.forget(shift)
        path = f"/hours/forgotten/{scene.volunteer.public_id}/{shift.public_id}"
        as_(scene.account).post(path, {"ended_at": typed, "reason": "没电"}, expect=422)
        assert scene.proposals() == []


class TestTyped:
    def asked(self, scene: Scene, of: Any, **changes: str) -> dict[str, Any]:
        return {
            "volunteer_number": scene.volunteer.number.lower(),
            "shift": of.public_id,
            "started_at": local(of.starts_at),
            "ended_at": local(of.ends_at),
            "reason": "现场断网",
            "evidence": "签到表在居委会",
            "photo": (BytesIO(photo()), "sheet.jpg"),
            **changes,
        }

    def test_goes_from_one_person_to_another_to_the_public_notice(
        self, scene: Scene, as_: Any, browser: Browser
    ) -> None:
        shift = scene.shift()
        desk = as_(scene.owner)
        assert scene.activity.title in page(desk.get("/hours/new"))
        assert "已提出" in page(desk.submit("/hours/new", self.asked(scene, shift)))
        public_id = scene.proposals()[0].public_id
        done = as_(scene.second).submit("/hours/awaiting", {"proposal": [public_id]})
        assert "确认了 1 条，公示 7 天后生效" in page(done)
        notice = page(browser.get("/hours/notices"))
        assert "李**" in notice
        assert "李晓梅" not in notice

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"volunteer_number": "V4206022503000001"}, "18 位"),
            ({"volunteer_number": "<b>"}, "18 位"),
            ({"shift": "0" * 20}, "请从列表里选班次"),
            ({"shift": ""}, "请从列表里选班次"),
            ({"started_at": ""}, "请选日期和时间"),
            ({"evidence": ""}, "请填写凭据"),
            ({"ended_at": "2199-01-01T00:00"}, "以内"),
        ],
    )
    def test_refuses_with_what_was_typed_kept(self, scene: Scene, as_: Any, changes: dict, words: str) -> None:
        refused = page(as_(scene.owner).post("/hours/new", self.asked(scene, scene.shift(), **changes), expect=422))
        assert words in refused
        assert "现场断网" in refused
        assert scene.proposals() == []

    def test_offers_no_shift_of_another_organization(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        stranger = scene.cast.account("别的人")
        scene.cast.volunteer(stranger, "别人")
        other = scene.cast.organization(stranger, name="别的队")
        scene.shift(activity=scene.cast.activity(other, "别的活动"))
        text = page(as_(stranger).get("/hours/new", query_string={"shift": shift.public_id}))
        assert "别的活动" in text
        assert scene.activity.title not in text
        as_(stranger).post("/hours/new", self.asked(scene, shift), expect=422)

    def test_asks_a_maker_without_a_name_to_register(self, scene: Scene, as_: Any) -> None:
        scene.shift()
        nameless = scene.cast.account("没登记")
        scene.cast.grant(nameless, Role.ORGANIZER, organization=scene.organization)
        assert "您还不能补录时长" in page(as_(nameless).get("/hours/new"))


class TestReversal:
    def test_is_proposed_confirmed_and_told(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        path = f"/hours/{scene.entries()[0].public_id}"
        desk = as_(scene.owner)
        desk.get(f"{path}/reversal")
        assert "有人提出冲销" in page(desk.submit(f"{path}/reversal", {"reason": "不是本人"}))
        assert "已经有人提出冲销" in page(desk.post(f"{path}/reversal", {"reason": "再来"}, expect=422))
        checker = as_(scene.second)
        assert "冲销 2.00 小时" in page(checker.get("/hours/awaiting"))
        checker.post(f"/hours/awaiting/{scene.proposals()[0].public_id}/confirmation")
        shown = page(as_(scene.account).get(path))
        assert "已冲销" in shown
        assert "不是本人" in shown
        assert "重新补录" in page(desk.get(path))
        assert scene.minutes() == 0

    def test_is_closed_to_strangers_and_for_reversals(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        (entry,) = scene.entries()
        stranger = scene.cast.account("别的人")
        scene.cast.organization(stranger, name="别的队")
        as_(stranger).get(f"/hours/{entry.public_id}/reversal", expect=404)
        as_(scene.account).get(f"/hours/{entry.public_id}/reversal", expect=403)
        scene.confirm(scene.reversal(entry))
        reversal = scene.entries(EntryKind.REVERSAL)[0]
        as_(scene.owner).get(f"/hours/{reversal.public_id}/reversal", expect=404)


class TestShifts:
    def test_show_what_was_given_and_lead_to_each_record(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.serve(shift, at("14:00"), at("16:00"))
        desk = as_(scene.owner)
        assert "1 人" in page(desk.get("/hours/shifts"))
        text = page(desk.get(f"/hours/shifts/{shift.public_id}"))
        assert "生效 2.00 小时" in text
        assert f"/hours/{scene.entries()[0].public_id}" in text
        assert "还没有记录" in page(desk.get(f"/hours/shifts/{scene.shift(days_ago=3).public_id}"))

    def test_are_closed_to_other_organizations(self, scene: Scene, as_: Any) -> None:
        stranger = scene.cast.account("别的人")
        scene.cast.organization(stranger, name="别的队")
        assert "还没有办过活动" in page(as_(stranger).get("/hours/shifts"))
        as_(stranger).get(f"/hours/shifts/{scene.shift().public_id}", expect=404)


class TestPublicNotice:
    def test_is_empty_with_words(self, scene: Scene, browser: Browser) -> None:
        assert "现在没有公示" in page(browser.get("/hours/notices"))
        browser.get("/hours/notices?page=1000000000")

    def test_counts_objections_from_one_address(self, scene: Scene, browser: Browser) -> None:
        for day in range(2, 9):
            scene.confirm(scene.typed(scene.shift(days_ago=day)))
        paths = [f"/hours/notices/{one.public_id}/objection" for one in scene.proposals()]
        for path in paths[:5]:
            browser.post(path, {"objection": "不对"})
        refused = page(browser.post(paths[5], {"objection": "不对"}, expect=422))
        assert "分钟" in refused
        assert [one.state for one in scene.proposals()].count(ProposalState.ON_NOTICE) == 2

    def test_takes_no_objection_without_words(self, scene: Scene, browser: Browser) -> None:
        proposal = scene.confirm(scene.typed(scene.shift()))
        browser.post(f"/hours/notices/{proposal.public_id}/objection", {"objection": "  "}, expect=422)
        assert scene.proposals()[0].state is ProposalState.ON_NOTICE
