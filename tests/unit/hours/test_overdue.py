"""When somebody is reminded of hours that are not settled."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from volunteer.hours.overdue_rules import Step, Told, step_words, steps_due
from volunteer.hours.rules import confirm_by

# A Saturday; its tenth working day is Thursday 24 September, since Sunday the 20th is a make-up day.
DUE_ON = confirm_by(date(2026, 9, 12))


def walk(first_on: date, days: int, missed: frozenset[date] = frozenset()) -> list[tuple[date, Step]]:
    """Return what happens day by day until nobody settles anything; on `missed` days the job does not run."""
    told, happened = Told(), []
    for today in (first_on + timedelta(days=n) for n in range(days)):
        if today in missed:
            continue
        for step in steps_due(DUE_ON, told, today):
            happened.append((today, step))
            told = Told(
                today if step in (Step.REMIND, Step.LAST_DAY) else told.reminded_on,
                told.is_escalated or step is Step.ESCALATE,
                told.is_city_told or step is Step.TELL_CITY,
            )
    return happened


def test_the_deadline_knows_make_up_days() -> None:
    assert date(2026, 9, 24) == DUE_ON


def test_each_step_comes_once_on_its_day() -> None:
    assert walk(date(2026, 9, 12), 60) == [
        (date(2026, 9, 21), Step.REMIND),
        (date(2026, 9, 24), Step.LAST_DAY),
        (date(2026, 9, 25), Step.ESCALATE),
        # The 25th to the 27th and the first seven days of October are days off.
        (date(2026, 10, 9), Step.TELL_CITY),
    ]


def test_what_is_first_seen_late_goes_to_the_office_at_once() -> None:
    assert walk(date(2026, 9, 24), 2) == [(date(2026, 9, 24), Step.LAST_DAY), (date(2026, 9, 25), Step.ESCALATE)]
    assert walk(date(2026, 11, 2), 2) == [(date(2026, 11, 2), Step.ESCALATE), (date(2026, 11, 2), Step.TELL_CITY)]


@given(st.sets(st.integers(0, 59)))
def test_a_day_without_the_job_leaves_no_office_untold(missed: set[int]) -> None:
    first_on = date(2026, 9, 12)
    happened = walk(first_on, 62, frozenset(first_on + timedelta(days=n) for n in missed))
    steps = [step for _, step in happened]
    assert steps.count(Step.ESCALATE) == steps.count(Step.TELL_CITY) == 1
    assert steps.count(Step.REMIND) <= 1
    assert steps.count(Step.LAST_DAY) <= 1
    assert steps == sorted(steps, key=list(Step).index)


def test_one_shift_is_named_and_several_are_counted() -> None:
    assert "“清洁护城河”还有" in str(step_words(Step.REMIND, ["清洁护城河"], "护河队", DUE_ON))
    assert "等 3 个班次" in str(step_words(Step.ESCALATE, ["一", "二", "三"], "护河队", DUE_ON))
