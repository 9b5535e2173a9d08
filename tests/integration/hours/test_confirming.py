"""The second person: who may say yes, and what it does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from models.accounts import Account
from models.base import db
from models.hours import Proposal
from models.volunteers import Volunteer
from tests.integration.hours.conftest import Scene, at
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Method
from volunteer.hours import awaiting, jobs, operations, proposing, queries
from volunteer.hours.minutes import Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.permissions import Role
from volunteer.volunteers.rules import Relation, VolunteerStatus


def long_day(scene: Scene) -> Proposal:
    scene.serve(scene.shift("07:00", 540), at("07:00"), at("16:00"))
    return scene.proposals()[0]


def end_notices(days: int = 7) -> None:
    today = clock.today() + timedelta(days=days)
    for proposal_id in queries.notices_over(today):
        operations.finish_notice(proposal_id, today)


def test_a_second_person_lets_a_long_day_take_effect(scene: Scene) -> None:
    proposal = scene.confirm(long_day(scene))

    (entry,) = scene.entries()
    assert (proposal.state, proposal.entry_id) == (ProposalState.EFFECTIVE, entry.id)
    assert (entry.minutes, entry.source, entry.checked_by) == (540, Source.SCAN, scene.second.id)
    assert scene.minutes() == 540


def test_nobody_confirms_what_they_made(scene: Scene) -> None:
    proposal = scene.typed(scene.shift())
    with pytest.raises(Conflict, match="您自己提出的"):
        scene.confirm(proposal, by=scene.owner)
    assert scene.proposals()[0].state is ProposalState.AWAITING


def test_another_account_of_the_same_person_has_no_name_and_cannot_confirm(scene: Scene) -> None:
    proposal = scene.typed(scene.shift())
    other = scene.cast.account("王主任的另一个号")
    scene.cast.grant(other, Role.CHECKER, organization=scene.organization)
    with pytest.raises(Conflict, match="先用自己的证件登记"):
        scene.confirm(proposal, by=other)


def test_nobody_confirms_their_own_hours(scene: Scene) -> None:
    scene.cast.grant(scene.account, Role.CHECKER, organization=scene.organization)
    with pytest.raises(Conflict, match="自己的时长要由别人确认"):
        scene.confirm(long_day(scene), by=scene.account)


def test_nobody_confirms_for_a_child_of_their_account(scene: Scene) -> None:
    child = scene.cast.volunteer(scene.second, "陈小宝", relation=Relation.CHILD)
    scene.serve(scene.shift("07:00", 540), at("07:00"), at("16:00"), volunteer=child)
    with pytest.raises(Conflict, match="替家人管的"):
        scene.confirm(scene.proposals()[0], by=scene.second)


def test_what_an_unregistered_person_recorded_by_hand_waits_until_they_register(scene: Scene) -> None:
    nameless = scene.cast.account("没登记的小张")
    scene.serve(scene.shift(), at("14:00"), at("16:00"), recorded_by=nameless.id, method_out="by_hand", reason="没电")
    (proposal,) = scene.proposals()
    with pytest.raises(Conflict, match="提出人没有实名登记"):
        scene.confirm(proposal)
    scene.cast.volunteer(nameless, "张强")
    assert scene.confirm(proposal).state is ProposalState.EFFECTIVE


@pytest.mark.parametrize("method_out", ["by_hand", "auto_close"])
def test_an_unregistered_account_does_not_write_down_for_its_own_family(scene: Scene, method_out: str) -> None:
    nameless = scene.cast.account("没登记的家长")
    child = scene.cast.volunteer(nameless, "小小", relation=Relation.CHILD)
    shift = scene.shift()
    if method_out == "auto_close":
        scene.volunteer = child
        scene.forget(shift, method=Method.BY_HAND, recorded_by=scene.owner.id, reason="没电")
        TestForgotten().propose(scene, nameless)
    else:
        written = {"recorded_by": nameless.id, "reason": "没电"}
        scene.serve(shift, at("14:00"), at("16:00"), method_out=method_out, volunteer=child, **written)
    with pytest.raises(Conflict, match="提出人没有实名登记"):
        scene.confirm(scene.proposals()[0])


def test_who_wrote_the_arrival_does_not_confirm_what_another_ended(scene: Scene) -> None:
    shift = scene.shift()
    scene.arrive(shift, at("14:00"), Method.BY_HAND, recorded_by=scene.second.id, reason="没电")
    left = scene.leave(shift, at("16:00"), Method.BY_HAND, recorded_by=scene.owner.id, reason="没电")
    with scene.writing():
        operations.settle_presence(
            scene.volunteer.id, shift.id, at("14:00"), at("16:00"), Method.BY_HAND, Method.BY_HAND, left.id
        )
    (proposal,) = scene.proposals()
    with pytest.raises(Conflict, match="是您经手的"):
        scene.confirm(proposal)
    assert scene.confirm(proposal, by=scene.third()).state is ProposalState.ON_NOTICE


def test_who_extended_the_shift_does_not_confirm_the_long_day(scene: Scene) -> None:
    shift = scene.shift("07:00", 120)
    scene.extend(shift, at("16:00"), by=scene.second)
    scene.serve(shift, at("07:00"), at("16:00"))
    (proposal,) = scene.proposals()
    with pytest.raises(Conflict, match="延长是您经手的"):
        scene.confirm(proposal)
    assert scene.confirm(proposal, by=scene.owner).state is ProposalState.EFFECTIVE


@pytest.mark.parametrize("method", [Method.ORGANIZER_SCAN, Method.OFFLINE])
def test_who_scanned_an_end_does_not_confirm_it(scene: Scene, method: Method) -> None:
    shift = scene.shift("07:00", 540)
    scene.arrive(shift, at("07:00"), method, recorded_by=scene.second.id)
    left = scene.leave(shift, at("16:00"), Method.VENUE_CODE)
    with scene.writing():
        operations.settle_presence(
            scene.volunteer.id, shift.id, at("07:00"), at("16:00"), method, Method.VENUE_CODE, left.id
        )
    (proposal,) = scene.proposals()
    with pytest.raises(Conflict, match="是您经手的"):
        scene.confirm(proposal)
    assert scene.entries() == []
    assert scene.confirm(proposal, by=scene.owner).state is ProposalState.EFFECTIVE


def test_who_scanned_without_a_name_on_record_registers_before_anybody_confirms(scene: Scene) -> None:
    nameless = scene.cast.account("没登记的小张")
    shift = scene.shift("07:00", 540)
    scene.serve(shift, at("07:00"), at("16:00"), method_out=Method.ORGANIZER_SCAN, recorded_by=nameless.id)
    (proposal,) = scene.proposals()
    with pytest.raises(Conflict, match="扫码或登记的人没有实名登记"):
        scene.confirm(proposal)
    scene.cast.volunteer(nameless, "张强")
    assert scene.confirm(proposal).state is ProposalState.EFFECTIVE


def test_two_who_confirm_at_once_make_one_entry(scene: Scene) -> None:
    proposal = long_day(scene)
    third = scene.cast.account("刘会计")
    scene.cast.volunteer(third, "刘敏")

    def confirm(by: Account) -> str:
        try:
            return scene.confirm(proposal, by=by).state.value
        except DomainError as error:
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(confirm, [scene.second, third, scene.second, scene.owner]))

    assert sorted(answers) == ["Conflict", "Conflict", "Conflict", "effective"]
    assert len(scene.entries()) == 1


def test_a_day_that_filled_up_meanwhile_is_not_confirmed_over_the_limit(scene: Scene) -> None:
    first = scene.typed(scene.shift("06:00", 420))
    second = scene.typed(scene.shift("14:00", 420))
    assert scene.confirm(first).state is ProposalState.ON_NOTICE
    assert scene.confirm(second).state is ProposalState.ON_NOTICE
    with scene.writing():
        end_notices()

    kept = scene.proposals()
    assert [one.state for one in kept] == [ProposalState.EFFECTIVE, ProposalState.RETURNED]
    assert kept[1].answer == "当天共 14.00 小时，一天最多记 12 小时"
    assert scene.minutes() == 420


def test_a_returned_proposal_keeps_the_reason_and_is_final(scene: Scene) -> None:
    proposal = long_day(scene)
    with scene.writing():
        kept = queries.proposal_by_public_id(proposal.public_id)
        operations.return_proposal(kept, reason="签到表上没有", account_id=scene.second.id)
    with pytest.raises(Conflict, match="已经退回"):
        scene.confirm(proposal)
    assert scene.proposals()[0].answer == "签到表上没有"


def test_a_batch_confirms_what_it_can_and_says_why_not(scene: Scene) -> None:
    scene.typed(scene.shift())
    scene.typed(scene.shift(days_ago=3), by=scene.second)
    with scene.writing():
        proposals = [queries.proposal_by_public_id(one.public_id) for one in scene.proposals()]
        confirmed, refused = operations.confirm_each(proposals, account_id=scene.second.id)
        assert [one.made_by for one in confirmed] == [scene.owner.id]
        assert [str(one) for one in refused] == ["李晓梅：这条是您自己提出的，请换一个人确认"]


class TestTyped:
    def test_is_confirmed_then_shown_to_the_public_then_takes_effect(self, scene: Scene) -> None:
        proposal = scene.confirm(scene.typed(scene.shift()))

        assert proposal.state is ProposalState.ON_NOTICE
        assert proposal.notice_until_on == clock.today() + timedelta(days=6)
        assert scene.minutes() == 0
        with scene.writing():
            end_notices(days=6)
        assert scene.minutes() == 0
        with scene.writing():
            end_notices(days=7)
        (entry,) = scene.entries()
        assert (entry.minutes, entry.source, entry.made_by, entry.checked_by) == (
            120,
            Source.MANUAL,
            scene.owner.id,
            scene.second.id,
        )

    def test_the_job_of_the_day_finishes_nothing_that_still_runs(self, scene: Scene) -> None:
        scene.confirm(scene.typed(scene.shift()))
        with scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.proposals()[0].state is ProposalState.ON_NOTICE

    def test_the_job_finishes_what_ended_yesterday(self, scene: Scene) -> None:
        scene.confirm(scene.typed(scene.shift()))
        with time_machine.travel(clock.now() + timedelta(days=7)), scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.proposals()[0].state is ProposalState.EFFECTIVE

    @pytest.mark.parametrize(
        ("field", "value", "blamed", "words"),
        [
            ("volunteer_number", "V1", "volunteer_number", "18 位"),
            ("volunteer_number", "V420602250300000", "volunteer_number", "18 位"),
            ("reason", "  ", "reason", "请写明原因"),
            ("evidence", "", "evidence", "请写明凭据"),
            ("ended_at", "13:00", "ended_at", "离开时间要晚于到达时间"),
            ("ended_at", "23:00", "ended_at", "14:00–16:00 以内"),
            ("started_at", "12:00", "started_at", "14:00–16:00 以内"),
        ],
    )
    def test_says_what_is_wrong(self, scene: Scene, field: str, value: str, blamed: str, words: str) -> None:
        with pytest.raises(Invalid, match=words) as refused:
            scene.typed(scene.shift(), **{field: at(value) if field.endswith("_at") else value})
        assert refused.value.field == blamed

    def test_is_refused_for_somebody_who_has_left(self, scene: Scene) -> None:
        with scene.writing():
            db.session.execute(
                text("UPDATE volunteer SET status = :left WHERE id = :id"),
                {"left": VolunteerStatus.WITHDRAWN.value, "id": scene.volunteer.id},
            )
        with pytest.raises(Invalid, match="没有这个编号的在册志愿者"):
            scene.typed(scene.shift())

    def test_is_refused_where_time_is_credited_or_proposed_already(self, scene: Scene) -> None:
        shift = scene.shift()
        scene.typed(shift)
        with pytest.raises(Invalid, match="已经有一条在等确认"):
            scene.typed(shift, by=scene.second)
        scene.serve(shift, at("14:00"), at("16:00"))
        with pytest.raises(Invalid, match="已经有别的服务记录"):
            scene.typed(shift, by=scene.second)

    def test_needs_a_maker_with_a_name(self, scene: Scene) -> None:
        with pytest.raises(Invalid, match="先用自己的证件登记"):
            scene.typed(scene.shift(), by=scene.cast.account("没登记"))


class TestForgotten:
    def propose(self, scene: Scene, by: Account, when: str = "15:30") -> list[Proposal]:
        with scene.writing():
            (forgotten,) = awaiting.forgotten_of_volunteers([scene.volunteer.id])
            return proposing.propose_end(forgotten, ended_at=at(when), reason="手机没电", account_id=by.id)

    def test_is_told_by_the_volunteer_and_confirmed_by_the_organization(self, scene: Scene) -> None:
        scene.forget(scene.shift())
        (proposal,) = self.propose(scene, scene.account)

        assert (proposal.cause, proposal.minutes) == (Cause.FORGOTTEN_CHECK_OUT, 90)
        assert scene.confirm(proposal).state is ProposalState.EFFECTIVE
        assert [(one.minutes, one.source) for one in scene.entries()] == [(90, Source.MANUAL)]

    def test_is_listed_until_somebody_tells_and_again_after_a_return(self, scene: Scene) -> None:
        scene.forget(scene.shift())
        (proposal,) = self.propose(scene, scene.account)
        with scene.writing():
            assert awaiting.forgotten_of_volunteers([scene.volunteer.id]) == []
            kept = queries.proposal_by_public_id(proposal.public_id)
            operations.return_proposal(kept, reason="15:00 就走了", account_id=scene.second.id)
        with scene.writing():
            assert len(awaiting.forgotten_of_organizations([scene.organization.id], clock.now())) == 1

    def test_is_not_told_twice(self, scene: Scene) -> None:
        scene.forget(scene.shift())
        with scene.cast.app.app_context():
            (forgotten,) = awaiting.forgotten_of_volunteers([scene.volunteer.id])
        self.propose(scene, scene.account)
        with pytest.raises(Conflict, match="已经有人说过"), scene.writing():
            proposing.propose_end(forgotten, ended_at=at("15:00"), reason="没电", account_id=scene.owner.id)

    @pytest.mark.parametrize(("when", "words"), [("13:00", "离开时间要晚于签到"), ("18:00", "离开时间不能更晚")])
    def test_lies_inside_the_presence(self, scene: Scene, when: str, words: str) -> None:
        scene.forget(scene.shift())
        with pytest.raises(Invalid, match=words):
            self.propose(scene, scene.account, when)

    def test_of_an_arrival_written_by_hand_is_confirmed_by_neither_who_wrote_nor_who_extended_and_shown_first(
        self, scene: Scene
    ) -> None:
        shift = scene.shift("06:00", 120)
        scene.forget(shift, method=Method.BY_HAND, recorded_by=scene.owner.id, reason="没带手机")
        scene.extend(shift, at("15:00"), by=scene.second)
        (proposal,) = self.propose(scene, scene.account, "15:00")

        assert (proposal.cause, proposal.minutes) == (Cause.FORGOTTEN_BY_HAND, 540)
        for involved in (scene.owner, scene.second):
            with pytest.raises(Conflict, match="是您经手的"):
                scene.confirm(proposal, by=involved)
        assert scene.confirm(proposal, by=scene.third()).state is ProposalState.ON_NOTICE
        assert scene.minutes() == 0

    def test_at_a_cancelled_shift_is_said_to_be_so(self, scene: Scene) -> None:
        scene.forget(scene.shift(status=ShiftStatus.CANCELLED))
        (proposal,) = self.propose(scene, scene.account)
        assert proposal.cause is Cause.CANCELLED_SHIFT

    def test_of_a_child_whose_parent_is_not_registered_can_be_confirmed(self, scene: Scene) -> None:
        parent = scene.cast.account("没登记的家长")
        scene.volunteer = scene.cast.volunteer(parent, "小小", relation=Relation.CHILD)
        scene.forget(scene.shift())
        (proposal,) = self.propose(scene, parent)
        assert scene.confirm(proposal).state is ProposalState.EFFECTIVE


@pytest.mark.parametrize("status", [VolunteerStatus.SUSPENDED, VolunteerStatus.DECEASED, VolunteerStatus.MOVED_OUT])
def test_an_account_whose_person_is_absent_confirms_nothing(scene: Scene, status: VolunteerStatus) -> None:
    proposal = scene.typed(scene.shift())
    with scene.writing():
        person = db.session.scalars(select(Volunteer).where(Volunteer.account_id == scene.second.id)).one()
        person.status = status
    with pytest.raises(Conflict, match="登记已暂停、迁出或注明去世"):
        scene.confirm(proposal)
