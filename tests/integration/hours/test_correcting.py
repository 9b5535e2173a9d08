"""Corrections from the record itself: asked, put right, confirmed once, and exchanged in one moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask

from models.accounts import Account
from models.base import db
from models.hours import EntryQuestion, Proposal
from models.organizations import Organization
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, photo
from volunteer.checkin.rules import Method
from volunteer.hours import (
    awaiting,
    checks,
    doubts,
    jobs,
    limit_queries,
    objections,
    operations,
    proposing,
    questions,
    records,
)
from volunteer.hours.rules import Cause, EntryKind, EntryState, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.text import Words
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import Relation


@pytest.fixture
def as_(app: Flask) -> Callable[[Account], Browser]:
    return lambda account: Browser(app).sign_in(account)


def page(response: Any) -> str:
    return str(response.get_data(as_text=True))


def typed(moment: datetime) -> str:
    return f"{clock.to_local(moment):%Y-%m-%dT%H:%M}"


def wanted(start: str = "14:00", end: str = "16:00") -> dict[str, datetime]:
    return {"wanted_from": at(start), "wanted_to": at(end)}


def an_hour(scene: Scene) -> str:
    """Serve 14:00–15:00 of a shift until 16:00; return the record's public id."""
    scene.serve(scene.shift(), at("14:00"), at("15:00"))
    return scene.entries()[0].public_id


def ask(scene: Scene, public_id: str, text: str = "我 16:00 才走", **times: Any) -> str:
    with scene.writing():
        record = records.record_by_public_id(public_id)
        asked = questions.ask_question(record, text=text, account_id=scene.account.id, **times)
        return asked.public_id


def correct(scene: Scene, question_id: str, by: Account | None = None, **times: Any) -> Proposal:
    with scene.writing():
        question = db.session.query(EntryQuestion).filter_by(public_id=question_id).one()
        account_id = (by or scene.owner).id
        told = {"photo": photo(), "answer": "问了带队的人，是这样", **(times or wanted())}
        return questions.correct(question, account_id=account_id, **told)


def end_notices(scene: Scene) -> None:
    with time_machine.travel(at("01:00", -8)), scene.cast.app.app_context():
        jobs.end_public_notices()


def states(scene: Scene) -> list[tuple[EntryState, int]]:
    with scene.cast.app.app_context():
        found = records.records_of(scene.volunteer.id, 2026)
        return sorted((record.state, record.minutes) for record in found)


def faults(scene: Scene) -> tuple[Any, ...]:
    with scene.cast.app.app_context():
        return checks.check_ledger().faults


