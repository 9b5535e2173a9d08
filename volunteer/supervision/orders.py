"""Sending orders and all that follows: signing, answering, judging, withdrawing; reminders and the way up by the clock.

Each act moves an order by one conditional update and adds one row to its steps: of two people at once one succeeds, and
the other is told where the order is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from models.areas import Area
from models.base import db
from models.organizations import Organization
from models.supervision import Order, OrderFile, OrderStep
from volunteer.audit.operations import record
from volunteer.hours.natural_persons import persons
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Forbidden, Invalid
from volunteer.kernel.fonts import require_drawn
from volunteer.kernel.permissions import Permission, Principal
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.rules import OrganizationStatus
from volunteer.supervision import order_queries, people, serials
from volunteer.supervision.evidence import Evidence
from volunteer.supervision.offices import ORDERS, mark_of
from volunteer.supervision.order_queries import parties_of
from volunteer.supervision.order_rules import (
    LONGEST_REASON,
    Gap,
    OrderAct,
    OrderStatus,
    due_on,
    is_below,
    is_overdue,
    lineages_between,
    lineages_up,
    next_status,
    order_number,
    reminder,
)
from volunteer.web.assets import document_fonts

SENT_TWICE = timedelta(minutes=10)
"""Within this time the same words to the same place are one order, clicked twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTyped:
    """What the sender typed."""

    title: str
    demand: str
    working_days: int


def send(
    issuer: Area,
    target: Area,
    organization: Organization | None,
    *,
    gap: Gap,
    typed: OrderTyped,
    account_id: int,
) -> Order:
    """Send an order from the office of `issuer`; the right to do so there was asked before.

    Raises Conflict where nobody could sign for it, Invalid on the field that is wrong.
    """
    if not (target.lineage == issuer.lineage or is_below(target.lineage, issuer.lineage)):
        raise Invalid(N_("只能督办本级和下级区划"), field="addressee")
    if not typed.title.strip():
        raise Invalid(N_("请填写标题"), field="title")
    if not typed.demand.strip():
        raise Invalid(N_("请写明要办什么"), field="demand")
    require_drawn({"title": typed.title, "demand": typed.demand}, document_fonts())
    handler, now = people.handler_of(issuer, target, organization, account_id), clock.now()
    today = clock.local_day(now)
    due = due_on(today, typed.working_days)
    serials.wait_in_line(serials.ORDER, issuer.id, today.year)
    same = order_queries.sent_again(
        {
            "issuer_id": issuer.id,
            "area_id": target.id,
            "organization_id": organization.id if organization else None,
            "indicator": gap.indicator.code.value,
            "title": typed.title.strip(),
            "demand": typed.demand.strip(),
            "working_days": typed.working_days,
            "sent_by": account_id,
        },
        now - SENT_TWICE,
    )
    if same is not None:
        return same
    number = serials.next_number(serials.ORDER, issuer.id, today.year)
    order = Order(
        issuer_id=issuer.id,
        mark=mark_of(issuer, ORDERS),
        year=today.year,
        number=number,
        area_id=target.id,
        organization_id=organization.id if organization else None,
        handler_id=handler.area.id if handler.area else None,
        title=typed.title.strip(),
        indicator=gap.indicator.code.value,
        figures=gap.to_json(),
        demand=typed.demand.strip(),
        working_days=typed.working_days,
        first_due_on=due,
        sent_at=now,
        sent_by=account_id,
        status=OrderStatus.AWAITING,
        due_on=due,
        steps=1,
    )
    db.session.add(order)
    db.session.flush()
    _add_step(order, OrderAct.SEND, "", due, account_id)
    _trail("supervision.send", order, account_id, indicator=order.indicator, due_on=due.isoformat())
    told = {**_about(order), "issuer": issuer.name, "day": due}
    _tell(handler.account_ids, Words(N_("%(issuer)s发来%(number)s：%(title)s。请签收，%(day)s前答复"), told), order)
    return order


def sign(order: Order, *, who: Principal) -> Order:
    """Sign for an order; raises Forbidden for strangers to it, Conflict when that is done."""
    _require_answerer(order, who)
    _move(order, OrderAct.SIGN, who.account_id)
    _tell(_sender_side(order), Words(N_("%(number)s已签收：%(title)s"), _about(order)), order)
    return order


