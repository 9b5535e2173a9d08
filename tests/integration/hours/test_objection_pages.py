"""Objecting on the pages: what is shown to whom, what is refused in words, and a second objection."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from models.hours import Objection
from models.notices import Notice
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, page
from tests.integration.hours.test_objecting import SAID, dismiss, office_of, on_notice, raise_objection, state, uphold
from volunteer.hours import jobs, story
from volunteer.hours.records import record_by_public_id
from volunteer.hours.rules import ProposalState
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Role


def told(scene: Scene, account: Account) -> list[str]:
    with scene.cast.app.app_context():
        return [row.text % row.params if not row.params.get("day") else row.text for row in _notices(account)]


def _notices(account: Account) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.account_id == account.id).order_by(Notice.id)))


class TestPages:
    def test_a_visitor_objects_keeps_the_address_and_reads_the_answer(
        self, scene: Scene, browser: Browser, as_: Any
    ) -> None:
        proposal, third = on_notice(scene), scene.third()
        asked = browser.post(f"/hours/notices/{proposal.public_id}/objection", {"objection": SAID})
        address = asked.location
        assert address.startswith("/hours/objections/")
        kept = page(browser.get(address))
        assert "收藏这个页面" in kept
        assert "11 月 27 日" in kept
        assert "李晓梅" not in kept
        listed = page(browser.get("/hours/notices"))
        assert "有人提出异议，先不生效" in listed
        assert SAID in listed

        desk = as_(third)
        assert SAID in page(desk.get("/hours/awaiting"))
        done = desk.submit(f"{address}/answer", {"answer": "照片里有他", "act": "dismiss"})
        assert "重新公示" in page(done)
        for where in (address, "/hours/notices"):
            text = page(browser.get(where))
            assert SAID in text
            assert "照片里有他" in text

    def test_one_who_is_signed_in_finds_theirs_and_stays_unnamed(self, scene: Scene, as_: Any) -> None:
        proposal, third = on_notice(scene), scene.third()
        neighbour = scene.cast.account("邻居赵")
        scene.cast.volunteer(neighbour, "赵大妈")
        browser = as_(neighbour)
        browser.submit(f"/hours/notices/{proposal.public_id}/objection", {"objection": SAID})
        assert SAID in page(browser.get("/hours/objections"))
        with scene.cast.app.app_context():
            objection = db.session.scalars(select(Objection)).one().public_id
        for who in (third, scene.owner, scene.account):
            reader = as_(who)
            paths = ["/hours/notices", f"/hours/objections/{objection}", f"/hours/{proposal.public_id}", "/notices/"]
            if who is not scene.account:
                paths += ["/hours/awaiting", f"/hours/objections/{objection}/answer"]
            for path in paths:
                text = page(reader.get(path))
                assert "邻居赵" not in text
                assert "赵大妈" not in text
        uphold(scene, objection, third)
        assert "异议有了答复" in page(as_(neighbour).get("/notices/"))

    def test_everybody_concerned_is_told(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        before = {who.id: len(told(scene, who)) for who in (scene.account, scene.owner, third)}
        objection = raise_objection(scene, proposal)
        uphold(scene, objection, third)
        for who, expected in ((scene.account, 2), (scene.owner, 2), (third, 1)):
            assert len(told(scene, who)) - before[who.id] == expected

    def test_the_record_tells_who_did_what_when(self, scene: Scene, as_: Any) -> None:
        proposal, third = on_notice(scene), scene.third()
        objection = raise_objection(scene, proposal)
        dismiss(scene, objection, third)
        with time_machine.travel(at("12:00", -20)), scene.cast.app.app_context():
            jobs.end_public_notices()
        with scene.cast.app.app_context():
            happened = story.story_of(record_by_public_id(proposal.public_id))
            assert [str(one.what) for one in happened] == [
                "提出记入 2.00 小时",
                "确认，开始公示",
                "公示期里提出异议，先不生效",
                "答复：异议不成立，重新公示",
                "公示期满，生效",
            ]
            assert [str(one.who) for one in happened][1].endswith("第二个人")
        text = page(as_(scene.account).get(f"/hours/{proposal.public_id}"))
        assert "办理经过" in text
        for name in ("王主任", "陈姐", "刘会计"):
            assert name not in text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [("  ", "请填写"), ("长" * 301, "最多 300 个字"), ("a\x00b", "控制字符")],
    )
    def test_refuse_what_is_no_objection(self, scene: Scene, browser: Browser, typed: str, words: str) -> None:
        proposal = on_notice(scene)
        path = f"/hours/notices/{proposal.public_id}/objection"
        assert words in page(browser.post(path, {"objection": typed}, expect=422))
        assert state(scene) == (ProposalState.ON_NOTICE, True)

    def test_show_markup_and_turned_text_as_text(self, scene: Scene, browser: Browser) -> None:
        proposal = on_notice(scene)
        typed = {"objection": "<b>没来</b>\u202e了没<img src=x onerror=1>"}
        asked = browser.post(f"/hours/notices/{proposal.public_id}/objection", typed)
        text = page(browser.get(asked.location))
        assert "&lt;b&gt;没来&lt;/b&gt;了没" in text
        assert "\u202e" not in text

    def test_are_made_once_by_one_account_and_not_in_the_same_words(self, scene: Scene, as_: Any) -> None:
        proposal = on_notice(scene)
        path = f"/hours/notices/{proposal.public_id}/objection"
        reader = as_(scene.cast.account("邻居赵"))
        reader.post(path, {"objection": SAID})
        again = page(reader.post(path, {"objection": "还有话说"}, expect=422))
        assert "已经对这条时长提过异议" in again
        assert "还有话说" in again
        assert "同样的话" in page(as_(scene.cast.account("邻居钱")).post(path, {"objection": SAID}, expect=422))

    def test_come_too_late_for_a_finished_notice(self, scene: Scene, browser: Browser, as_: Any) -> None:
        proposal, third = on_notice(scene), scene.third()
        uphold(scene, raise_objection(scene, proposal), third)
        path = f"/hours/notices/{proposal.public_id}/objection"
        browser.get(path, expect=404)
        browser.post(path, {"objection": SAID}, expect=404)
        browser.get(f"/hours/objections/{'a' * 20}", expect=404)

    def test_are_answered_once(self, scene: Scene, as_: Any) -> None:
        proposal, third = on_notice(scene), scene.third()
        objection = raise_objection(scene, proposal)
        desk, path = as_(third), f"/hours/objections/{objection}/answer"
        assert "请填写" in page(desk.post(path, {"answer": " ", "act": "dismiss"}, expect=422))
        desk.post(path, {"answer": "都没有错", "act": "explode"}, expect=422)
        assert state(scene) == (ProposalState.AWAITING, False)
        desk.submit(path, {"answer": "照片里有他", "act": "dismiss"})
        assert "已经答复" in page(desk.post(path, {"answer": "改口", "act": "uphold"}, expect=422))
        assert state(scene) == (ProposalState.ON_NOTICE, True)

    def test_the_office_answers_from_its_list(self, scene: Scene, as_: Any) -> None:
        objection = raise_objection(scene, on_notice(scene))
        office = as_(office_of(scene))
        assert SAID in page(office.get("/hours/objections/unanswered"))
        path = f"/hours/objections/{objection}/office-answer"
        assert "异议成立" in page(office.submit(path, {"answer": "问了居委会，没有办", "act": "uphold"}))
        assert state(scene) == (ProposalState.RETURNED, False)
        with scene.cast.app.app_context():
            acts = [row.action for row in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
            assert acts[-2:] == ["hours.object", "hours.answer_objection"]
            assert all(SAID not in str(row.details) for row in db.session.scalars(select(AuditEvent)))

    def test_an_empty_text_is_refused_below_the_forms_too(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        with pytest.raises(Invalid):
            raise_objection(scene, proposal, "  ")
        objection = raise_objection(scene, proposal)
        with pytest.raises(Invalid):
            uphold(scene, objection, third, answer=" ")


class TestAgain:
    def test_who_was_answered_does_not_ask_the_same_again_nor_anybody_in_the_same_words(self, scene: Scene) -> None:
        proposal, third, neighbour = on_notice(scene), scene.third(), scene.cast.account("邻居赵")
        dismiss(scene, raise_objection(scene, proposal, by=neighbour), third)
        with pytest.raises(Conflict, match="一条时长每人提一次"):
            raise_objection(scene, proposal, "还有话说", by=neighbour)
        with pytest.raises(Conflict, match="同样的话"):
            raise_objection(scene, proposal)

    def test_after_three_that_were_dismissed_only_who_signs_in_may(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        for text in ("没有来", "来得晚", "走得早"):
            dismiss(scene, raise_objection(scene, proposal, text), third)
        with pytest.raises(Conflict, match="3 次异议不成立"):
            raise_objection(scene, proposal, "没有办")
        raise_objection(scene, proposal, "没有办", by=scene.cast.account("邻居赵"))
        assert state(scene) == (ProposalState.AWAITING, False)

    def test_one_address_objects_once_a_day_to_the_same_minutes(self, scene: Scene, browser: Browser, as_: Any) -> None:
        path = f"/hours/notices/{on_notice(scene).public_id}/objection"
        browser.post(path, {"objection": SAID})
        assert "请先登录再提" in page(browser.post(path, {"objection": "还有话说"}, expect=422))
        as_(scene.cast.account("邻居赵")).post(path, {"objection": "还有话说"})

    def test_the_trail_does_not_tell_who_objected(self, scene: Scene) -> None:
        raise_objection(scene, on_notice(scene), by=scene.cast.account("邻居赵"))
        with scene.cast.app.app_context():
            query = select(AuditEvent.account_id).where(AuditEvent.action == "hours.object")
            assert db.session.scalars(query).all() == [None]

    def test_nobody_of_the_organization_answers_for_the_office(self, scene: Scene) -> None:
        both = scene.cast.office(Role.OFFICE_STAFF, "420602", "区里")
        scene.cast.volunteer(both, "孙科")
        objection = raise_objection(scene, on_notice(scene))
        scene.cast.grant(both, Role.CHECKER, organization=scene.organization)
        with pytest.raises(Conflict, match="您也是这个组织的人"):
            dismiss(scene, objection, both, for_office=True)