class TestEffectiveRecord:
    def test_stands_until_its_correction_takes_effect_and_goes_in_that_moment(self, scene: Scene) -> None:
        proposal = correct(scene, ask(scene, an_hour(scene), **wanted()))
        assert (proposal.cause, proposal.minutes, scene.minutes()) == (Cause.CORRECTION, 120, 60)
        assert scene.confirm(proposal).state is ProposalState.ON_NOTICE
        assert scene.minutes() == 60

        end_notices(scene)
        assert scene.minutes() == 120
        assert states(scene) == [(EntryState.EFFECTIVE, 120), (EntryState.REVERSED, 60)]
        (reversal,) = scene.entries(EntryKind.REVERSAL)
        assert (reversal.made_by, reversal.checked_by) == (scene.owner.id, scene.second.id)
        assert faults(scene) == ()

    def test_may_become_shorter(self, scene: Scene) -> None:
        proposal = correct(scene, ask(scene, an_hour(scene)), **wanted("14:00", "14:20"))
        scene.confirm(proposal)
        end_notices(scene)
        assert scene.minutes() == 20

    def test_is_kept_when_the_correction_is_returned_and_may_be_asked_about_again(self, scene: Scene) -> None:
        record = an_hour(scene)
        proposal = correct(scene, ask(scene, record, **wanted()))
        with scene.writing():
            kept = db.session.get_one(Proposal, proposal.id)
            operations.return_proposal(kept, reason="表上是 15:00", account_id=scene.second.id)
        assert scene.minutes() == 60
        assert correct(scene, ask(scene, record), **wanted("14:00", "15:30")).minutes == 90

    def test_a_long_day_counts_without_what_goes(self, scene: Scene) -> None:
        scene.serve(scene.shift("07:00", 420), at("07:00"), at("14:00"))
        scene.serve(scene.shift("14:00", 300), at("14:00"), at("15:00"))
        proposal = correct(scene, ask(scene, scene.entries()[1].public_id), **wanted("14:00", "19:00"))
        scene.confirm(proposal)
        end_notices(scene)
        assert scene.minutes() == 720

    def test_does_not_grow_over_another_record(self, scene: Scene) -> None:
        record = an_hour(scene)
        scene.serve(scene.shift("15:30", 60), at("15:30"), at("16:30"))
        question = ask(scene, record)
        with pytest.raises(Invalid, match="同一段时间只能记一次"):
            correct(scene, question)
        assert scene.proposals() == []

    def test_is_not_taken_back_beside_its_correction_and_not_corrected_twice(self, scene: Scene) -> None:
        record = an_hour(scene)
        correct(scene, ask(scene, record))
        with pytest.raises(Conflict, match="正在更正"):
            scene.reversal(scene.entries()[0])
        with pytest.raises(Conflict, match="正在更正"):
            correct(scene, ask(scene, record), **wanted("14:00", "15:30"))

    def test_is_not_corrected_while_somebody_proposes_to_take_it_back(self, scene: Scene) -> None:
        record = an_hour(scene)
        scene.reversal(scene.entries()[0])
        question = ask(scene, record)
        with pytest.raises(Conflict, match="已经有人提出冲销"):
            correct(scene, question)

    def test_that_was_taken_back_gets_new_minutes_alone(self, scene: Scene) -> None:
        record = an_hour(scene)
        scene.confirm(scene.reversal(scene.entries()[0]))
        proposal = correct(scene, ask(scene, record))
        assert proposal.replaces_id is None
        scene.confirm(proposal)
        end_notices(scene)
        assert scene.minutes() == 120
        assert faults(scene) == ()

    def test_that_was_taken_back_comes_back_with_a_photo_and_within_the_limits_only(self, scene: Scene) -> None:
        record = an_hour(scene)
        scene.confirm(scene.reversal(scene.entries()[0]))
        question = ask(scene, record, **wanted("14:00", "14:59"))
        with pytest.raises(Invalid, match="照片"):
            correct(scene, question, photo=None, answer="核对过", **wanted("14:00", "14:59"))
        correct(scene, question, **wanted("14:00", "14:59"))
        with scene.cast.app.app_context():
            typed_in = limit_queries.typed_by(scene.owner.id, scene.organization.id, clock.now())
            assert (typed_in.maker, limit_queries.typed_for(scene.volunteer.id, clock.now())) == (59, 59)

    def test_changed_meanwhile_gets_a_correction_that_says_so(self, scene: Scene) -> None:
        proposal = scene.confirm(correct(scene, ask(scene, an_hour(scene))))
        with scene.writing():
            entry = db.session.get_one(type(scene.entries()[0]), scene.entries()[0].id)
            operations.reverse_entry(entry, reason="不是本人", made_by=None, checked_by=None)
        end_notices(scene)
        kept = scene.proposals()[-1]
        assert (kept.id, kept.state) == (proposal.id, ProposalState.RETURNED)
        assert "已经冲销" in kept.answer
        assert scene.minutes() == 0

    def test_counting_beside_its_correction_is_a_fault_that_the_check_finds(self, scene: Scene) -> None:
        proposal = correct(scene, ask(scene, an_hour(scene)))
        with scene.writing():
            db.session.get_one(Proposal, proposal.id).state = ProposalState.EFFECTIVE
        assert checks.LedgerFault.REPLACED_COUNTS in {one.fault for one in faults(scene)}

    def test_it_gives_a_shift_that_was_recorded_in_time_no_new_deadline(self, scene: Scene) -> None:
        public_id = an_hour(scene)
        made = correct(scene, ask(scene, public_id, **wanted()))
        with scene.cast.app.app_context():
            assert awaiting.shifts_due([made.organization_id], []) == []
            typed_in = db.session.get_one(Proposal, made.id)
            typed_in.replaces_id = None
            db.session.flush()
            assert len(awaiting.shifts_due([made.organization_id], [])) == 1
            db.session.rollback()


