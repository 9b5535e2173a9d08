"""Four eyes once somebody was erased: nobody becomes a second person to themselves by registering anew."""

import pytest
from sqlalchemy import select

from models.accounts import Account
from models.base import db
from models.hours import Objection, Proposal
from models.volunteers import Volunteer
from tests.integration.hours.conftest import Scene
from volunteer.hours import awaiting, natural_persons, operations
from volunteer.hours.objection_queries import answering
from volunteer.hours.objections import object_to
from volunteer.hours.rules import ProposalState
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.permissions import Role
from volunteer.volunteers.operations import erase_volunteer
from volunteer.volunteers.rules import Relation


def own_person(scene: Scene, account: Account) -> Volunteer:
    with scene.cast.app.app_context():
        query = select(Volunteer).where(Volunteer.account_id == account.id, Volunteer.relation == Relation.SELF)
        found = db.session.scalars(query.where(Volunteer.erased_at.is_(None))).one()
        db.session.expunge_all()
        return found


def erase(scene: Scene, volunteer: Volunteer, account: Account) -> None:
    with scene.writing():
        person = db.session.get_one(Volunteer, volunteer.id)
        erase_volunteer(volunteer=person, account_id=account.id, confirmation=person.name)


def anew(scene: Scene, account: Account, person: Volunteer, role: Role = Role.CHECKER) -> Account:
    """Register the same document on another account that the organization lets confirm."""
    scene.cast.volunteer(account, person.name, document_digest=person.document_digest)
    scene.cast.grant(account, role, organization=scene.organization)
    return account


def verdict(scene: Scene, proposal: Proposal, by: Account) -> str:
    with scene.cast.app.app_context():
        (decision,) = awaiting.second_person_decisions([db.session.get_one(Proposal, proposal.id)], by.id)
        return decision.rule


def answer_rule(scene: Scene, objection_id: int, by: Account) -> str:
    with scene.cast.app.app_context():
        (found,) = answering([db.session.get_one(Objection, objection_id)], by.id)
        return found.decision.rule


def test_who_erases_and_registers_on_another_account_confirms_nothing_of_before(scene: Scene) -> None:
    proposal, person = scene.typed(scene.shift()), own_person(scene, scene.owner)
    other = scene.cast.account("王建国二号机")
    assert verdict(scene, proposal, scene.second) == "second_person"
    erase(scene, person, scene.owner)
    anew(scene, other, person)
    for checker in (other, scene.second):
        assert verdict(scene, proposal, checker) == "maker_erased"
        with pytest.raises(DomainError, match="退回"):
            scene.confirm(proposal, by=checker)
    with scene.writing():
        back = operations.return_proposal(
            db.session.get_one(Proposal, proposal.id), reason="提出人注销了", account_id=scene.second.id
        )
        assert back.state is ProposalState.RETURNED
    assert scene.minutes() == 0


def test_another_person_on_the_erased_account_changes_nothing(scene: Scene) -> None:
    """A friend who registers on the maker's old account would otherwise be the maker in place of who was erased."""
    proposal, person = scene.typed(scene.shift()), own_person(scene, scene.owner)
    erase(scene, person, scene.owner)
    scene.cast.volunteer(scene.owner, "借号的人")
    other = anew(scene, scene.cast.account("王建国二号机"), person)
    assert verdict(scene, proposal, other) == "maker_erased"


def test_an_account_whose_person_was_erased_types_and_confirms_nothing_more(scene: Scene) -> None:
    proposal, person = scene.typed(scene.shift()), own_person(scene, scene.second)
    erase(scene, person, scene.second)
    assert verdict(scene, proposal, scene.second) == "checker_erased"
    scene.cast.volunteer(scene.second, person.name, document_digest=person.document_digest)
    assert verdict(scene, proposal, scene.second) == "checker_erased"
    with scene.cast.app.app_context():
        assert not natural_persons.is_registered(scene.second.id)
    with pytest.raises(Invalid):
        scene.typed(scene.shift("09:00"), by=scene.second)


def test_who_confirmed_and_was_erased_is_no_third_person(scene: Scene) -> None:
    third = scene.third()
    proposal, person = scene.confirm(scene.typed(scene.shift())), own_person(scene, scene.second)
    with scene.writing():
        objection = object_to(db.session.get_one(Proposal, proposal.id), text="当天没看见人", account_id=None)
    assert answer_rule(scene, objection.id, third) == "third_person"
    erase(scene, person, scene.second)
    other = anew(scene, scene.cast.account("二号机"), person)
    assert answer_rule(scene, objection.id, other) == "hand_erased"


def test_who_made_minutes_and_was_erased_keeps_nobody_from_taking_them_back(scene: Scene) -> None:
    shift = scene.shift()
    scene.serve(shift, shift.starts_at, shift.ends_at)
    (entry,) = scene.entries()
    reversal, person = scene.reversal(entry), own_person(scene, scene.second)
    assert verdict(scene, reversal, scene.second) == "second_person"
    erase(scene, person, scene.second)
    other = anew(scene, scene.cast.account("二号机"), person)
    assert verdict(scene, reversal, other) == "second_person"


def test_minutes_of_an_erased_person_are_not_confirmed(scene: Scene) -> None:
    """Erasing waits for them; should one slip through, it can only be sent back."""
    proposal = scene.typed(scene.shift())
    with scene.cast.app.app_context():
        found = db.session.get_one(Proposal, proposal.id)
        found.volunteer.erased_at = found.made_at
        (decision,) = awaiting.second_person_decisions([found], scene.second.id)
        db.session.rollback()
    assert decision.rule == "volunteer_erased"
