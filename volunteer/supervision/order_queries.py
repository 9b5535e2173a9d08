"""Reading orders: one in its reader's sight, lists of them by state and whose turn it is, and what is due when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, joinedload, selectinload, undefer

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import db
from models.organizations import Organization
from models.supervision import Order, OrderFile, OrderStep
from volunteer.accounts.rules import AccountStatus
from volunteer.areas.overview import inside
from volunteer.kernel.clock import midnight
from volunteer.kernel.errors import NotFound
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.permissions import OFFICE_ROLES, ROLE_PERMISSIONS, Permission, Principal
from volunteer.kernel.text import N_
from volunteer.organizations.rules import OrganizationStatus
from volunteer.supervision import people
from volunteer.supervision.bulletin_rules import OrderCounts
from volunteer.supervision.order_rules import UNANSWERED, OrderAct, OrderStatus, Parties, lineages_between, status_after

MOST_ORGANIZATIONS = 200
_Issuer = aliased(Area)


class Turn(StrEnum):
    """Whose turn it is, seen by a reader."""

    ALL = ""
    ANSWER = "answer"
    JUDGE = "judge"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return {Turn.ALL: N_("全部"), Turn.ANSWER: N_("等我方答复"), Turn.JUDGE: N_("等我方审核")}[self]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders a list shows."""

    turn: Turn = Turn.ALL
    status: OrderStatus | None = None
    overdue: bool = False


def parties_of(order: Order) -> Parties:
    """Return between whom an order runs today: the sender's own office is its handler where nobody else is left."""
    handler = order.handler.lineage if order.handler else ""
    if order.handler is not None and order.status in UNANSWERED and not _others(order):
        handler = order.issuer.lineage
    return Parties(order.issuer.lineage, order.area.lineage, order.organization_id, handler)


def _others(order: Order) -> frozenset[int]:
    """Return who sits between the target, as it lies today, and the sender's office, the sender himself left out."""
    between = lineages_between(order.area.lineage, order.issuer.lineage)
    return people.office_people(Permission.ANSWER_ORDERS, between) - {order.sent_by}


def order_in_sight(who: Principal, public_id: str) -> Order:
    """Return an order that a reader may know of; raise NotFound for every other."""
    order = db.session.scalar(select(Order).where(Order.public_id == public_id).options(*_WITH))
    if order is None or not parties_of(order).is_read_by(who):
        raise NotFound(N_("没有找到这份督办"))
    return order


_WITH = (
    joinedload(Order.issuer),
    joinedload(Order.area),
    joinedload(Order.handler),
    joinedload(Order.escalated_to),
    joinedload(Order.organization),
)


def orders_in_sight(who: Principal, wanted: Wanted, today: date) -> Select[Order]:
    """Select the orders that a reader may know of, those due first at the top, what is over at the end."""
    query = (
        select(Order)
        .join(Area, Area.id == Order.area_id)
        .join(_Issuer, _Issuer.id == Order.issuer_id)
        .options(contains_eager(Order.area), joinedload(Order.organization), joinedload(Order.issuer))
        .where(_in_sight(who))
    )
    if wanted.status is not None:
        query = query.where(Order.status == wanted.status)
    if wanted.overdue:
        query = query.where(Order.status.in_(UNANSWERED), Order.due_on < today)
    if wanted.turn is Turn.ANSWER:
        query = query.where(Order.status.in_(UNANSWERED), _answered_by(who))
    if wanted.turn is Turn.JUDGE:
        query = query.where(Order.status == OrderStatus.ANSWERED, _judged_by(who))
    is_over = Order.status.in_([one for one in OrderStatus if not one.is_open])
    return query.order_by(is_over, Order.due_on, Order.id.desc())


def counts_of_turns(who: Principal, today: date) -> dict[Turn, int]:
    """Return how many orders wait for the reader's side to answer and to judge."""
    return {turn: _count(orders_in_sight(who, Wanted(turn), today)) for turn in (Turn.ANSWER, Turn.JUDGE)}


