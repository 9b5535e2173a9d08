"""What the demo's offices urge: last month's bulletin, and orders that are settled, overdue, and just sent."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import db
from models.supervision import Order, OrderFile, OrderStep
from models.volunteers import Volunteer
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.errors import Conflict
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.kernel.text import N_, Words
from volunteer.metrics import queries as metrics
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind
from volunteer.supervision import bulletins, serials
from volunteer.supervision.bulletin_queries import basis_of
from volunteer.supervision.bulletin_rules import last_month
from volunteer.supervision.drafting import content_of
from volunteer.supervision.evidence import JPEG, Evidence
from volunteer.supervision.offices import ORDERS, mark_of
from volunteer.supervision.order_rules import (
    USUAL_DEMANDS,
    Gap,
    OrderAct,
    OrderStatus,
    due_on,
    gap_of,
    order_number,
    usual_title,
)

OPENING = "现将上月全市志愿服务指标完成情况通报如下，请对照查找差距，确保年底前全部达标。"
ANSWER = (
    "接到通知后，区里逐个街道核对名册，联系本年还没有参加过活动的志愿者，组织周末清洁家园、路口文明引导等活动 6 场，"
    "新增参加 118 人。还差的人数已分到各社区，年底前补齐。"
)
DISTRICT, WORKING_DAYS = "420606", 10
_SETTLED_DAYS_AGO, _OVERDUE_DAYS_AGO = 40, 24


def tell_of_urging(city_hand: Account, district_hand: Account, street_hand: Account) -> None:
    """Let the city release a bulletin, and offices send orders of which one is settled, one overdue, one awaits.

    The street's staff get the street of the district with the most volunteers. Asks that the figures are there.
    """
    city = db.session.scalars(select(Area).where(Area.level == AreaLevel.CITY)).one()
    district = db.session.scalars(select(Area).where(Area.code == DISTRICT)).one()
    street = _fullest_street(district)
    if street is None:
        return
    grant = {"role": Role.OFFICE_STAFF, "area_id": street.id, "granted_at": clock.now()}
    db.session.add(RoleGrant(account_id=street_hand.id, **grant))
    db.session.flush()
    settled = _send(city, district, district, city_hand, _SETTLED_DAYS_AGO)
    if settled is not None:
        _step(settled, OrderAct.SIGN, district_hand, 39, OrderStatus.UNDER_WAY)
        _step(settled, OrderAct.ANSWER, district_hand, 30, OrderStatus.ANSWERED, ANSWER, [_picture()])
        _step(settled, OrderAct.ACCEPT, city_hand, 29, OrderStatus.SETTLED, "措施实，同意办结。")
    overdue = _send(district, street, street, district_hand, _OVERDUE_DAYS_AGO)
    if overdue is not None:
        _step(overdue, OrderAct.SIGN, street_hand, 22, OrderStatus.UNDER_WAY)
        _escalate(overdue, city)
    awaiting = _send(city, street, street, city_hand, 0)
    if awaiting is not None:
        _tell_of(awaiting, street_hand)
    _release_last_month(city, city_hand)


def _fullest_street(district: Area) -> Area | None:
    """Return the street of a district in which most volunteers live."""
    communities = db.session.scalars(
        select(Area.parent_id)
        .join(Volunteer, Volunteer.community_id == Area.id)
        .where(Area.lineage.startswith(f"{district.lineage}/"))
    ).all()
    counts = {one: communities.count(one) for one in set(communities)}
    best = max(sorted(counts, key=str), key=lambda one: counts[one], default=None)
    return db.session.get(Area, best) if best is not None else None


def _send(issuer: Area, target: Area, handler: Area, hand: Account, days_ago: int) -> Order | None:
    """Send an order as it was so many days ago, about the first indicator that lagged then; None where none did."""
    sent_on = clock.today() - timedelta(days=days_ago)
    gap = _gap(target, sent_on)
    if gap is None:
        return None
    due = due_on(sent_on, WORKING_DAYS)
    order = Order(
        issuer_id=issuer.id,
        mark=mark_of(issuer, ORDERS),
        year=sent_on.year,
        number=serials.next_number(serials.ORDER, issuer.id, sent_on.year),
        area_id=target.id,
        handler_id=handler.id,
        title=str(usual_title(target.name, gap.indicator)),
        indicator=gap.indicator.code.value,
        figures=gap.to_json(),
        demand=USUAL_DEMANDS[gap.indicator.code],
        working_days=WORKING_DAYS,
        first_due_on=due,
        sent_at=_moment(days_ago),
        sent_by=hand.id,
        status=OrderStatus.AWAITING,
        due_on=due,
        steps=0,
    )
    db.session.add(order)
    db.session.flush()
    _step(order, OrderAct.SEND, hand, days_ago, OrderStatus.AWAITING, due=due)
    return order


def _tell_of(order: Order, hand: Account) -> None:
    number = order_number(order.mark, order.year, order.number)
    told = {"issuer": order.issuer.name, "number": number, "title": order.title, "day": order.due_on}
    words = Words(N_("%(issuer)s发来%(number)s：%(title)s。请签收，%(day)s前答复"), told)
    tell(hand.id, NoticeKind.ORDER, words, link=f"/supervision/orders/{order.public_id}")


def _gap(area: Area, on: date) -> Gap | None:
    basis = metrics.basis_for(on, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=clock.today(), area=area)
    measurements = metrics.report(area, basis).whole.measurements
    for code in (IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD, IndicatorCode.REGISTERED_SHARE):
        try:
            return gap_of(measurements[code], basis)
        except Conflict:
            continue
    return None


def _step(
    order: Order,
    act: OrderAct,
    hand: Account | None,
    days_ago: int,
    status: OrderStatus,
    text: str = "",
    files: Sequence[Evidence] = (),
    due: date | None = None,
) -> None:
    order.steps, order.status = order.steps + 1, status
    step = OrderStep(
        order_id=order.id,
        ordinal=order.steps,
        act=act,
        text=text,
        due_on=due,
        made_at=_moment(days_ago),
        made_by=hand.id if hand else None,
    )
    db.session.add(step)
    db.session.flush()
    for one in files:
        kept = {"name": one.name, "type": one.type, "size": len(one.content), "digest": one.digest}
        db.session.add(OrderFile(step_id=step.id, content=one.content, **kept))
    db.session.flush()


def _escalate(order: Order, city: Area) -> None:
    days_ago = max((clock.today() - order.due_on).days - 1, 0)
    _step(order, OrderAct.ESCALATE, None, days_ago, order.status, due=order.due_on)
    order.escalated_at, order.escalated_to_id = _moment(days_ago), city.id
    db.session.flush()


def _moment(days_ago: int) -> datetime:
    """Return ten in the morning of a past day, and now for today."""
    if not days_ago:
        return clock.now()
    return datetime.combine(clock.today() - timedelta(days=days_ago), time(10), LOCAL_ZONE)


def _picture() -> Evidence:
    """Return a drawn picture of a cleaning-up: the demo knows no photographs."""
    image = Image.new("RGB", (1200, 800), "#dfeaf2")
    brush = ImageDraw.Draw(image)
    brush.rectangle((0, 560, 1200, 800), fill="#9fb98a")
    for left in range(80, 1100, 170):
        brush.ellipse((left, 380, left + 80, 460), fill="#f1d2b6")
        brush.rounded_rectangle((left - 20, 460, left + 100, 640), 30, fill="#c7372f")
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return Evidence("周末清洁家园.jpg", JPEG, out.getvalue())


def _release_last_month(city: Area, hand: Account) -> None:
    month = last_month(clock.today())
    if basis_of(city, month).edition is None:
        return
    content = content_of(city, month, lambda _done, _total: None)
    draft = bulletins.keep_draft(city, content)
    bulletins.save_texts(draft, opening=OPENING, closing="", account_id=hand.id)
    bulletins.release(draft, account_id=hand.id)
