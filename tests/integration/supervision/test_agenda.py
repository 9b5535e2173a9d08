"""The first page of the figures lists the orders that wait for its reader."""

from datetime import timedelta

import time_machine

from models.base import db
from models.supervision import Order
from tests.integration.supervision.conftest import STREET, Desk, Offices

SIGN, ANSWER, JUDGE = "1 份督办等您签收", "1 份督办等您答复", "1 份督办答复等您审核"
LATE = "1 份督办逾期没有答复"


def test_orders_wait_on_the_first_page_of_whose_turn_it_is(
    offices: Offices, desk: Desk, clock_stands: time_machine.Traveller
) -> None:
    home = f"/metrics/areas/{STREET}"
    assert "督办" not in desk.of(offices.street).get(home).text.partition('id="duties"')[2].partition("</ul>")[0]
    path = desk.send(offices.city)
    waiting = desk.of(offices.street).get(home).text
    assert SIGN in waiting
    assert ANSWER not in waiting
    assert SIGN not in desk.of(offices.city).get("/metrics/").text
    desk.of(offices.street).post(f"{path}/sign")
    assert ANSWER in desk.of(offices.street).get(home).text
    clock_stands.shift(timedelta(days=60))
    for reader in (offices.street, offices.city):
        assert LATE in desk.of(reader).get(home).text
    with desk.app.app_context():
        order = db.session.query(Order).one()
        order.status = "answered"
        db.session.commit()
    assert JUDGE in desk.of(offices.city).get("/metrics/").text
    assert JUDGE not in desk.of(offices.street).get(home).text
