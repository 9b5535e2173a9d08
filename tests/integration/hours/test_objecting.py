"""Objections to public notices: kept at an address, answered by a third person, and the minutes wait meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.accounts import Account
from models.base import db
from models.hours import Objection, Proposal
from tests.integration.hours.conftest import Scene, at
from volunteer.hours import jobs, objection_queries, objections, operations, queries
from volunteer.hours.rules import ObjectionOutcome, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError
from volunteer.kernel.permissions import Role

SAID = "那天下雨，活动没有办"


def on_notice(scene: Scene) -> Proposal:
    return scene.confirm(scene.typed(scene.shift()))


def raise_objection(scene: Scene, proposal: Proposal, text: str = SAID, by: Account | None = None) -> str:
    with scene.writing():
        kept = db.session.get_one(Proposal, proposal.id)
        return objections.object_to(kept, text=text, account_id=by.id if by else None).public_id


def answer(scene: Scene, public_id: str, outcome: ObjectionOutcome, by: Account, **more: Any) -> Objection:
    said = {"answer": "看了照片", "outcome": outcome, **more}
    with scene.writing():
        objection = objection_queries.objection_by_public_id(public_id)
        return objections.answer_objection(objection, account_id=by.id, **said)


def dismiss(scene: Scene, public_id: str, by: Account, **more: Any) -> Objection:
    return answer(scene, public_id, ObjectionOutcome.DISMISSED, by, **more)


def uphold(scene: Scene, public_id: str, by: Account, **more: Any) -> Objection:
    return answer(scene, public_id, ObjectionOutcome.UPHELD, by, **more)


def state(scene: Scene) -> tuple[ProposalState, bool]:
    (kept,) = scene.proposals()
    return kept.state, kept.notice_until_on is not None


def office_of(scene: Scene) -> Account:
    account: Account = scene.cast.office(Role.OFFICE_ADMIN, "420602")
    scene.cast.volunteer(account, "何主任")
    return account


class TestWaiting:
    def test_minutes_wait_until_a_third_person_dismisses_it_and_are_shown_anew_in_full(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        objection = raise_objection(scene, proposal)
        assert state(scene) == (ProposalState.AWAITING, False)
        with time_machine.travel(at("12:00", -20)), scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.minutes() == 0

        with time_machine.travel(at("12:00", -3)):
            dismiss(scene, objection, third)
            (kept,) = scene.proposals()
            assert kept.notice_until_on == clock.today() + timedelta(days=6)
            assert kept.checked_by == scene.second.id
        with time_machine.travel(at("12:00", -20)), scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.minutes() == 120

    def test_minutes_are_returned_with_the_answer_when_it_is_upheld(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        uphold(scene, raise_objection(scene, proposal), third)
        (kept,) = scene.proposals()
        assert (kept.state, kept.answer) == (ProposalState.RETURNED, "看了照片")

    def test_several_are_all_answered_before_the_notice_begins_anew(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        first, second = raise_objection(scene, proposal), raise_objection(scene, proposal, "这个人没来")
        dismiss(scene, first, third)
        assert state(scene) == (ProposalState.AWAITING, False)
        dismiss(scene, second, third)
        assert state(scene) == (ProposalState.ON_NOTICE, True)

    def test_one_that_is_upheld_settles_the_others(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        first, _second = raise_objection(scene, proposal), raise_objection(scene, proposal, "这个人没来")
        uphold(scene, first, third)
        with scene.cast.app.app_context():
            rows = db.session.scalars(select(Objection)).all()
            assert {(row.outcome, row.answer) for row in rows} == {(ObjectionOutcome.UPHELD, "看了照片")}

    def test_nobody_confirms_around_it_and_a_return_answers_it(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        objection = raise_objection(scene, proposal)
        with pytest.raises(Conflict, match="异议还没有答复"):
            scene.confirm(proposal, third)
        with scene.writing():
            kept = db.session.get_one(Proposal, proposal.id)
            operations.return_proposal(kept, reason="写错了日子", account_id=scene.owner.id)
        with scene.cast.app.app_context():
            row = objection_queries.objection_by_public_id(objection)
            assert (row.outcome, row.answer) == (ObjectionOutcome.UPHELD, "写错了日子")

    def test_is_not_in_the_list_of_what_a_second_person_confirms(self, scene: Scene) -> None:
        raise_objection(scene, on_notice(scene))
        with scene.cast.app.app_context():
            ids = [scene.organization.id]
            assert db.session.scalars(queries.proposals_awaiting(ids)).all() == []
            assert len(objection_queries.objections_open(ids)) == 1


class TestWhoAnswers:
    @pytest.mark.parametrize("who", ["owner", "second"])
    def test_is_not_who_proposed_or_confirmed(self, scene: Scene, who: str) -> None:
        objection = raise_objection(scene, on_notice(scene))
        with pytest.raises(Conflict, match="由另一个人答复"):
            dismiss(scene, objection, getattr(scene, who))
        with pytest.raises(Conflict, match="由另一个人答复"):
            uphold(scene, objection, getattr(scene, who))
        assert state(scene) == (ProposalState.AWAITING, False)

    def test_is_not_the_objector(self, scene: Scene) -> None:
        proposal, third = on_notice(scene), scene.third()
        objection = raise_objection(scene, proposal, by=third)
        with pytest.raises(Conflict, match="是您提的"):
            uphold(scene, objection, third)

    def test_is_not_the_volunteer(self, scene: Scene) -> None:
        objection = raise_objection(scene, on_notice(scene))
        scene.cast.grant(scene.account, Role.CHECKER, organization=scene.organization)
        with pytest.raises(Conflict, match="自己或家人"):
            dismiss(scene, objection, scene.account)

    def test_is_the_office_where_the_organization_has_nobody_else(self, scene: Scene) -> None:
        objection, office = raise_objection(scene, on_notice(scene)), office_of(scene)
        assert self.listed(scene) == [objection]
        assert dismiss(scene, objection, office, for_office=True).by_office
        assert state(scene) == (ProposalState.ON_NOTICE, True)

    def test_is_the_organization_first_and_the_office_when_time_is_over(self, scene: Scene) -> None:
        proposal, office = on_notice(scene), office_of(scene)
        scene.third()
        objection = raise_objection(scene, proposal)
        assert self.listed(scene) == []
        with pytest.raises(Conflict, match="组织还在答复期里"):
            uphold(scene, objection, office, for_office=True)
        with time_machine.travel(at("12:00", -7)):
            assert self.listed(scene) == []
        with time_machine.travel(at("12:00", -8)):
            assert self.listed(scene) == [objection]
            uphold(scene, objection, office, for_office=True)
        assert state(scene) == (ProposalState.RETURNED, False)

    @staticmethod
    def listed(scene: Scene) -> list[str]:
        with scene.cast.app.app_context():
            lineage = scene.organization.area_id
            assert lineage
            found = objection_queries.objections_for_office(["420600/420602"], clock.today())
            return [one.public_id for one in found]


class TestOneOutcome:
    def test_of_two_answers_at_once_one_stands(self, scene: Scene, app: Flask) -> None:
        proposal, third = on_notice(scene), scene.third()
        fourth = scene.cast.account("周会计")
        scene.cast.volunteer(fourth, "周敏")
        scene.cast.grant(fourth, Role.CHECKER, organization=scene.organization)
        objection = raise_objection(scene, proposal)

        def act(case: tuple[ObjectionOutcome, Account]) -> str:
            try:
                answer(scene, objection, *case)
            except DomainError as error:
                return str(error.words)
            return "done"

        cases = [(ObjectionOutcome.UPHELD, third), (ObjectionOutcome.DISMISSED, fourth)]
        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(act, cases))
        assert said == sorted(["done", "这条异议已经有人答复了"])
        with scene.cast.app.app_context():
            row = objection_queries.objection_by_public_id(objection)
            expected = {ObjectionOutcome.UPHELD: ProposalState.RETURNED}.get(row.outcome, ProposalState.ON_NOTICE)
        assert state(scene)[0] is expected

    def test_of_an_objection_and_the_end_of_the_notice_one_comes_first(self, scene: Scene) -> None:
        proposal = on_notice(scene)

        def object_now() -> str:
            try:
                return "objected" if raise_objection(scene, proposal) else ""
            except Conflict:
                return "too late"

        def finish() -> str:
            with scene.writing():
                operations.finish_notice(proposal.id, clock.today() + timedelta(days=30))
            return "finished"

        with ThreadPoolExecutor(2) as pool:
            said = [one.result() for one in (pool.submit(object_now), pool.submit(finish))]
        assert (said[0], state(scene)[0], scene.minutes()) in [
            ("objected", ProposalState.AWAITING, 0),
            ("too late", ProposalState.EFFECTIVE, 120),
        ]