def count_to_answer(who: Principal, today: date) -> int:
    """Return how many orders wait for an answer of the reader's side."""
    return _count(orders_in_sight(who, Wanted(Turn.ANSWER), today))


def count_overdue(who: Principal, today: date) -> int:
    """Return how many orders in sight are overdue."""
    return _count(orders_in_sight(who, Wanted(overdue=True), today))


def due_between(who: Principal, first_on: date, last_on: date, today: date) -> Sequence[Order]:
    """Return the orders that are still open and due within some days, by day."""
    query = orders_in_sight(who, Wanted(), today).where(
        Order.status.in_([one for one in OrderStatus if one.is_open]), Order.due_on.between(first_on, last_on)
    )
    return db.session.scalars(query.order_by(None).order_by(Order.due_on, Order.id)).all()


def steps_of(order: Order) -> Sequence[OrderStep]:
    """Return what was done with an order, in its order, with who did it and the files."""
    query = select(OrderStep).where(OrderStep.order_id == order.id).order_by(OrderStep.ordinal)
    return db.session.scalars(query.options(joinedload(OrderStep.account), selectinload(OrderStep.files))).all()


def by_those_above(order: Order, steps: Sequence[OrderStep]) -> set[int]:
    """Return the ids of the steps of the sender's side that an office above the sender's took in its place."""
    acts = (OrderAct.ACCEPT, OrderAct.RETURN, OrderAct.WITHDRAW)
    return {
        step.id
        for step in steps
        if step.act in acts and step.made_by not in people.senders_at(order.issuer_id, step.made_at)
    }


def sent_again(facts: Mapping[str, Any], since: datetime) -> Order | None:
    """Return an order with just these facts that was sent since a moment and that nobody has signed for yet."""
    query = select(Order).where(Order.sent_at >= since, Order.status == OrderStatus.AWAITING).options(*_WITH)
    return db.session.scalar(query.filter_by(**facts).order_by(Order.id.desc()).limit(1))


def answerers_of(order: Order) -> set[int]:
    """Return the accounts that have answered an order."""
    query = select(OrderStep.made_by).where(OrderStep.order_id == order.id, OrderStep.act == OrderAct.ANSWER)
    return {one for one in db.session.scalars(query) if one is not None}