def answer(order: Order, *, text: str, files: Sequence[Evidence], who: Principal) -> Order:
    """Answer an order with words and evidence; raises Invalid on text, Conflict when it cannot be answered now."""
    _require_answerer(order, who)
    if not text.strip():
        raise Invalid(N_("请写明办了什么、结果怎样"), field="text")
    step = _move(order, OrderAct.ANSWER, who.account_id, text.strip())
    for file in files:
        kept = {"name": file.name, "type": file.type, "size": len(file.content), "digest": file.digest}
        db.session.add(OrderFile(step_id=step.id, content=file.content, **kept))
    db.session.flush()
    _tell(_sender_side(order), Words(N_("%(number)s有了答复，请审核：%(title)s"), _about(order)), order)
    return order


def accept(order: Order, *, text: str, who: Principal) -> Order:
    """Accept an answer: the order is settled. Never by whoever answered."""
    _require_judge(order, who)
    _move(order, OrderAct.ACCEPT, who.account_id, text.strip())
    _tell(_sides(order, who), Words(N_("%(number)s已办结：%(title)s"), _about(order)), order)
    return order


def send_back(order: Order, *, text: str, working_days: int, who: Principal) -> Order:
    """Return an answer with the reason and a new deadline, counted from today. Never by whoever answered."""
    _require_judge(order, who)
    if not text.strip():
        raise Invalid(N_("请写明哪里不够、还要办什么"), field="text")
    due = due_on(clock.today(), working_days)
    again = {"due_on": due, "escalated_at": None, "escalated_to_id": None}
    _move(order, OrderAct.RETURN, who.account_id, text.strip(), due, **again)
    words = Words(N_("%(number)s的答复被退回，请%(day)s前再答复：%(title)s"), {**_about(order), "day": due})
    _tell(_sides(order, who), words, order)
    return order


def withdraw(order: Order, *, reason: str, who: Principal) -> Order:
    """Take an order back with a reason; it stays to be read, and so does its number.

    The sender's office may, and one above it: who is above may undo what is below (our decision, docs/office.md). Then
    the sender's office is told as well.
    """
    if not parties_of(order).is_judged_by(who):
        raise Forbidden(N_("只有发出的一方可以撤回"))
    if not reason.strip():
        raise Invalid(N_("请写明为什么撤回"), field="reason")
    _move(order, OrderAct.WITHDRAW, who.account_id, reason.strip()[:LONGEST_REASON])
    _tell(_sides(order, who), Words(N_("%(number)s已撤回，不用再办：%(title)s"), _about(order)), order)
    return order


# --- by the clock ---


def look_after(order_id: int) -> OrderAct | None:
    """Remind of an order, or escalate it, if today is the day; once each, however often this runs."""
    order = db.session.get_one(Order, order_id, populate_existing=True)
    today = clock.today()
    if is_overdue(order.status, order.due_on, today) and order.escalated_at is None:
        return _escalate(order)
    words = reminder(order.status, order.due_on, today, **_reminded(order))
    if words is None:
        return None
    _move(order, OrderAct.REMIND, None, due=order.due_on)
    told = {**_about(order), "left": words}
    _tell(_answer_side(order), Words(N_("%(number)s%(left)s，请按时答复：%(title)s"), told), order)
    return OrderAct.REMIND


def _escalate(order: Order) -> OrderAct:
    """List an order that nobody answered in time with the office above the sender's, at the top with its own."""
    upper = order.issuer.parent or order.issuer
    _move(order, OrderAct.ESCALATE, None, due=order.due_on, escalated_at=clock.now(), escalated_to_id=upper.id)
    between = [one for one in lineages_between(order.area.lineage, order.issuer.lineage) if one != order.area.lineage]
    seniors = people.office_people(Permission.SEND_ORDERS, [upper.lineage, *between])
    told = {**_about(order), "day": order.due_on, "whom": _addressee(order)}
    _tell(
        seniors | _sender_side(order), Words(N_("%(number)s逾期：%(whom)s没有在%(day)s前答复。%(title)s"), told), order
    )
    words = Words(N_("%(number)s已经逾期，报给了上级，请尽快答复：%(title)s"), told)
    _tell(_answer_side(order) - seniors, words, order)
    return OrderAct.ESCALATE


def _reminded(order: Order) -> dict[str, Any]:
    """Return when the days of an order began to count, and when it was reminded of last."""
    steps = order_queries.steps_of(order)
    begun = [step.made_at for step in steps if step.act in (OrderAct.SEND, OrderAct.RETURN)]
    reminded = [step.made_at for step in steps if step.act is OrderAct.REMIND and step.made_at > begun[-1]]
    return {"begun": clock.local_day(begun[-1]), "last": clock.local_day(reminded[-1]) if reminded else None}


# --- what all acts share ---


