"""Corrections on the pages: who may ask and put right, what they see, and a family that waits."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from models.accounts import Account
from models.base import db
from models.hours import EntryQuestion
from models.organizations import Organization
from tests.integration.hours.conftest import Scene, at, page, photo
from tests.integration.hours.test_correcting import an_hour, ask, correct, end_notices, typed, wanted
from volunteer.checkin.rules import Method
from volunteer.hours import (
    questions,
)
from volunteer.kernel.errors import Conflict, DomainError
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import Relation


class TestWho:
    def test_who_corrects_does_not_confirm(self, scene: Scene) -> None:
        proposal = correct(scene, ask(scene, an_hour(scene)))
        with pytest.raises(Conflict, match="您自己提出的"):
            scene.confirm(proposal, by=scene.owner)

    def test_a_suspended_organization_answers_and_corrects_nothing(self, scene: Scene) -> None:
        question = ask(scene, an_hour(scene))
        with scene.writing():
            kept = db.session.get_one(Organization, scene.organization.id)
            kept.status = OrganizationStatus.SUSPENDED
        with pytest.raises(DomainError, match="已暂停"):
            correct(scene, question)
        with scene.writing():
            asked = db.session.query(EntryQuestion).one()
            questions.answer_question(asked, answer="等恢复了再改", account_id=scene.owner.id)

    def test_two_at_once_make_one_correction(self, scene: Scene) -> None:
        question = ask(scene, an_hour(scene))

        def attempt(by: Account) -> str:
            try:
                return correct(scene, question, by).public_id
            except DomainError as refused:
                return str(refused)

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(attempt, [scene.owner, scene.second]))
        assert len(scene.proposals()) == 1
        assert sum("已经有人答复" in words for words in told) == 1


class TestPages:
    def test_from_the_record_to_its_effect_every_step_is_told(self, scene: Scene, as_: Any) -> None:
        record = an_hour(scene)
        mine, desk, checker = as_(scene.account), as_(scene.owner), as_(scene.second)
        times = {"wanted_from": typed(at("14:00")), "wanted_to": typed(at("16:00"))}
        assert "等组织答复" in page(mine.submit(f"/hours/{record}/question", {"text": "我 16:00 才走", **times}))

        waiting = page(desk.get("/hours/awaiting"))
        assert "照改或答复" in waiting
        path = "/hours/questions/" + waiting.split('href="/hours/questions/')[1].split('"')[0]
        form = page(desk.get(path))
        assert f'value="{times["wanted_to"]}"' in form
        assert "请填写" in page(desk.post(path, {**times, "act": "correct", "answer": ""}, expect=422))
        told = {**times, "act": "correct", "answer": "问了带队的人"}
        assert "要附一张照片" in page(desk.post(path, told, expect=422))
        desk.submit(path, {**told, "photo": (BytesIO(photo()), "sheet.jpg")})
        shown = page(mine.get(f"/hours/{record}"))
        for words in ("这条记录正在更正", "更正待第二个人确认", "问了带队的人", "看更正：2.00 小时"):
            assert words in shown

        waiting = page(checker.get("/hours/awaiting"))
        assert "更正：1.00 小时改成 2.00 小时" in waiting
        checker.post(f"/hours/awaiting/{scene.proposals()[0].public_id}/confirmation")
        assert "公示中，到这天为止" in page(mine.get(f"/hours/{record}"))
        end_notices(scene)
        shown = page(mine.get(f"/hours/{record}"))
        for words in ("这条记录已经更正", "更正已生效", "已冲销"):
            assert words in shown
        assert "原来的 1.00 小时已经冲销" in page(mine.get(f"/hours/{scene.entries()[-1].public_id}"))
        assert "历年共 2.00 小时" in page(mine.get("/hours/"))

    def test_no_change_is_an_answer_with_the_reason(self, scene: Scene, as_: Any) -> None:
        record = an_hour(scene)
        question = ask(scene, record, **wanted())
        as_(scene.owner).submit(f"/hours/questions/{question}", {"act": "answer", "answer": "签退码是 15:00 扫的"})
        assert scene.proposals() == []
        assert "签退码是 15:00 扫的" in page(as_(scene.account).get(f"/hours/{record}"))

    def test_times_left_as_they_are_ask_for_no_other_times(self, scene: Scene, as_: Any) -> None:
        scene.serve(scene.shift(), at("14:00:20"), at("15:00:40"))
        path = f"/hours/{scene.entries()[0].public_id}/question"
        same = {"wanted_from": typed(at("14:00")), "wanted_to": typed(at("15:00"))}
        mine = as_(scene.account)
        assert f'value="{same["wanted_to"]}"' in page(mine.get(path))
        mine.post(path, {"text": "怎么没算到 16:00", **same})
        with scene.cast.app.app_context():
            asked = db.session.query(EntryQuestion).one()
            assert (asked.wanted_from, asked.wanted_to) == (None, None)
        refused = page(
            as_(scene.owner).post(
                f"/hours/questions/{asked.public_id}", {"act": "correct", "answer": "照改", **same}, expect=422
            )
        )
        assert "和记录里的时间一样" in refused

    @pytest.mark.parametrize(
        ("times", "words"),
        [
            (("13:00", "15:00"), "14:00–16:00 以内"),
            (("", "15:00"), "到达时间也要填"),
            (("昨天", "今天"), "请选日期和时间"),
        ],
    )
    def test_times_that_cannot_be_are_refused_beside_their_field(
        self, scene: Scene, as_: Any, times: tuple[str, str], words: str
    ) -> None:
        path = f"/hours/{an_hour(scene)}/question"
        wanted_from, wanted_to = (typed(at(time)) if ":" in time else time for time in times)
        asked = {"text": "不对", "wanted_from": wanted_from, "wanted_to": wanted_to}
        refused = page(as_(scene.account).post(path, asked, expect=422))
        assert words in refused
        assert ">不对</textarea>" in refused.replace("\r\n", "")


class TestWaitingForTheFamily:
    def test_is_one_list_with_one_action_each(self, scene: Scene, as_: Any) -> None:
        child = scene.cast.volunteer(scene.account, "李小满", relation=Relation.CHILD)
        night = scene.shift("18:00", 60)
        scene.arrive(night, night.starts_at, volunteer=child)
        scene.leave(night, night.ends_at, Method.AUTO_CLOSE, volunteer=child)
        record = an_hour(scene)
        question = ask(scene, record)
        as_(scene.owner).post(f"/hours/questions/{question}", {"act": "answer", "answer": "是 15:00 扫的"})
        returned = scene.typed(scene.shift(days_ago=3))
        as_(scene.owner).post(f"/hours/awaiting/{returned.public_id}/return", {"reason": "那天没有来"})
        mine = as_(scene.account)
        text = page(mine.get("/hours/"))
        for words in ("等您处理", "3 件", "李小满忘了签退", "是 15:00 扫的", "那天没有来"):
            assert words in text

        mine.submit(f"/hours/{record}/seen")
        assert "1 件" in page(mine.submit(f"/hours/{returned.public_id}/seen"))
        as_(scene.owner).post(f"/hours/{record}/seen", expect=404)

    def test_says_why_a_told_end_was_not_believed_and_asks_again(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.forget(shift)
        mine = as_(scene.account)
        path = f"/hours/forgotten/{scene.volunteer.public_id}/{shift.public_id}"
        mine.submit(path, {"ended_at": typed(at("16:00")), "reason": "没电"})
        desk = as_(scene.owner)
        desk.post(f"/hours/awaiting/{scene.proposals()[0].public_id}/return", {"reason": "15:00 就没见人了"})
        text = page(mine.get("/hours/"))
        assert "1 件" in text
        assert "上次填的被退回了：15:00 就没见人了" in text
        assert "上次填的时间被退回了" in page(mine.get(path))

    def test_does_not_tell_of_what_gave_way_to_a_correction_twice(self, scene: Scene, as_: Any) -> None:
        first = scene.typed(scene.shift(), ended_at=at("15:00"))
        correct(scene, ask(scene, first.public_id, **wanted()))
        text = page(as_(scene.account).get("/hours/"))
        assert "组织要更正" in text
        assert "1 件" in text
