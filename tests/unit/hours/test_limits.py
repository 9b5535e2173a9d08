"""How much may be typed in, and until when."""

from datetime import date

import pytest

from volunteer.hours import limits
from volunteer.hours.limits import MAKER_MINUTES, ORGANIZATION_MINUTES, VOLUNTEER_MINUTES, Typed
from volunteer.hours.rules import Cause, EntryKind
from volunteer.kernel.errors import Invalid


def refusal(typed: Typed, asked: int) -> str:
    with pytest.raises(Invalid) as refused:
        limits.check_typed(typed, asked, "护河队")
    return str(refused.value.words)


def test_the_limits_themselves_are_allowed() -> None:
    limits.check_typed(Typed(maker=MAKER_MINUTES - 60, organization=ORGANIZATION_MINUTES - 60), 60, "护河队")
    limits.check_volunteer(VOLUNTEER_MINUTES - 60, 60, field="volunteer_number")


def test_a_minute_more_is_refused_with_what_is_left_and_whom_to_ask() -> None:
    words = refusal(Typed(maker=MAKER_MINUTES - 750, organization=0), 751)
    assert "您 30 天内还能补录 12.50 小时" in words
    assert "主管单位" in words
    words = refusal(Typed(maker=0, organization=ORGANIZATION_MINUTES - 60), 61)
    assert "护河队 30 天内还能补录 1.00 小时" in words
    with pytest.raises(Invalid, match="这位志愿者") as refused:
        limits.check_volunteer(VOLUNTEER_MINUTES, 1, field="volunteer_number")
    assert refused.value.field == "volunteer_number"
    assert "还能补 0.00 小时" in str(refused.value.words)


def test_what_the_office_allows_counts_for_the_organization_and_who_types_there() -> None:
    typed = Typed(maker=MAKER_MINUTES, organization=ORGANIZATION_MINUTES, allowed=120)
    limits.check_typed(typed, 120, "护河队")
    assert "2.00" in refusal(typed, 121)


def test_more_than_the_limit_leaves_nothing_and_not_less() -> None:
    typed = Typed(maker=MAKER_MINUTES + 1, organization=ORGANIZATION_MINUTES + 1)
    assert (typed.maker_left, typed.organization_left, typed.left) == (0, 0, 0)


@pytest.mark.parametrize(
    ("made_on", "late"),
    [
        (date(2026, 9, 10), False),
        (date(2026, 9, 23), False),
        (date(2026, 9, 24), True),
    ],
)
def test_back_dated_is_what_comes_after_ten_working_days(made_on: date, late: bool) -> None:
    # From Thursday 10 September 2026; Sunday 20 September is a make-up day of National Day.
    assert limits.is_back_dated(date(2026, 9, 10), made_on) is late


def test_after_sixty_days_nothing_is_typed_in() -> None:
    limits.check_still_open(date(2026, 9, 1), date(2026, 10, 31))
    with pytest.raises(Invalid, match="60") as refused:
        limits.check_still_open(date(2026, 9, 1), date(2026, 11, 1))
    assert refused.value.field == "shift"


@pytest.mark.parametrize(
    ("cause", "kind", "minutes", "replaced", "added"),
    [
        (Cause.MANUAL, EntryKind.CREDIT, 90, None, 90),
        (Cause.PAPER, EntryKind.CREDIT, 90, None, 90),
        (Cause.CORRECTION, EntryKind.CREDIT, 90, 60, 30),
        (Cause.CORRECTION, EntryKind.CREDIT, 60, 90, 0),
        (Cause.CORRECTION, EntryKind.REVERSAL, 90, None, 0),
        (Cause.LONG_DAY, EntryKind.CREDIT, 540, None, 0),
    ],
)
def test_only_what_people_add_is_typed_in(
    cause: Cause, kind: EntryKind, minutes: int, replaced: int | None, added: int
) -> None:
    assert limits.added_minutes(cause, kind, minutes, replaced) == added


def test_the_office_confirms_and_nobody_of_the_organization() -> None:
    assert limits.office_decision(is_of_office=True, is_member=False).allowed
    assert limits.office_decision(is_of_office=False, is_member=False).rule == "office_only"
    assert limits.office_decision(is_of_office=True, is_member=True).rule == "office_member"


TODAY = date(2026, 11, 22)


def test_an_allowance_is_hours_until_a_day() -> None:
    assert limits.check_allowance(120, TODAY, TODAY) == 7200


@pytest.mark.parametrize("hours", [None, -1, 0, 2001, 10**9])
def test_an_allowance_of_no_or_too_many_hours_is_refused(hours: int | None) -> None:
    with pytest.raises(Invalid) as refused:
        limits.check_allowance(hours, TODAY, TODAY)
    assert refused.value.field == "hours"


@pytest.mark.parametrize("until_on", [None, date(2026, 11, 21), date(2027, 2, 21)])
def test_an_allowance_neither_ends_before_today_nor_goes_on_for_long(until_on: date | None) -> None:
    with pytest.raises(Invalid) as refused:
        limits.check_allowance(10, until_on, TODAY)
    assert refused.value.field == "until_on"
