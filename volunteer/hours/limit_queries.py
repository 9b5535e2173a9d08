"""What was typed in within the period, and what the office allows on top."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased, joinedload

from models.accounts import Account
from models.base import db
from models.hours import Entry, Proposal, TypedAllowance
from models.organizations import Organization
from volunteer.hours.limits import PERIOD, Typed
from volunteer.hours.rules import TYPED_IN, EntryKind, ProposalState
from volunteer.kernel.clock import local_day
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_

_Replaced = aliased(Entry)


def take_limits(organization_id: int, account_id: int) -> None:
    """Take the rows of an organization and of who types there, so that two writers at once see each other's minutes.

    Before any volunteer's row, everywhere: volunteers' rows are taken by all kinds of writing, these by typing alone.
    """
    for table, row_id in ((Organization, organization_id), (Account, account_id)):
        db.session.execute(select(table.id).where(table.id == row_id).with_for_update(key_share=True))


def typed_by(account_id: int, organization_id: int, now: datetime) -> Typed:
    """Return what was typed in by an account and at an organization until `now`.

    An ID document is registered once, so the account whose own person it is stands for the natural person.
    """
    return Typed(
        maker=_typed(Proposal.made_by == account_id, now),
        organization=_typed(Proposal.organization_id == organization_id, now),
        allowed=allowed_at(organization_id, local_day(now)),
    )


def typed_for(volunteer_id: int, now: datetime) -> int:
    """Return the minutes typed in for a volunteer until `now`, at all organizations."""
    return _typed(Proposal.volunteer_id == volunteer_id, now)


def _typed(whose: ColumnElement[bool], now: datetime) -> int:
    before = func.coalesce(_Replaced.minutes, 0)
    added = case((Proposal.minutes > before, Proposal.minutes - before), else_=0)
    query = (
        select(func.coalesce(func.sum(added), 0))
        .select_from(Proposal)
        .outerjoin(_Replaced, _Replaced.id == Proposal.replaces_id)
        .where(
            whose,
            Proposal.kind == EntryKind.CREDIT,
            Proposal.cause.in_(TYPED_IN),
            Proposal.state != ProposalState.RETURNED,
            Proposal.made_at > now - PERIOD,
        )
    )
    return int(db.session.scalar(query) or 0)


def _holds(today: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TypedAllowance.until_on >= today, TypedAllowance.revoked_at.is_(None)


def allowed_at(organization_id: int, today: date) -> int:
    """Return the minutes that the office allows an organization today beyond the limit."""
    query = select(func.coalesce(func.sum(TypedAllowance.minutes), 0))
    return int(db.session.scalar(query.where(TypedAllowance.organization_id == organization_id, *_holds(today))) or 0)


def allowances_of(organization_id: int) -> Sequence[TypedAllowance]:
    """Return what the office has allowed an organization so far, the latest first."""
    query = select(TypedAllowance).where(TypedAllowance.organization_id == organization_id)
    return db.session.scalars(query.order_by(TypedAllowance.id.desc())).all()


def allowance_by_public_id(public_id: str) -> TypedAllowance:
    """Return one allowance with its organization; raise `NotFound` when there is none."""
    query = select(TypedAllowance).options(joinedload(TypedAllowance.organization).joinedload(Organization.area))
    found = db.session.scalar(query.where(TypedAllowance.public_id == public_id))
    if found is None:
        raise NotFound(N_("没有找到这笔额度"))
    return found