class TestRecordThatWaits:
    def test_gives_way_to_its_correction(self, scene: Scene) -> None:
        first = scene.typed(scene.shift(), ended_at=at("15:00"))
        proposal = correct(scene, ask(scene, first.public_id, **wanted()))
        assert [one.state for one in scene.proposals()] == [ProposalState.RETURNED, ProposalState.AWAITING]
        assert proposal.replaces_id is None
        scene.confirm(proposal)
        end_notices(scene)
        assert states(scene) == [(EntryState.EFFECTIVE, 120), (EntryState.RETURNED, 60)]

    def test_on_public_notice_gives_way_too(self, scene: Scene) -> None:
        first = scene.confirm(scene.typed(scene.shift(), ended_at=at("15:00")))
        correct(scene, ask(scene, first.public_id, **wanted()))
        assert [one.state for one in scene.proposals()] == [ProposalState.RETURNED, ProposalState.AWAITING]

    def test_and_took_effect_meanwhile_is_replaced_as_an_entry(self, scene: Scene) -> None:
        first = scene.confirm(scene.typed(scene.shift(), ended_at=at("15:00")))
        question = ask(scene, first.public_id, **wanted())
        end_notices(scene)
        proposal = correct(scene, question)
        assert proposal.replaces_id == scene.entries()[0].id
        scene.confirm(proposal)
        end_notices(scene)
        assert scene.minutes() == 120
        assert faults(scene) == ()

    def test_after_a_forgotten_check_out_settles_it_so_that_nobody_is_asked_again(self, scene: Scene) -> None:
        shift = scene.shift()
        scene.forget(shift)
        with scene.writing():
            found = awaiting.forgotten_at(scene.volunteer.public_id, shift.public_id)
            proposing.propose_end(found, ended_at=at("15:00"), reason="没电", account_id=scene.account.id)
        correct(scene, ask(scene, scene.proposals()[0].public_id))
        with scene.cast.app.app_context():
            assert awaiting.forgotten_of_volunteers([scene.volunteer.id]) == []

    def test_that_was_held_for_a_doubt_keeps_its_words_however_long_the_question(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doubts, "doubts", [lambda **_: Words("两处相隔太远")])
        scene.serve(scene.shift(), at("14:00"), at("15:00"))
        (held,) = scene.proposals()
        proposal = correct(scene, ask(scene, held.public_id, text="我" * 300))
        assert proposal.reason == "我" * 293 + "；两处相隔太远"

    def test_that_counts_is_corrected_without_a_doubt(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        record = an_hour(scene)
        monkeypatch.setattr(doubts, "doubts", [lambda **_: Words("两处相隔太远")])
        assert correct(scene, ask(scene, record)).reason == "我 16:00 才走"

    def test_written_by_hand_keeps_the_hand_away_from_its_correction(self, scene: Scene) -> None:
        hand = {"recorded_by": scene.second.id, "reason": "没电"}
        scene.serve(scene.shift(), at("14:00"), at("15:00"), method_out=Method.BY_HAND, **hand)
        proposal = correct(scene, ask(scene, scene.proposals()[0].public_id))
        with pytest.raises(Conflict, match="是您经手的"):
            scene.confirm(proposal)
        assert scene.confirm(proposal, by=scene.third()).state is ProposalState.ON_NOTICE


def test_an_objection_is_not_settled_by_a_correction(scene: Scene) -> None:
    proposal = scene.confirm(scene.typed(scene.shift()))
    with scene.writing():
        objections.object_to(db.session.get_one(Proposal, proposal.id), text="没有办活动", account_id=None)
    question = ask(scene, proposal.public_id, **wanted("14:00", "15:59"))
    with pytest.raises(Conflict, match="异议还没有答复"):
        correct(scene, question, **wanted("14:00", "15:59"))
    (kept,) = scene.proposals()
    assert kept.state is ProposalState.AWAITING


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
