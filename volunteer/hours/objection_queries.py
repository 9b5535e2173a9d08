"""Reading objections: those of a proposal, of an account, of an organization's desk and of the office's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from models.accounts import RoleGrant
from models.activities import Shift
from models.areas import Area
from models.base import db
from models.hours import Objection, Proposal
from models.organizations import Organization
from volunteer.hours.awaiting import hands_of
from volunteer.hours.limits import office_decision
from volunteer.hours.natural_persons import Person, absent, any_erased, persons
from volunteer.hours.objection_rules import may_answer, office_may_step_in
from volunteer.hours.office import is_member, principal_of_account
from volunteer.hours.queries import proposal_by_public_id
from volunteer.hours.rules import ProposalState
from volunteer.kernel.decisions import Decision
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import ROLE_PERMISSIONS, Permission
from volunteer.kernel.text import N_

ANSWERING_ROLES = tuple(role for role, given in ROLE_PERMISSIONS.items() if Permission.CONFIRM_HOURS in given)
_WITH_PROPOSAL = (
    joinedload(Objection.organization).joinedload(Organization.area),
    joinedload(Objection.proposal).joinedload(Proposal.shift).joinedload(Shift.activity),
    joinedload(Objection.proposal).joinedload(Proposal.volunteer),
    joinedload(Objection.proposal).joinedload(Proposal.organization),
    joinedload(Objection.proposal).joinedload(Proposal.sheet),
)


def open_objections(proposal_id: int) -> Sequence[Objection]:
    """Return what is held against a proposal and not answered, in order."""
    query = select(Objection).where(Objection.proposal_id == proposal_id, Objection.answered_at.is_(None))
    return db.session.scalars(query.order_by(Objection.id)).all()


def objections_to(proposal_ids: Iterable[int]) -> dict[int, list[Objection]]:
    """Return all that was held against these proposals, by proposal and in order."""
    found: dict[int, list[Objection]] = {}
    query = select(Objection).where(Objection.proposal_id.in_(list(proposal_ids))).order_by(Objection.id)
    for objection in db.session.scalars(query):
        found.setdefault(objection.proposal_id, []).append(objection)
    return found


def objection_by_public_id(public_id: str) -> Objection:
    """Return the objection with its proposal; raise `NotFound` when there is none."""
    objection = db.session.scalar(select(Objection).options(*_WITH_PROPOSAL).where(Objection.public_id == public_id))
    if objection is None:
        raise NotFound(N_("没有找到这条异议，请核对网址"))
    return objection


def objections_by(account_id: int) -> Select[Objection]:
    """Select what an account has objected to, the latest first."""
    return (
        select(Objection)
        .options(*_WITH_PROPOSAL)
        .where(Objection.account_id == account_id)
        .order_by(Objection.id.desc())
    )


def objections_open(organization_ids: Iterable[int]) -> Sequence[Objection]:
    """Return what these organizations have to answer, the nearest deadline first."""
    query = (
        select(Objection)
        .options(*_WITH_PROPOSAL)
        .where(Objection.organization_id.in_(list(organization_ids)), Objection.answered_at.is_(None))
        .order_by(Objection.answer_by_on, Objection.id)
    )
    return db.session.scalars(query).all()


def proposal_to_object(public_id: str) -> Proposal:
    """Return a proposal on public notice, or whose notice rests on an objection; raise `NotFound` for all others."""
    proposal = proposal_by_public_id(public_id)
    if proposal.state is not ProposalState.ON_NOTICE and not open_objections(proposal.id):
        raise NotFound(N_("这条记录的公示已经结束"))
    return proposal


# Who may answer


@dataclass(frozen=True, slots=True)
class Answering:
    """An objection at a desk: whether the reader may answer it."""

    objection: Objection
    decision: Decision


def answering(objections: Sequence[Objection], account_id: int) -> list[Answering]:
    """Return for each of these objections whether the account may answer it, as a member or for the office."""
    hands = _hands(objections)
    people = persons({account_id, *_accounts(objections, hands)})
    return [Answering(one, _decision(one, people[account_id], people, hands[one.id])) for one in objections]


def office_answering(objections: Sequence[Objection], account_id: int, today: date) -> list[Answering]:
    """Return for each of these objections whether the account may answer it for the office on `today`."""
    able = third_persons(objections)
    who = principal_of_account(account_id)
    found = []
    for row in answering(objections, account_id):
        turn = office_may_step_in(row.objection.answer_by_on, today, has_third_person=bool(able[row.objection.id]))
        if is_member(who, row.objection.organization_id):
            turn = office_decision(is_of_office=True, is_member=True)
        found.append(row if turn.allowed else Answering(row.objection, turn))
    return found


def third_persons(objections: Sequence[Objection]) -> dict[int, list[int]]:
    """Return by objection the accounts of its organization that may answer it, ascending."""
    members = members_by_organization({one.organization_id for one in objections})
    hands = _hands(objections)
    people = persons({*_accounts(objections, hands), *(one for found in members.values() for one in found)})
    return {
        one.id: [
            member
            for member in members.get(one.organization_id, [])
            if _decision(one, people[member], people, hands[one.id]).allowed
        ]
        for one in objections
    }


def members_of(organization_id: int) -> list[int]:
    """Return the accounts that answer for an organization, ascending."""
    return members_by_organization([organization_id]).get(organization_id, [])


def members_by_organization(organization_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return by organization the accounts that answer for it, ascending."""
    query = (
        select(RoleGrant.organization_id, RoleGrant.account_id)
        .where(
            RoleGrant.organization_id.in_(list(organization_ids)),
            RoleGrant.role.in_(ANSWERING_ROLES),
            RoleGrant.revoked_at.is_(None),
        )
        .distinct()
        .order_by(RoleGrant.account_id)
    )
    found: dict[int, list[int]] = {}
    for organization_id, account_id in db.session.execute(query):
        found.setdefault(organization_id or 0, []).append(account_id)
    return found


