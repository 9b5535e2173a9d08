"""A suspended organization: nothing takes effect there, and nobody loses what they served."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from models.accounts import Account
from models.base import db
from models.hours import Proposal
from models.organizations import Organization
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at
from volunteer.checkin.rules import Method
from volunteer.hours import awaiting, jobs, operations, proposing, queries
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel.errors import Conflict
from volunteer.organizations.rules import OrganizationStatus


def put(scene: Scene, status: OrganizationStatus) -> None:
    with scene.writing():
        db.session.get_one(Organization, scene.organization.id).status = status


def suspend(scene: Scene) -> None:
    put(scene, OrganizationStatus.SUSPENDED)


def resume(scene: Scene) -> None:
    put(scene, OrganizationStatus.APPROVED)


def long_day(scene: Scene) -> Proposal:
    scene.serve(scene.shift("07:00", 540), at("07:00"), at("16:00"))
    return scene.proposals()[0]


def finish_notices(scene: Scene) -> None:
    with time_machine.travel(at("01:00") + timedelta(days=12)), scene.cast.app.app_context():
        jobs.end_public_notices()


def tell_end(scene: Scene, by: Account) -> Proposal:
    with scene.writing():
        (forgotten,) = awaiting.forgotten_of_volunteers([scene.volunteer.id])
        return proposing.propose_end(forgotten, ended_at=at("15:30"), reason="手机没电", account_id=by.id)[0]


def test_its_people_confirm_nothing_until_it_may_operate_again(scene: Scene) -> None:
    proposal = long_day(scene)
    suspend(scene)
    for by in (scene.owner, scene.second):
        with pytest.raises(Conflict, match="已暂停"):
            scene.confirm(proposal, by=by)
    assert scene.minutes() == 0
    resume(scene)
    assert scene.confirm(proposal).state is ProposalState.EFFECTIVE
    assert scene.minutes() == 540


def test_its_people_may_send_back_and_take_minutes_back(scene: Scene) -> None:
    scene.serve(scene.shift(days_ago=3), at("14:00", 3), at("16:00", 3))
    proposal = long_day(scene)
    suspend(scene)
    with scene.writing():
        kept = queries.proposal_by_public_id(proposal.public_id)
        operations.return_proposal(kept, reason="人不在", account_id=scene.second.id)
    assert scene.confirm(scene.reversal(scene.entries()[0])).state is ProposalState.EFFECTIVE
    assert [one.minutes for one in scene.entries(EntryKind.REVERSAL)] == [-120]


def test_what_is_on_notice_stays_there_until_it_may_operate_again(scene: Scene) -> None:
    scene.confirm(scene.typed(scene.shift()))
    suspend(scene)
    finish_notices(scene)
    assert (scene.proposals()[0].state, scene.minutes()) == (ProposalState.ON_NOTICE, 0)
    resume(scene)
    finish_notices(scene)
    assert (scene.proposals()[0].state, scene.minutes()) == (ProposalState.EFFECTIVE, 120)


def test_who_forgot_to_leave_says_when_and_its_people_do_not(scene: Scene) -> None:
    scene.forget(scene.shift())
    suspend(scene)
    with pytest.raises(Conflict, match="已暂停"):
        tell_end(scene, by=scene.owner)
    proposal = tell_end(scene, by=scene.account)
    assert (proposal.cause, proposal.state) == (Cause.FORGOTTEN_CHECK_OUT, ProposalState.AWAITING)


def test_who_is_there_leaves_and_what_was_scanned_counts(scene: Scene) -> None:
    suspend(scene)
    scene.serve(scene.shift(), at("14:00"), at("16:00"), Method.VENUE_CODE, Method.VENUE_CODE)
    assert scene.minutes() == 120


def test_the_pages_say_so_in_words(scene: Scene, as_: Callable[[Account], Browser]) -> None:
    held = long_day(scene)
    typed = scene.confirm(scene.typed(scene.shift(days_ago=4)))
    desk, volunteer = as_(scene.second), as_(scene.account)
    assert "已暂停" not in desk.get("/hours/awaiting").text
    suspend(scene)

    awaited = desk.get("/hours/awaiting").text
    assert f"{scene.organization.name}已暂停" in awaited
    assert f"tick-{held.public_id}" not in awaited
    assert f"/hours/awaiting/{held.public_id}/return" in awaited
    desk.post(f"/hours/awaiting/{held.public_id}/confirmation", expect=409)
    assert "恢复以后由第二个人确认" in volunteer.get(f"/hours/{held.public_id}").text
    assert "恢复以后才生效" in volunteer.get(f"/hours/{typed.public_id}").text
    assert "恢复以后才生效" in Browser(scene.cast.app).get("/hours/notices").text
    resume(scene)
    assert f"tick-{held.public_id}" in desk.get("/hours/awaiting").text
