"""The pages of orders: lists and a calendar, sending one, its timeline with what can be done, and its paper."""

from calendar import Calendar
from datetime import date, timedelta

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.supervision import AnswerForm, JudgeForm, WithdrawForm
from models.base import db
from models.supervision import Order
from volunteer.areas.queries import full_name, full_names
from volunteer.kernel import clock
from volunteer.kernel.errors import Forbidden
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR, month_end, month_start
from volunteer.kernel.permissions import Permission, Scope
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.supervision import order_queries, orders, people
from volunteer.supervision.desk import (
    bp,
    days_offered,
    deadline,
    file,
    layout,
    number_of,
)
from volunteer.supervision.evidence import JPEG, check_files
from volunteer.supervision.offices import office_of, product_name
from volunteer.supervision.order_documents import OrderFacts, OrderLine, draw_order, order_table
from volunteer.supervision.order_queries import Turn, Wanted, parties_of
from volunteer.supervision.order_rules import (
    MOST_FILE_BYTES,
    MOST_FILES,
    Gap,
    OrderAct,
    OrderStatus,
    days_left,
    is_overdue,
    may_be_done,
)
from volunteer.web.access import access, principal
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import table_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

ANSWER, SEND = Permission.ANSWER_ORDERS, Permission.SEND_ORDERS
ORDER = "/orders/<string(length=20):order_id>"
FILE = "<any(csv, xlsx):kind>"
MOST_WITH_FILES = MOST_FILES * MOST_FILE_BYTES + 3 * 1024 * 1024
MOST_IN_TABLE = 10_000
AREA = "area"
KINDS = {
    OrderStatus.AWAITING: "needs",
    OrderStatus.UNDER_WAY: "quiet",
    OrderStatus.ANSWERED: "needs",
    OrderStatus.RETURNED: "wrong",
    OrderStatus.SETTLED: "done",
    OrderStatus.WITHDRAWN: "quiet",
}


@bp.app_template_global()
def order_badge(order: Order) -> dict[str, str]:
    """Return the state of an order as a badge says it: `words` and `kind`."""
    if is_overdue(order.status, order.due_on, clock.today()):
        return {"words": _("%(state)s，逾期", state=_(order.status.label)), "kind": "wrong"}
    return {"words": _(order.status.label), "kind": KINDS[order.status]}


# --- lists ---


@bp.get("/orders/")
@access(ANSWER)
def list_orders() -> ResponseReturnValue:
    """Show the orders that the reader sent, has to answer, or is to know of; those due first at the top."""
    wanted, today = _wanted(), clock.today()
    page = paginate(db.session, order_queries.orders_in_sight(principal(), wanted, today), page_number())
    return render_template(
        "supervision/list_orders.html",
        page=page,
        wanted=wanted,
        counts=order_queries.counts_of_turns(principal(), today),
        overdue=order_queries.count_overdue(principal(), today),
        names=full_names(order.area.lineage for order in page.items),
        left={order.id: days_left(order.due_on, today) for order in page.items},
        TURNS=Turn,
        STATUSES=OrderStatus,
        INDICATORS=INDICATORS,
        IndicatorCode=IndicatorCode,
        number_of=number_of,
        choices=_choices(wanted),
        may_send=principal().may(SEND),
        layout=layout(),
    )


def _wanted() -> Wanted:
    turn, status = request.args.get("turn", ""), request.args.get("status", "")
    return Wanted(
        turn=Turn(turn) if turn in set(Turn) else Turn.ALL,
        status=OrderStatus(status) if status in set(OrderStatus) else None,
        overdue=request.args.get("overdue") == "1",
    )


def _choices(wanted: Wanted) -> dict[str, str]:
    """Return the choices of a list as parts of an address."""
    chosen = {
        "turn": wanted.turn.value,
        "status": wanted.status.value if wanted.status else "",
        "overdue": "1" if wanted.overdue else "",
    }
    return {name: value for name, value in chosen.items() if value}


