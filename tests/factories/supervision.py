"""An order with its first step, an answer's file, and a bulletin's content, straight in the tables."""

from datetime import date
from fractions import Fraction

from models.supervision import Bulletin, BulletinPaper, Order, OrderFile, OrderStep
from tests.cast import Cast
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.text import Words
from volunteer.metrics.rules import IndicatorCode
from volunteer.supervision.bulletin_rules import Content, OrderCounts
from volunteer.supervision.order_rules import OrderAct, OrderStatus
from volunteer.supervision.scores import USUAL_WEIGHTS, Part, Row

FIGURES = {
    "indicator": "active_share",
    "numerator": 5,
    "denominator": 10,
    "value": "1/2",
    "threshold": "7/10",
    "edition": "2017 版",
    "as_of": "2026-11-20",
    "first_on": "2026-01-01",
    "last_on": "2026-11-20",
    "window": "calendar_year",
    "total": "inclusive",
    "sentence": {"text": "5 人", "params": {}},
    "missing": {"text": "还差 2 人", "params": {}},
    "forecast": None,
}


def answered_order(cast: Cast, issuer: str, target: str, account_id: int) -> dict[str, str]:
    """Return the public ids of an order of one area to another, and of a picture that came with its answer."""
    now, today = clock.now(), clock.today()
    order = cast.add(
        Order(
            issuer_id=cast.area(issuer).id,
            year=today.year,
            number=900,
            area_id=cast.area(target).id,
            handler_id=cast.area(target).id,
            title="请抓紧",
            indicator="active_share",
            figures=FIGURES,
            demand="组织活动",
            working_days=10,
            first_due_on=today,
            sent_at=now,
            sent_by=account_id,
            status=OrderStatus.ANSWERED,
            due_on=today,
            steps=1,
        )
    )
    step = cast.add(
        OrderStep(order_id=order.id, ordinal=1, act=OrderAct.ANSWER, text="办了", made_at=now, made_by=None)
    )
    content = b"\xff\xd8"
    file = cast.add(
        OrderFile(step_id=step.id, name="a.jpg", type="image/jpeg", size=2, digest="0" * 64, content=content)
    )
    return {"order": order.public_id, "order file": file.public_id}


def drafted_bulletin(cast: Cast, code: str, month: date) -> str:
    """Return the public id of a bulletin of an area that waits for its release."""
    half = Fraction(1, 2)
    parts = {one: Part(one, 5, 10, half, half, is_met=False, gap=Words("还差 2 人")) for one in IndicatorCode}
    row = Row(f"{code}001", "街道", AreaLevel.STREET, "区", parts, None, Fraction(50), 1)
    content = Content(
        area_code=code,
        area_name=cast.area(code).name,
        level=AreaLevel.DISTRICT,
        month=month,
        first_on=date(month.year, 1, 1),
        edition="2017 版",
        thresholds=dict.fromkeys(IndicatorCode, "70%"),
        weights=USUAL_WEIGHTS,
        whole=row,
        sentences=(Words("5 人"),) * 4,
        groups={AreaLevel.STREET: (row,)},
        orders=OrderCounts(),
        compared_with="",
        figures_version=1,
        checkpoint_size=0,
        made_at=clock.now().isoformat(),
    )
    row = {"area_id": cast.area(code).id, "month": month, "content": content.to_json(), "drafted_at": clock.now()}
    bulletin = cast.add(Bulletin(**row))
    for kind in ("pdf", "csv", "xlsx"):
        facts = {"kind": kind, "language": "zh_Hans_CN", "is_final": False, "digest": "0" * 64, "content": b"%PDF-"}
        cast.add(BulletinPaper(bulletin_id=bulletin.id, drawn_at=clock.now(), **facts))
    return str(bulletin.public_id)
