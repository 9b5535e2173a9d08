"""Corrections from the record itself: asked, put right, confirmed once, and exchanged in one moment."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from models.accounts import Account
from models.base import db
from models.hours import EntryQuestion, Proposal
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
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import Words


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