@bp.get(f"/orders/table.{FILE}")
@access(ANSWER)
def download_orders(kind: str) -> ResponseReturnValue:
    """Hand out the list as a table, in the order of the page."""
    today = clock.today()
    query = order_queries.orders_in_sight(principal(), _wanted(), today).limit(MOST_IN_TABLE)
    found = db.session.scalars(query).all()
    names = full_names(order.area.lineage for order in found)
    lines = [_line(order, names[order.area.lineage], today) for order in found]
    return table_answer(order_table(lines, title=_("督办通知单"), speak=say), kind)


def _line(order: Order, area_name: str, today: date) -> OrderLine:
    gap = Gap.from_json(order.figures, clock.now())
    return OrderLine(
        number=number_of(order),
        issuer=order.issuer.name,
        addressee=order.organization.name if order.organization else area_name,
        indicator=say(gap.indicator.short_name),
        title=order.title,
        sent_on=clock.local_day(order.sent_at),
        due_on=order.due_on,
        status=order_badge(order)["words"],
        left=say(days_left(order.due_on, today)) if order.status.is_open else "—",
        gap=say(gap.missing),
    )


@bp.get("/orders/calendar")
@access(ANSWER)
def show_calendar() -> ResponseReturnValue:
    """Show what is due in a month, day by day."""
    first = _month()
    due = order_queries.due_between(principal(), first, month_end(first), clock.today())
    by_day: dict[date, list[Order]] = {}
    for order in due:
        by_day.setdefault(order.due_on, []).append(order)
    return render_template(
        "supervision/calendar.html",
        month=first,
        before=month_start(first - timedelta(days=1)),
        after=month_end(first) + timedelta(days=1),
        weeks=Calendar().monthdatescalendar(first.year, first.month),
        by_day=by_day,
        names=full_names(order.area.lineage for order in due),
        today=clock.today(),
        number_of=number_of,
        layout=layout(),
    )


def _month() -> date:
    typed = request.args.get("month", "")
    try:
        first = date.fromisoformat(f"{typed}-01")
    except ValueError:
        return month_start(clock.today())
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else month_start(clock.today())


# --- one order ---


@bp.get(ORDER)
@access(ANSWER)
def show_order(order_id: str) -> ResponseReturnValue:
    """Show an order as a timeline, with what the reader can do about it."""
    return _page(order_queries.order_in_sight(principal(), order_id))


def _page(order: Order, judging: JudgeForm | None = None, withdrawing: WithdrawForm | None = None) -> str:
    parties, who, today = parties_of(order), principal(), clock.today()
    answers, judges = orders.why_not_answering(order, who) is None, parties.is_judged_by(who)
    steps = order_queries.steps_of(order)
    own_office = people.office_people(SEND, [order.issuer.lineage])
    return render_template(
        "supervision/show_order.html",
        order=order,
        number=number_of(order),
        gap=Gap.from_json(order.figures, order.sent_at),
        steps=steps,
        by_those_above=order_queries.by_those_above(order, steps),
        is_above=judges and who.account_id not in own_office,
        may_read_figures=who.may_at(Permission.READ_FIGURES, Scope(order.area.lineage)),
        area_name=full_name(order.area),
        due=deadline(order.due_on),
        left=days_left(order.due_on, today) if order.status.is_open else None,
        may_sign=answers and may_be_done(order.status, OrderAct.SIGN),
        may_answer=answers and may_be_done(order.status, OrderAct.ANSWER),
        may_judge=judges and may_be_done(order.status, OrderAct.ACCEPT),
        may_withdraw=judges and may_be_done(order.status, OrderAct.WITHDRAW),
        judging=judging or JudgeForm(days=days_offered(), formdata=None),
        withdrawing=withdrawing or WithdrawForm(formdata=None),
        local_day=clock.local_day,
        days_left=days_left,
        ACTS=OrderAct,
        JPEG=JPEG,
        layout=layout(),
    )


@bp.post(f"{ORDER}/sign")
@access(ANSWER)
def sign(order_id: str) -> ResponseReturnValue:
    """Sign for an order."""
    orders.sign(order_queries.order_in_sight(principal(), order_id), who=principal())
    flash(_("已签收，请在期限前答复"), "success")
    return redirect(url_for(".show_order", order_id=order_id))


