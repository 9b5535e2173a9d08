"""Taking an entry back: proposed by one, confirmed by another, or by the office."""

import pytest
import time_machine
from flask import Flask

from models.accounts import Account
from models.hours import Proposal
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at
from volunteer.hours import operations, queries
from volunteer.hours.rules import EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Role


class TestReversal:
    def test_takes_the_minutes_back_and_frees_the_time(self, scene: Scene) -> None:
        shift = scene.shift()
        scene.serve(shift, at("14:00"), at("16:00"))
        (entry,) = scene.entries()
        proposal = scene.confirm(scene.reversal(entry))

        (reversal,) = scene.entries(EntryKind.REVERSAL)
        assert proposal.state is ProposalState.EFFECTIVE
        assert (reversal.minutes, reversal.reverses_id, reversal.reason) == (-120, entry.id, "签到的不是本人")
        assert (reversal.made_by, reversal.checked_by) == (scene.owner.id, scene.second.id)
        assert scene.minutes() == 0
        assert scene.typed(shift).state is ProposalState.AWAITING

    def test_needs_a_second_person(self, scene: Scene) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        proposal = scene.reversal(scene.entries()[0])
        with pytest.raises(Conflict, match="您自己提出的"):
            scene.confirm(proposal, by=scene.owner)
        assert scene.minutes() == 120

    def test_is_refused_while_another_waits_and_for_ever_after(self, scene: Scene) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        (entry,) = scene.entries()
        proposal = scene.reversal(entry)
        with pytest.raises(Conflict, match="已经有人提出冲销"):
            scene.reversal(entry, by=scene.second)
        scene.confirm(proposal)
        with pytest.raises(Conflict, match="已经冲销了"):
            scene.reversal(entry)
        with pytest.raises(Conflict, match="不能再冲销"):
            scene.reversal(scene.entries(EntryKind.REVERSAL)[0])

    def test_returned_can_be_proposed_again(self, scene: Scene) -> None:
        scene.serve(scene.shift(), at("14:00"), at("16:00"))
        (entry,) = scene.entries()
        proposal = scene.reversal(entry)
        with scene.writing():
            kept = queries.proposal_by_public_id(proposal.public_id)
            operations.return_proposal(kept, reason="查过了，是本人", account_id=scene.second.id)
        assert scene.confirm(scene.reversal(entry)).state is ProposalState.EFFECTIVE

    def test_is_turned_down_neither_by_who_gave_the_minutes_nor_by_their_volunteer(self, scene: Scene) -> None:
        typed = scene.confirm(scene.typed(scene.shift()))
        with time_machine.travel(at("12:00", -8)), scene.writing():
            operations.finish_notice(typed.id, clock.today())
        third, fourth, nameless = scene.third(), scene.cast.account("孙站长"), scene.cast.account("没登记的人")
        scene.cast.volunteer(fourth, "孙强")
        proposal = scene.reversal(scene.entries()[0], by=third)
        for who, words in (
            (scene.owner, "您提出或确认的"),
            (scene.second, "您提出或确认的"),
            (scene.account, "自己或家人"),
            (nameless, "先用自己的证件登记"),
        ):
            with scene.writing(), pytest.raises(Conflict, match=words):
                self.turn_down(proposal, who)
        with scene.writing():
            assert self.turn_down(proposal, fourth).state is ProposalState.RETURNED
        with scene.writing():
            again = queries.proposal_by_public_id(scene.reversal(scene.entries()[0], by=third).public_id)
            assert self.turn_down(again, third).state is ProposalState.RETURNED

    @staticmethod
    def turn_down(proposal: Proposal, by: Account) -> Proposal:
        kept = queries.proposal_by_public_id(proposal.public_id)
        return operations.return_proposal(kept, reason="他说来过", account_id=by.id)


class TestReversalByTheOffice:
    """Where seller and accomplice are the whole organization, somebody outside takes the hours back."""

    def test_is_proposed_and_confirmed_by_two_of_the_office_from_the_record(self, scene: Scene, app: Flask) -> None:
        public_id = self.counted(scene)
        first, second = self.official(scene, "孙科"), self.official(scene, "吴科")
        desk, other = Browser(app).sign_in(first), Browser(app).sign_in(second)
        assert "冲销这条记录" in desk.get(f"/hours/{public_id}").get_data(as_text=True)
        desk.submit(f"/hours/{public_id}/office-reversal", {"reason": "没有办过这次活动"})
        (_, reversal) = scene.proposals()
        assert "确认冲销" in other.get(f"/hours/{public_id}").get_data(as_text=True)
        with scene.writing(), pytest.raises(Conflict, match="您自己提出的"):
            operations.confirm(queries.proposal_by_public_id(reversal.public_id), account_id=first.id)
        other.post(f"/hours/reversals/{reversal.public_id}/confirmation")
        assert scene.minutes() == 0

    def test_is_not_turned_down_by_the_organization(self, scene: Scene) -> None:
        self.counted(scene)
        reversal = scene.reversal(scene.entries()[0], by=self.official(scene, "孙科"))
        with scene.writing(), pytest.raises(Conflict, match="主管单位提出的"):
            TestReversal.turn_down(reversal, scene.third())
        with scene.writing():
            assert TestReversal.turn_down(reversal, self.official(scene, "吴科")).state is ProposalState.RETURNED

    def test_is_nothing_for_the_office_of_elsewhere(self, scene: Scene, app: Flask) -> None:
        public_id = self.counted(scene)
        elsewhere = scene.cast.office(Role.OFFICE_STAFF, "420606", "樊城")
        Browser(app).sign_in(elsewhere).get(f"/hours/{public_id}/office-reversal", expect=404)

    @staticmethod
    def counted(scene: Scene) -> str:
        typed = scene.confirm(scene.typed(scene.shift()))
        with time_machine.travel(at("12:00", -8)), scene.writing():
            operations.finish_notice(typed.id, clock.today())
        return scene.entries()[0].public_id

    @staticmethod
    def official(scene: Scene, name: str) -> Account:
        account = scene.cast.office(Role.OFFICE_STAFF, "420602", name)
        scene.cast.volunteer(account, name)
        return account
