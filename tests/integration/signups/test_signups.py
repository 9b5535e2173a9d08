"""Signing up, waiting, moving up, cancelling."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update

from models.activities import ActivityChange, Shift
from models.audit import AuditEvent
from models.base import db
from models.signups import Signup
from models.volunteers import Volunteer
from tests.at_once import at_once
from tests.cast import Cast
from tests.client import Browser
from volunteer.activities.change_rules import Change
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import NotFound
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups import jobs, operations, queries
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.operations import end_registration
from volunteer.volunteers.rules import EndReason, Relation


def statuses(shift: Shift) -> list[str]:
    return [
        status.value
        for status in db.session.scalars(select(Signup.status).where(Signup.shift_id == shift.id).order_by(Signup.id))
    ]


def cancel_it(shift: Shift, whole: bool) -> None:
    """Cancel the whole activity, or the shift alone."""
    row = db.session.get_one(Shift, shift.id)
    if whole:
        row.activity.status = ActivityStatus.CANCELLED
    else:
        row.status = ShiftStatus.CANCELLED
    db.session.flush()


def test_a_person_signs_up_and_sees_it(browser: Browser, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    browser.sign_in(volunteer.account_id)
    browser.get(f"/signups/shifts/{shift.public_id}")
    page = browser.submit(f"/signups/shifts/{shift.public_id}", {"volunteers": [volunteer.public_id]})
    assert "报名成功" in page.text
    assert "周末清洁护城河" in page.text


def test_nobody_chosen_is_said_on_the_field(browser: Browser, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    browser.sign_in(volunteer.account_id)
    page = browser.post(f"/signups/shifts/{shift.public_id}", {}, expect=422)
    assert "请选择谁来参加" in page.text


def test_somebody_elses_volunteer_cannot_be_signed_up(browser: Browser, cast: Cast) -> None:
    mine, other, shift = cast.volunteer(), cast.volunteer(name="别人"), cast.shift()
    browser.sign_in(mine.account_id)
    browser.post(f"/signups/shifts/{shift.public_id}", {"volunteers": [other.public_id]}, expect=422)
    with browser.app.app_context():
        assert statuses(shift) == []
        with pytest.raises(NotFound):
            operations.sign_up(shift.id, [other.id], account_id=mine.account_id)


def test_signing_up_twice_is_refused(context: Flask, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    operations.sign_up(shift.id, [volunteer.id], account_id=volunteer.account_id)
    with pytest.raises(Refusal) as refused:
        operations.sign_up(shift.id, [volunteer.id], account_id=volunteer.account_id)
    assert refused.value.rule == "already_signed_up"


def test_two_shifts_at_one_time_are_refused(context: Flask, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    other = cast.shift(cast.activity(title="另一个活动"), starts_at=shift.starts_at + timedelta(minutes=30))
    operations.sign_up(shift.id, [volunteer.id], account_id=volunteer.account_id)
    with pytest.raises(Refusal) as refused:
        operations.sign_up(other.id, [volunteer.id], account_id=volunteer.account_id)
    assert refused.value.rule == "overlapping"


def test_a_child_without_consent_is_refused_with_the_reason_on_the_page(browser: Browser, cast: Cast) -> None:
    child = cast.volunteer(relation=Relation.CHILD, birth_on=date(clock.today().year - 12, 1, 1))
    shift = cast.shift()
    browser.sign_in(child.account_id)
    assert "监护人同意" in browser.get(f"/signups/shifts/{shift.public_id}").text


def test_the_line_moves_up_in_order_when_somebody_cancels(context: Flask, cast: Cast) -> None:
    people = [cast.volunteer(name=name) for name in ("甲", "乙", "丙")]
    shift = cast.shift(capacity=1)
    signups = [operations.sign_up(shift.id, [person.id], account_id=person.account_id)[0] for person in people]
    assert statuses(shift) == ["placed", "waiting", "waiting"]
    operations.cancel(signups[0], account_id=people[0].account_id)
    assert statuses(shift) == ["cancelled", "placed", "waiting"]
    db.session.refresh(shift_row := db.session.get_one(Shift, shift.id))
    assert shift_row.taken == 1


def test_who_got_a_place_elsewhere_meanwhile_is_passed_over_but_stays_in_the_line(context: Flask, cast: Cast) -> None:
    first, second, third = (cast.volunteer(name=name) for name in ("甲", "乙", "丙"))
    shift = cast.shift(capacity=1)
    elsewhere = cast.shift(cast.activity(title="另一个活动"), starts_at=shift.starts_at)
    held = operations.sign_up(shift.id, [first.id], account_id=first.account_id)[0]
    operations.sign_up(shift.id, [second.id], account_id=second.account_id)
    operations.sign_up(shift.id, [third.id], account_id=third.account_id)
    operations.sign_up(elsewhere.id, [second.id], account_id=second.account_id)
    operations.cancel(held, account_id=first.account_id)
    assert statuses(shift) == ["cancelled", "waiting", "placed"]


def test_a_raised_capacity_lets_the_line_move(context: Flask, cast: Cast) -> None:
    people = [cast.volunteer(name=name) for name in ("甲", "乙", "丙")]
    shift = cast.shift(capacity=1)
    for person in people:
        operations.sign_up(shift.id, [person.id], account_id=person.account_id)
    db.session.get_one(Shift, shift.id).capacity = 2
    db.session.commit()
    jobs.move_up()
    assert statuses(shift) == ["placed", "placed", "waiting"]


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_cancelled_keeps_nobodys_time(context: Flask, cast: Cast, whole: bool) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    other = cast.shift(cast.activity(title="另一个活动"), starts_at=shift.starts_at)
    operations.sign_up(shift.id, [volunteer.id], account_id=volunteer.account_id)
    cancel_it(shift, whole)
    assert operations.sign_up(other.id, [volunteer.id], account_id=volunteer.account_id)[0].status is (
        SignupStatus.PLACED
    )


@pytest.mark.parametrize("whole", [True, False])
def test_the_line_of_what_was_cancelled_stands_still(context: Flask, cast: Cast, whole: bool) -> None:
    first, second, shift = cast.volunteer(name="甲"), cast.volunteer(name="乙"), cast.shift(capacity=1)
    held = operations.sign_up(shift.id, [first.id], account_id=first.account_id)[0]
    operations.sign_up(shift.id, [second.id], account_id=second.account_id)
    cancel_it(shift, whole)
    operations.cancel(held, account_id=first.account_id)
    assert statuses(shift) == ["cancelled", "waiting"]
    assert queries.shifts_with_room_and_waiting(clock.now()) == []


def test_while_an_organization_is_suspended_nobody_gets_a_place(context: Flask, cast: Cast) -> None:
    first, second, third = (cast.volunteer(name=name) for name in ("甲", "乙", "丙"))
    shift = cast.shift(capacity=1)
    held = operations.sign_up(shift.id, [first.id], account_id=first.account_id)[0]
    operations.sign_up(shift.id, [second.id], account_id=second.account_id)
    organization = held.shift.activity.organization
    organization.status = OrganizationStatus.SUSPENDED
    with pytest.raises(Refusal) as refused:
        operations.sign_up(shift.id, [third.id], account_id=third.account_id)
    assert refused.value.rule == "organization_suspended"
    operations.cancel(held, account_id=first.account_id)
    db.session.commit()
    jobs.move_up()
    assert statuses(shift) == ["cancelled", "waiting"]
    organization.status = OrganizationStatus.APPROVED
    db.session.commit()
    jobs.move_up()
    assert statuses(shift) == ["cancelled", "placed"]


def test_the_trail_tells_who_moved_up(context: Flask, cast: Cast) -> None:
    first, second, shift = cast.volunteer(name="甲"), cast.volunteer(name="乙"), cast.shift(capacity=1)
    held = operations.sign_up(shift.id, [first.id], account_id=first.account_id)[0]
    waits = operations.sign_up(shift.id, [second.id], account_id=second.account_id)[0]
    operations.cancel(held, account_id=first.account_id)
    rows = db.session.execute(
        select(AuditEvent.action, AuditEvent.subject_id, AuditEvent.account_id, AuditEvent.details)
        .where(AuditEvent.subject_kind == "signup")
        .order_by(AuditEvent.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("signups.sign_up", held.public_id, first.account_id, {"status": "placed"}),
        ("signups.sign_up", waits.public_id, second.account_id, {"status": "waiting"}),
        ("signups.cancel", held.public_id, first.account_id, {"status": "cancelled"}),
        ("signups.move_up", waits.public_id, None, {"status": "placed"}),
    ]


def test_who_leaves_the_register_gives_back_the_places_to_come(context: Flask, cast: Cast) -> None:
    leaver, next_one = cast.volunteer(name="甲"), cast.volunteer(name="乙")
    full, waited_for = cast.shift(capacity=1), cast.shift(capacity=1, starts_at=clock.now() + timedelta(days=9))
    over = cast.shift(starts_at=clock.now() - timedelta(days=1), taken=1)
    before = cast.signup(over, leaver)
    operations.sign_up(full.id, [leaver.id], account_id=leaver.account_id)
    operations.sign_up(full.id, [next_one.id], account_id=next_one.account_id)
    operations.sign_up(waited_for.id, [next_one.id], account_id=next_one.account_id)
    operations.sign_up(waited_for.id, [leaver.id], account_id=leaver.account_id)
    end_registration(
        volunteer=db.session.get_one(Volunteer, leaver.id), account_id=leaver.account_id, reason=EndReason.WITHDRAWN
    )
    db.session.commit()
    assert statuses(full) == ["cancelled", "placed"]
    assert statuses(waited_for) == ["placed", "cancelled"]
    assert db.session.get_one(Signup, before.id).status is SignupStatus.PLACED
    assert [db.session.get_one(Shift, one.id).taken for one in (full, waited_for, over)] == [1, 1, 1]


def test_cancelling_after_the_start_is_refused(context: Flask, cast: Cast) -> None:
    volunteer = cast.volunteer()
    shift = cast.shift(starts_at=clock.now() - timedelta(minutes=5), taken=1)
    signup = cast.add(
        Signup(
            shift_id=shift.id,
            volunteer_id=volunteer.id,
            account_id=volunteer.account_id,
            status=SignupStatus.PLACED,
            created_at=clock.now(),
            changes_seen_at=clock.now(),
        )
    )
    with pytest.raises(Refusal):
        operations.cancel(db.session.get_one(Signup, signup.id), account_id=volunteer.account_id)


def test_somebody_elses_signup_is_not_found(browser: Browser, cast: Cast) -> None:
    mine, other, shift = cast.volunteer(), cast.volunteer(name="别人"), cast.shift()
    with browser.app.app_context():
        signup = operations.sign_up(shift.id, [other.id], account_id=other.account_id)[0]
        db.session.commit()
        public_id = signup.public_id
    browser.sign_in(mine.account_id)
    browser.get(f"/signups/{public_id}/calendar.ics", expect=404)
    browser.post(f"/signups/{public_id}/cancel", expect=404)


def test_a_cancelled_place_can_be_taken_again(browser: Browser, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    browser.sign_in(volunteer.account_id)
    browser.submit(f"/signups/shifts/{shift.public_id}", {"volunteers": [volunteer.public_id]})
    with browser.app.app_context():
        public_id = db.session.scalars(select(Signup.public_id)).one()
    calendar = browser.get(f"/signups/{public_id}/calendar.ics")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert "已取消报名" in browser.submit(f"/signups/{public_id}/cancel").text
    assert (
        "报名成功" in browser.submit(f"/signups/shifts/{shift.public_id}", {"volunteers": [volunteer.public_id]}).text
    )


def test_what_changed_is_shown_until_it_was_read(browser: Browser, cast: Cast) -> None:
    volunteer, shift = cast.volunteer(), cast.shift()
    browser.sign_in(volunteer.account_id)
    browser.submit(f"/signups/shifts/{shift.public_id}", {"volunteers": [volunteer.public_id]})
    cast.add(
        ActivityChange(
            activity_id=shift.activity_id,
            shift_id=None,
            at=clock.now() + timedelta(seconds=1),
            changed_by=volunteer.account_id,
            changes=[Change("place", "东门", "西门").to_json()],
        )
    )
    page = browser.get("/signups/")
    assert "西门" in page.text
    with browser.app.app_context():
        public_id = db.session.scalars(select(Signup.public_id)).one()
        row = db.session.scalars(select(Signup)).one()
        row.changes_seen_at = clock.now() + timedelta(seconds=2)
        db.session.commit()
    assert "西门" not in browser.get("/signups/").text
    browser.post(f"/signups/{public_id}/changes-seen")


def test_fifty_at_once_for_the_last_places_get_exactly_the_capacity(app: Flask, cast: Cast) -> None:
    shift = cast.shift(capacity=7)
    people = [cast.volunteer(name=f"志愿者{number}") for number in range(50)]
    acts = [partial(operations.sign_up, shift.id, [one.id], account_id=one.account_id) for one in people]
    assert at_once(app, acts) == []
    with app.app_context():
        found = statuses(shift)
        assert found.count("placed") == 7
        assert found.count("waiting") == 43
        assert found == ["placed"] * 7 + ["waiting"] * 43
        assert db.session.get_one(Shift, shift.id).taken == 7


def test_lines_that_move_while_people_come_and_leave_never_lock_each_other_out(app: Flask, cast: Cast) -> None:
    shifts = [cast.shift(capacity=1, starts_at=clock.now() + timedelta(days=day)) for day in (8, 2)]
    people = [cast.volunteer(name=f"志愿者{number}") for number in range(24)]
    with app.app_context():
        for order, one in enumerate(people[:16]):
            for shift in shifts if order % 2 else reversed(shifts):
                operations.sign_up(shift.id, [one.id], account_id=one.account_id)
        db.session.execute(update(Shift).values(capacity=9))
        db.session.commit()
    acts: list[Callable[[], object]] = [jobs.move_up] * 3
    acts += [partial(operations.cancel_all_of, one.id, one.account_id) for one in people[4:12]]
    acts += [
        partial(operations.sign_up, shift.id, [one.id], account_id=one.account_id)
        for one in people[16:]
        for shift in shifts
    ]
    assert at_once(app, acts) == []
    with app.app_context():
        jobs.move_up()
        for shift in shifts:
            found = statuses(shift)
            assert found.count("placed") == db.session.get_one(Shift, shift.id).taken == 9
            assert found.count("cancelled") == 8
