"""What waits for a reader with the orders, for the first page of the figures."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ScalarSelect, func, select

from models.areas import Area
from models.base import db
from models.supervision import Order
from volunteer.areas.overview import inside
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission, Principal
from volunteer.kernel.ratio import thousands
from volunteer.kernel.text import N_
from volunteer.metrics.agenda import Duty
from volunteer.supervision.order_queries import Turn, Wanted, orders_in_sight
from volunteer.supervision.order_rules import OrderStatus

_OVERDUE = N_("%(count)s 份督办逾期没有答复")
_SIGN = N_("%(count)s 份督办等您签收")
_ANSWER = N_("%(count)s 份督办等您答复")
_JUDGE = N_("%(count)s 份督办答复等您审核")


def duties(who: Principal, area: Area) -> Sequence[Duty]:
    """Return the orders in an area and below that a reader has to sign for, answer or judge, and those overdue."""
    if not who.may(Permission.ANSWER_ORDERS):
        return []
    signing = Wanted(Turn.ANSWER, OrderStatus.AWAITING)
    wanted = (Wanted(overdue=True), signing, Wanted(Turn.ANSWER), Wanted(Turn.JUDGE))
    overdue, to_sign, to_answer, to_judge = _counts(who, area, wanted)
    told: tuple[tuple[int, str, dict[str, Any]], ...] = (
        (overdue, _OVERDUE, {"overdue": "1"}),
        (to_sign, _SIGN, {"turn": Turn.ANSWER.value, "status": OrderStatus.AWAITING.value}),
        (to_answer - to_sign, _ANSWER, {"turn": Turn.ANSWER.value}),
        (to_judge, _JUDGE, {"turn": Turn.JUDGE.value}),
    )
    return [
        Duty(_(words, count=thousands(count)), url_for("supervision.list_orders", **part), words == _OVERDUE)
        for count, words, part in told
        if count
    ]


def _counts(who: Principal, area: Area, wanted: Sequence[Wanted]) -> Sequence[int]:
    """Return how many orders there are of each kind, in one statement."""
    counts: list[ScalarSelect[int]] = []
    for one in wanted:
        query = orders_in_sight(who, one, clock.today()).where(inside((area.lineage,)))
        ids = query.with_only_columns(Order.id, maintain_column_froms=True).order_by(None)
        counts.append(select(func.count()).select_from(ids.subquery()).scalar_subquery())
    return [int(count) for count in db.session.execute(select(*counts)).one()]
