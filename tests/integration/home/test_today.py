from datetime import timedelta

import pytest

from models.accounts import Account
from models.hours import Proposal
from models.organizations import Organization
from tests.cast import Cast
from tests.client import Browser
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.hours.minutes import Source
from volunteer.hours.rules import Cause
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationStatus


@pytest.fixture
def owner(cast: Cast) -> tuple[Account, Organization]:
    """Return 王主任 with an organization."""
    account = cast.account("王主任")
    return account, cast.organization(account)


def test_a_shift_of_today_says_who_has_come_and_leads_to_code_and_roster(
    browser: Browser, cast: Cast, owner: tuple[Account, Organization]
) -> None:
    shift = cast.shift(cast.activity(owner[1]), clock.now(), taken=7)
    one, other = cast.volunteer(), cast.volunteer()
    for volunteer, ordinal in ((one, 1), (one, 2), (other, 1)):
        cast.presence(shift, volunteer, ordinal)
    page = browser.sign_in(owner[0]).get("/today").text
    assert "<dd>2<span> / 7</span></dd>" in page
    assert f"/checkin/shifts/{shift.public_id}/code" in page
    assert f"/checkin/shifts/{shift.public_id}/roster" in page
    assert "进行中" in page


def test_what_is_drafted_cancelled_or_of_others_is_not_of_today(
    browser: Browser, cast: Cast, owner: tuple[Account, Organization]
) -> None:
    cast.shift(cast.activity(owner[1], "一个草稿", status=ActivityStatus.DRAFT), clock.now())
    cancelled = cast.shift(cast.activity(owner[1]), clock.now(), status=ShiftStatus.CANCELLED)
    cast.shift(cast.activity(cast.organization(), "别人的活动"), clock.now())
    page = browser.sign_in(owner[0]).get("/today").text
    for absent in ("一个草稿", "别人的活动", cancelled.public_id):
        assert absent not in page


def test_several_organizations_stand_apart_those_with_shifts_first(
    browser: Browser, cast: Cast, owner: tuple[Account, Organization]
) -> None:
    busy = cast.organization(owner[0], "忙的服务队")
    cast.shift(cast.activity(busy, "今天的活动"), clock.now())
    cast.shift(cast.activity(owner[1], "过几天的活动"), clock.now() + timedelta(days=3), capacity=8, taken=5)
    page = browser.sign_in(owner[0]).get("/today").text
    assert page.index("忙的服务队</h2>") < page.index(f"{owner[1].name}</h2>")
    assert "已报 5 / 8" in page


def test_what_is_over_waits_to_be_closed(browser: Browser, cast: Cast, owner: tuple[Account, Organization]) -> None:
    cast.shift(cast.activity(owner[1], "上周的活动"), clock.now() - timedelta(days=7))
    cast.shift(cast.activity(owner[1], "结束了的活动", status=ActivityStatus.CLOSED), clock.now() - timedelta(days=7))
    page = browser.sign_in(owner[0]).get("/today").text
    assert "等着结项" in page
    assert "上周的活动" in page
    assert "结束了的活动" not in page


def test_what_waits_for_a_second_person_is_counted(
    browser: Browser, cast: Cast, owner: tuple[Account, Organization]
) -> None:
    shift = cast.shift(cast.activity(owner[1]), clock.now() - timedelta(days=2))
    cast.add(
        Proposal(
            volunteer_id=cast.volunteer().id,
            shift_id=shift.id,
            organization_id=owner[1].id,
            served_on=clock.local_day(shift.starts_at),
            started_at=shift.starts_at,
            ended_at=shift.ends_at,
            minutes=120,
            source=Source.MANUAL,
            rules_version="test",
            derivation={},
            cause=Cause.MANUAL,
            made_at=clock.now(),
        )
    )
    assert "待确认 1 条" in browser.sign_in(owner[0]).get("/today").text


def test_a_checker_reads_but_neither_publishes_nor_runs_shifts(
    browser: Browser, cast: Cast, owner: tuple[Account, Organization]
) -> None:
    shift = cast.shift(cast.activity(owner[1]), clock.now())
    checker = cast.account("赵复核")
    cast.grant(checker, Role.CHECKER, organization=owner[1])
    page = browser.sign_in(checker).get("/today").text
    assert "发布活动" not in page
    assert f"/checkin/shifts/{shift.public_id}/code" not in page
    assert '/manage"' not in page


def test_an_organization_that_waits_is_told_so(browser: Browser, cast: Cast) -> None:
    account = cast.account("王主任")
    cast.organization(account, status=OrganizationStatus.PENDING)
    assert "组织正在等主管单位审核" in browser.sign_in(account).get("/today").text


def test_the_office_has_no_desk_here_and_is_told_where_to_go(browser: Browser, cast: Cast) -> None:
    assert "您还没有加入组织" in browser.sign_in(cast.office()).get("/today").text


def test_a_resident_has_no_desk_and_a_visitor_signs_in_first(browser: Browser, cast: Cast) -> None:
    browser.get("/today", expect=302)
    browser.sign_in(cast.account()).get("/today", expect=403)