@bp.route(f"{ORDER}/answer", methods=["GET", "POST"])
@access(ANSWER)
def answer(order_id: str) -> ResponseReturnValue:
    """Answer an order with words and files."""
    request.max_content_length = MOST_WITH_FILES
    order, form = order_queries.order_in_sight(principal(), order_id), AnswerForm()
    if (why_not := orders.why_not_answering(order, principal())) is not None:
        raise Forbidden(why_not)

    def act() -> Order:
        files = check_files(form.uploads())
        found = order_queries.order_in_sight(principal(), order_id)
        return orders.answer(found, text=form.text.data, files=files, who=principal())

    if attempt(form, act) is not None:
        flash(_("答复已送出，等对方审核"), "success")
        return redirect(url_for(".show_order", order_id=order_id))
    order = order_queries.order_in_sight(principal(), order_id)
    return render_template(
        "supervision/answer_order.html",
        order=order,
        form=form,
        number=number_of(order),
        gap=Gap.from_json(order.figures, order.sent_at),
        due=deadline(order.due_on),
        may_answer=may_be_done(order.status, OrderAct.ANSWER),
        most=MOST_FILES,
        layout=layout(),
    ), 422 if form.is_submitted() else 200


@bp.post(f"{ORDER}/judge")
@access(SEND)
def judge(order_id: str) -> ResponseReturnValue:
    """Accept an answer, or return it with a new deadline."""
    order, form = order_queries.order_in_sight(principal(), order_id), JudgeForm(days=days_offered())

    def act() -> Order:
        text = form.text.data or ""
        if form.verdict.data == "accept":
            return orders.accept(order, text=text, who=principal())
        return orders.send_back(order, text=text, working_days=form.working_days.data, who=principal())

    if attempt(form, act) is not None:
        flash(_("已记下审核意见，对方会收到通知"), "success")
        return redirect(url_for(".show_order", order_id=order_id))
    return _page(order_queries.order_in_sight(principal(), order_id), judging=form), 422


@bp.post(f"{ORDER}/withdraw")
@access(SEND)
def withdraw(order_id: str) -> ResponseReturnValue:
    """Take an order back."""
    order, form = order_queries.order_in_sight(principal(), order_id), WithdrawForm()
    if attempt(form, lambda: orders.withdraw(order, reason=form.reason.data, who=principal())) is not None:
        flash(_("已撤回，对方会收到通知"), "success")
        return redirect(url_for(".show_order", order_id=order_id))
    return _page(order_queries.order_in_sight(principal(), order_id), withdrawing=form), 422


@bp.get(f"{ORDER}/paper.pdf")
@access(ANSWER)
def download_order(order_id: str) -> Response:
    """Hand out the order on paper, as it was sent."""
    order = order_queries.order_in_sight(principal(), order_id)
    pdf = draw_order(_facts(order), document_fonts())
    return file(pdf, "application/pdf", f"{number_of(order)}.pdf", inline=True)


def _facts(order: Order) -> OrderFacts:
    area_name = full_name(order.area)
    return OrderFacts(
        number=number_of(order),
        issuer=office_of(order.issuer),
        addressee=order.organization.name if order.organization else area_name,
        area=order.area.name,
        title=order.title,
        gap=Gap.from_json(order.figures, order.sent_at),
        demand=order.demand,
        sent_on=clock.local_day(order.sent_at),
        working_days=order.working_days,
        due_on=order.first_due_on,
        product_name=product_name(),
    )


@bp.get(f"{ORDER}/files/<string(length=20):file_id>")
@access(ANSWER)
def download_evidence(order_id: str, file_id: str) -> Response:
    """Hand out a file of an answer; a picture may be looked at on the page."""
    found = order_queries.file_of(order_queries.order_in_sight(principal(), order_id), file_id)
    return file(found.content, found.type, found.name, inline=found.type == JPEG)
