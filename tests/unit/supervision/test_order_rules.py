"""Orders: where each act leads, whose turn it is, and when a deadline falls."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Grant, Principal, Role
from volunteer.supervision.order_rules import (
    DAYS,
    OrderAct,
    OrderStatus,
    Parties,
    calendar_remark,
    days_left,
    due_on,
    is_overdue,
    lineages_up,
    may_be_done,
    next_status,
    office_called,
    reminder,
)

CITY, DISTRICT, STREET = "420600", "420600/420606", "420600/420606/420606001"


def test_only_these_acts_lead_on() -> None:
    leading = {
        (status, act)
        for status in OrderStatus
        for act in (OrderAct.SIGN, OrderAct.ANSWER, OrderAct.ACCEPT, OrderAct.RETURN, OrderAct.WITHDRAW)
        if may_be_done(status, act)
    }
    assert leading == {
        (OrderStatus.AWAITING, OrderAct.SIGN),
        (OrderStatus.UNDER_WAY, OrderAct.ANSWER),
        (OrderStatus.RETURNED, OrderAct.ANSWER),
        (OrderStatus.ANSWERED, OrderAct.ACCEPT),
        (OrderStatus.ANSWERED, OrderAct.RETURN),
        *((one, OrderAct.WITHDRAW) for one in OrderStatus if one not in (OrderStatus.SETTLED, OrderStatus.WITHDRAWN)),
    }
    with pytest.raises(Conflict, match="已经办结"):
        next_status(OrderStatus.SETTLED, OrderAct.ANSWER)


def who(role: Role, lineage: str = "", organization_id: int | None = None) -> Principal:
    return Principal(account_id=1, grants=(Grant(role, lineage, organization_id),))


@pytest.mark.parametrize(
    ("role", "lineage", "answers", "judges"),
    [
        (Role.OFFICE_STAFF, STREET, True, False),
        (Role.OFFICE_STAFF, DISTRICT, True, False),
        (Role.OFFICE_STAFF, CITY, False, True),
        (Role.ASSESSOR, STREET, False, False),
        (Role.OFFICE_ADMIN, "420600/420602", False, False),
    ],
)
def test_the_lower_side_answers_and_the_upper_judges(role: Role, lineage: str, answers: bool, judges: bool) -> None:
    parties = Parties(CITY, STREET, handler=STREET)
    asked = who(role, lineage)
    assert (parties.is_answered_by(asked), parties.is_judged_by(asked)) == (answers, judges)


def test_where_nobody_sits_between_the_senders_own_office_answers() -> None:
    own = who(Role.OFFICE_STAFF, DISTRICT)
    assert Parties(DISTRICT, STREET, handler=DISTRICT).is_answered_by(own)
    assert not Parties(DISTRICT, STREET, handler=STREET).is_answered_by(own)


def test_an_organization_answers_for_itself_alone() -> None:
    parties = Parties(DISTRICT, STREET, organization_id=7)
    assert parties.is_answered_by(who(Role.ORGANIZATION_OWNER, organization_id=7))
    assert not parties.is_answered_by(who(Role.ORGANIZATION_OWNER, organization_id=8))
    assert not parties.is_answered_by(who(Role.ORGANIZER, organization_id=7))
    assert not parties.is_answered_by(who(Role.OFFICE_STAFF, STREET))
    assert parties.is_read_by(who(Role.OFFICE_STAFF, STREET))


def test_deadlines_know_holidays_and_make_up_days() -> None:
    assert due_on(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert due_on(date(2026, 11, 20), 10) == date(2026, 12, 4)
    for wrong in (0, -1, 4, 61):
        with pytest.raises(Invalid):
            due_on(date(2026, 11, 20), wrong)
    assert all(due_on(date(2026, 11, 20), days) > date(2026, 11, 20) for days in DAYS)


def test_a_year_without_known_holidays_is_named() -> None:
    assert calendar_remark(date(2026, 12, 4)) is None
    assert "2091" in str(calendar_remark(date(2091, 1, 4)))


def test_reminders_come_three_working_days_before_and_on_the_day() -> None:
    due, begun = date(2026, 12, 4), date(2026, 11, 20)
    assert _reminded_on(due, range(27, 37), begun) == [date(2026, 12, 1), due]
    assert reminder(OrderStatus.ANSWERED, due, due, begun=begun, last=None) is None


def test_a_reminder_that_did_not_run_is_made_up_for() -> None:
    due, begun = date(2026, 12, 4), date(2026, 11, 20)
    assert _reminded_on(due, (30, 32, 33, 34), begun) == [date(2026, 12, 2), due]
    words = reminder(OrderStatus.UNDER_WAY, due, date(2026, 12, 3), begun=begun, last=None)
    assert str(words) == "还有 1 个工作日到期"


def test_a_short_time_is_reminded_of_on_its_last_day_alone() -> None:
    assert _reminded_on(date(2026, 12, 4), range(33, 36), date(2026, 12, 3)) == [date(2026, 12, 4)]


def _reminded_on(due: date, days: Iterable[int], begun: date) -> list[date]:
    """Return the days of November, and on from there, on which a run sends a reminder."""
    told: list[date] = []
    for count in days:
        day = date(2026, 11, 1) + timedelta(days=count - 1)
        if reminder(OrderStatus.UNDER_WAY, due, day, begun=begun, last=told[-1] if told else None) is not None:
            told.append(day)
    return told


def test_overdue_is_the_day_after_and_only_without_an_answer() -> None:
    due = date(2026, 12, 4)
    assert not is_overdue(OrderStatus.AWAITING, due, due)
    assert is_overdue(OrderStatus.RETURNED, due, date(2026, 12, 5))
    assert not is_overdue(OrderStatus.ANSWERED, due, date(2026, 12, 5))
    assert str(days_left(due, date(2026, 12, 8))) == "逾期 2 个工作日"
    assert str(days_left(due, date(2026, 12, 1))) == "还有 3 个工作日"


def test_offices_are_called_after_the_citys_own() -> None:
    assert office_called(AreaLevel.CITY, "襄阳市", "襄阳市", "市文明办") == "襄阳市文明办"
    assert office_called(AreaLevel.CITY, "襄阳市", "襄阳市", "襄阳市文明办") == "襄阳市文明办"
    assert office_called(AreaLevel.DISTRICT, "樊城区", "襄阳市", "市文明办") == "樊城区文明办"
    assert office_called(AreaLevel.STREET, "汉江街道", "襄阳市", "市文明办") == "汉江街道"
    assert lineages_up(STREET) == [STREET, DISTRICT, CITY]