def _hands(objections: Sequence[Objection]) -> dict[int, set[int]]:
    """Return by objection the accounts that proposed, confirmed or recorded what it is against."""
    recorded = hands_of([one.proposal for one in objections])
    found = {}
    for one in objections:
        asked = {one.proposal.made_by, one.proposal.checked_by}
        found[one.id] = recorded[one.proposal_id] | {account_id for account_id in asked if account_id is not None}
    return found


def _accounts(objections: Sequence[Objection], hands: dict[int, set[int]]) -> set[int]:
    objectors = {one.account_id for one in objections if one.account_id is not None}
    return objectors | {account_id for found in hands.values() for account_id in found}


def _decision(objection: Objection, who: Person, people: dict[int, Person], hands: set[int]) -> Decision:
    if not who.may_act:
        return absent()
    volunteer, objector = objection.proposal.volunteer, people.get(objection.account_id or 0)
    return may_answer(
        answerer=who.document_digest,
        hands={people[one].document_digest for one in hands},
        volunteer=volunteer.document_digest,
        objector=objector.document_digest if objector else None,
        acts_for_volunteer=volunteer.account_id == who.account_id,
        is_own_objection=objection.account_id == who.account_id,
        hand_erased=any_erased(people, hands),
    )


def objections_for_office(lineages: Iterable[str], today: date) -> list[Objection]:
    """Return what the office below these lineages may answer: overdue ones first, then those with nobody else."""
    inside = [or_(Area.lineage == one, Area.lineage.startswith(one + "/", autoescape=True)) for one in lineages]
    query = (
        select(Objection)
        .join(Objection.organization)
        .join(Organization.area)
        .options(contains_eager(Objection.organization).contains_eager(Organization.area), *_WITH_PROPOSAL[1:])
        .where(Objection.answered_at.is_(None), or_(False, *inside))
        .order_by(Objection.answer_by_on, Objection.id)
    )
    found = db.session.scalars(query).all()
    able = third_persons([one for one in found if one.answer_by_on >= today])
    return [one for one in found if one.answer_by_on < today or not able[one.id]]