def file_of(order: Order, public_id: str) -> OrderFile:
    """Return a file of an order with its content; raise NotFound for any other."""
    query = (
        select(OrderFile)
        .join(OrderStep, OrderStep.id == OrderFile.step_id)
        .where(OrderStep.order_id == order.id, OrderFile.public_id == public_id)
        .options(undefer(OrderFile.content))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(N_("没有找到这个文件"))
    return found


def unanswered_ids(until: date) -> Sequence[int]:
    """Return the orders without an answer that are due until a day, by their deadline."""
    query = select(Order.id).where(Order.status.in_(UNANSWERED), Order.due_on <= until)
    return db.session.scalars(query.order_by(Order.due_on, Order.id)).all()


def organizations_in(area: Area) -> Sequence[Organization]:
    """Return the approved organizations of an area and below, by name; at most some hundreds."""
    query = select(Organization).join(Area, Area.id == Organization.area_id)
    approved = query.where(inside((area.lineage,)), Organization.status == OrganizationStatus.APPROVED)
    return db.session.scalars(approved.order_by(Organization.name, Organization.id).limit(MOST_ORGANIZATIONS)).all()


def order_counts(area: Area, first_on: date, last_on: date) -> OrderCounts:
    """Return how many orders about an area and below were sent and settled within some days, and how the rest stood.

    Open and overdue are as of the end of the last day, whenever this is asked.
    """
    starts_at, ends_at = midnight(first_on), midnight(last_on + ONE_DAY)
    query = select(func.count()).select_from(Order).join(Area, Area.id == Order.area_id).where(inside((area.lineage,)))
    settled = exists().where(
        OrderStep.order_id == Order.id,
        OrderStep.act == OrderAct.ACCEPT,
        OrderStep.made_at >= starts_at,
        OrderStep.made_at < ends_at,
    )
    standing = _standing_before(area, ends_at)
    return OrderCounts(
        sent=db.session.scalar(query.where(Order.sent_at >= starts_at, Order.sent_at < ends_at)) or 0,
        settled=db.session.scalar(query.where(settled)) or 0,
        overdue=sum(status in UNANSWERED and due <= last_on for status, due in standing),
        still_open=sum(status.is_open for status, _due in standing),
    )


def _standing_before(area: Area, moment: datetime) -> list[tuple[OrderStatus, date]]:
    """Return how each order about an area and below stood just before a moment, and until when it was due."""
    query = (
        select(OrderStep.order_id, OrderStep.act, OrderStep.due_on)
        .join(Order, Order.id == OrderStep.order_id)
        .join(Area, Area.id == Order.area_id)
        .where(inside((area.lineage,)), OrderStep.made_at < moment)
        .order_by(OrderStep.order_id, OrderStep.ordinal)
    )
    found: dict[int, tuple[OrderStatus, date]] = {}
    for order_id, act, due in db.session.execute(query):
        status, was_due = found.get(order_id, (OrderStatus.AWAITING, date.max))
        found[order_id] = status_after(status, act), due or was_due
    return list(found.values())


def _count(query: Select[Order]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _in_sight(who: Principal) -> ColumnElement[bool]:
    own = Order.organization_id.in_(who.organization_ids(Permission.ANSWER_ORDERS))
    return or_(inside(who.lineages(Permission.ANSWER_ORDERS)), own, _judged_by(who))


def _answered_by(who: Principal) -> ColumnElement[bool]:
    held = {
        grant.lineage
        for grant in who.grants
        if grant.role in OFFICE_ROLES and Permission.ANSWER_ORDERS in ROLE_PERMISSIONS[grant.role]
    }
    below = or_(false(), *(and_(inside((one,)), ~_at_or_below(_Issuer.lineage, one)) for one in sorted(held)))
    alone = and_(or_(Order.handler_id == Order.issuer_id, ~_has_others()), _Issuer.lineage.in_(held))
    by_organization = and_(
        Order.organization_id.in_(who.organization_ids(Permission.ANSWER_ORDERS)),
        Order.organization.has(Organization.status == OrganizationStatus.APPROVED),
    )
    by_office = and_(Order.organization_id.is_(None), or_(and_(below, _Issuer.lineage.not_in(held)), alone))
    return and_(Order.sent_by != who.account_id, or_(by_office, by_organization))


def _has_others() -> ColumnElement[bool]:
    """Return the condition that somebody sits between an order's target and its sender's office."""
    seat, holder = aliased(Area), aliased(Account)
    roles = [role for role in OFFICE_ROLES if Permission.ANSWER_ORDERS in ROLE_PERMISSIONS[role]]
    return (
        select(RoleGrant.id)
        .join(seat, seat.id == RoleGrant.area_id)
        .join(holder, holder.id == RoleGrant.account_id)
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.account_id != Order.sent_by,
            holder.status == AccountStatus.ACTIVE,
            or_(Area.lineage == seat.lineage, Area.lineage.startswith(seat.lineage + "/")),
            _Issuer.lineage != seat.lineage,
            ~_Issuer.lineage.startswith(seat.lineage + "/"),
        )
        .correlate(Order, Area, _Issuer)
        .exists()
    )


def _at_or_below(lineage: InstrumentedAttribute[str], upper: str) -> ColumnElement[bool]:
    return or_(lineage == upper, lineage.startswith(upper + "/", autoescape=True))


def _judged_by(who: Principal) -> ColumnElement[bool]:
    lineages = who.lineages(Permission.SEND_ORDERS)
    return or_(
        false(),
        *(_at_or_below(_Issuer.lineage, one) for one in lineages),
    )