def _require_answerer(order: Order, who: Principal) -> None:
    why_not = why_not_answering(order, who)
    if why_not is not None:
        raise Forbidden(why_not)


def why_not_answering(order: Order, who: Principal) -> str | None:
    """Return why somebody may not sign for an order and answer it; None where they may.

    Never the natural person who sent it; nor, while anybody else is there, who could have sent it.
    """
    parties = parties_of(order)
    if not parties.is_answered_by(who):
        return N_("这份督办由收到的一方签收、答复")
    if order.organization is not None and order.organization.status is not OrganizationStatus.APPROVED:
        return N_("这个组织已经停用，不能签收、答复督办")
    if _is_one_of(who, {order.sent_by}):
        return N_("这份督办是您发出的，要由另一个人答复")
    if parties.handler != parties.issuer and _is_one_of(who, people.senders_at(order.issuer_id, order.sent_at)):
        return N_("这份督办是您所在的一方发出的，要由收到的一方答复")
    return None


def _is_one_of(who: Principal, account_ids: Collection[int]) -> bool:
    """Return whether somebody is the same natural person as the holder of one of these accounts."""
    found = persons([who.account_id, *account_ids])
    documents = {found[one].document_digest for one in account_ids if one in found} - {None}
    return who.account_id in account_ids or found[who.account_id or 0].document_digest in documents


def _require_judge(order: Order, who: Principal) -> None:
    """Raise Forbidden unless somebody of the sender's side, and another natural person than who answered."""
    if not parties_of(order).is_judged_by(who):
        raise Forbidden(N_("这份督办由发出的一方审核"))
    if _is_one_of(who, order_queries.answerers_of(order)):
        raise Forbidden(N_("这份督办是您答复的，要由另一个人审核"))


def _move(
    order: Order, act: OrderAct, account_id: int | None, text: str = "", due: date | None = None, **values: Any
) -> OrderStep:
    """Change where an order stands if it still stands where it was read, and add the step; else raise Conflict."""
    by_clock = act in (OrderAct.REMIND, OrderAct.ESCALATE)
    status = order.status if by_clock else next_status(order.status, act)
    changed = db.session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == order.status, Order.steps == order.steps)
        .values(status=status, steps=Order.steps + 1, **values)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(order, ["status", "steps", "due_on", "escalated_at", "escalated_to_id"])
    if not changed.rowcount:  # type: ignore[attr-defined]
        if not by_clock:
            next_status(order.status, act)
        raise Conflict(N_("刚才有人先办了一步，请看一看再决定"))
    step = _add_step(order, act, text, due, account_id)
    _trail(f"supervision.{act.value}", order, account_id, status=order.status.value)
    return step


def _add_step(order: Order, act: OrderAct, text: str, due: date | None, account_id: int | None) -> OrderStep:
    step = OrderStep(
        order_id=order.id,
        ordinal=order.steps,
        act=act,
        text=text,
        due_on=due,
        made_at=clock.now(),
        made_by=account_id,
    )
    db.session.add(step)
    db.session.flush()
    return step


def _trail(action: str, order: Order, account_id: int | None, **details: Any) -> None:
    number = order_number(order.mark, order.year, order.number)
    lineage = db.session.get_one(Area, order.area_id).lineage
    record(action, "order", order.public_id, account_id=account_id, lineage=lineage, number=number, **details)


def _sender_side(order: Order) -> frozenset[int]:
    """Return who of the sender's side is told: its office, and who sent it while that one may still read of it."""
    issuer = order.issuer.lineage
    still = people.office_people(Permission.SEND_ORDERS, lineages_up(issuer)) & {order.sent_by}
    return people.office_people(Permission.SEND_ORDERS, [issuer]) | still


def _answer_side(order: Order) -> frozenset[int]:
    parties = parties_of(order)
    return people.answer_side(parties.issuer, parties.target, parties.organization_id, parties.handler)


def _sides(order: Order, who: Principal) -> frozenset[int]:
    """Return who is told of what the sender's side did: those who answer, and its own office where one above acted."""
    own = _sender_side(order)
    return _answer_side(order) | (frozenset() if who.account_id in own else own)


def _addressee(order: Order) -> str:
    return order.organization.name if order.organization else order.area.name


def _about(order: Order) -> dict[str, Any]:
    return {"number": order_number(order.mark, order.year, order.number), "title": order.title}


def _tell(account_ids: Iterable[int], words: Words, order: Order) -> None:
    tell_each(account_ids, NoticeKind.ORDER, words, link=f"/supervision/orders/{order.public_id}")
