"""Who may register, and a registration as spells of days."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.accounts.rules import ConsentKind
from volunteer.kernel.errors import Conflict
from volunteer.volunteers.rules import (
    EndReason,
    RegistrationChange,
    RegistrationKind,
    Relation,
    Skill,
    Spell,
    VolunteerStatus,
    age_on,
    check_change,
    may_do_dangerous_work,
    registration_need,
    spells,
)

TODAY = date(2026, 11, 22)
PRIVACY, GUARDIAN, SENSITIVE = ConsentKind.PRIVACY_NOTICE, ConsentKind.GUARDIAN, ConsentKind.MINOR_SENSITIVE
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("birth_on", "day", "age"),
    [
        (date(2018, 11, 22), date(2026, 11, 21), 7),
        (date(2018, 11, 22), date(2026, 11, 22), 8),
        (date(2016, 2, 29), date(2026, 2, 28), 9),
        (date(2016, 2, 29), date(2026, 3, 1), 10),
        (date(2016, 2, 29), date(2024, 2, 29), 8),
        (date(2026, 11, 23), date(2026, 11, 22), -1),
    ],
)
def test_age_is_whole_years_and_grows_on_the_birthday(birth_on, day, age):
    assert age_on(birth_on, day) == age


@given(DAYS, st.integers(0, 40_000))
def test_age_grows_by_one_at_most_from_one_day_to_the_next(birth_on, days):
    day = birth_on + timedelta(days=days)
    assert 0 <= age_on(birth_on, day + timedelta(days=1)) - age_on(birth_on, day) <= 1


def born(years: int) -> date:
    return TODAY.replace(year=TODAY.year - years)


@pytest.mark.parametrize(
    ("age", "relation", "consents"),
    [
        (18, Relation.SELF, (PRIVACY,)),
        (90, Relation.SELF, (PRIVACY,)),
        (17, Relation.SELF, (PRIVACY, GUARDIAN)),
        (14, Relation.SELF, (PRIVACY, GUARDIAN)),
        (14, Relation.CHILD, (PRIVACY, GUARDIAN)),
        (13, Relation.CHILD, (PRIVACY, GUARDIAN, SENSITIVE)),
        (8, Relation.CHILD, (PRIVACY, GUARDIAN, SENSITIVE)),
        (60, Relation.ELDER, (PRIVACY,)),
    ],
)
def test_registering_takes_the_consents_of_the_age(age, relation, consents):
    need = registration_need(born(age), TODAY, relation)
    assert need.is_allowed
    assert need.consents == consents


@pytest.mark.parametrize(
    ("age", "relation", "words"),
    [
        (7, Relation.CHILD, "满 8 周岁才能注册，可以由家长带着参加活动"),
        (7, Relation.SELF, "满 8 周岁才能注册，可以由家长带着参加活动"),
        (13, Relation.SELF, "未满 14 周岁，请家长用自己的账号，以“孩子”来注册"),
        (18, Relation.CHILD, "已满 18 周岁，请本人用自己的手机号注册"),
        (59, Relation.ELDER, "代老人注册要老人满 60 周岁，其他人请用自己的手机号注册"),
    ],
)
def test_a_refused_registration_says_what_to_do_instead(age, relation, words):
    need = registration_need(born(age), TODAY, relation)
    assert (need.is_allowed, str(need.refusal), need.consents) == (False, words, ())


def test_the_day_before_the_eighth_birthday_is_too_early_and_the_birthday_is_not():
    birth_on = born(8)
    assert not registration_need(birth_on, TODAY - timedelta(days=1), Relation.CHILD).is_allowed
    assert registration_need(birth_on, TODAY, Relation.CHILD).is_allowed


@given(DAYS, DAYS, st.sampled_from(Relation))
def test_nobody_below_eighteen_registers_without_a_guardian(birth_on, day, relation):
    need = registration_need(birth_on, day, relation)
    if need.is_allowed and age_on(birth_on, day) < 18:
        assert GUARDIAN in need.consents
        assert age_on(birth_on, day) >= 8


def test_dangerous_work_is_for_adults():
    assert may_do_dangerous_work(born(18), TODAY)
    assert not may_do_dangerous_work(born(18) + timedelta(days=1), TODAY)


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


def registered(number: int, area_id: int) -> RegistrationChange:
    return RegistrationChange(RegistrationKind.REGISTERED, day(number), area_id)


def moved(number: int, area_id: int) -> RegistrationChange:
    return RegistrationChange(RegistrationKind.MOVED, day(number), area_id)


def ended(number: int) -> RegistrationChange:
    return RegistrationChange(RegistrationKind.ENDED, day(number))


def resumed(number: int, area_id: int) -> RegistrationChange:
    return RegistrationChange(RegistrationKind.RESUMED, day(number), area_id)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], []),
        ([registered(0, 1)], [Spell(1, day(0), None)]),
        ([registered(0, 1), moved(5, 2)], [Spell(1, day(0), day(5)), Spell(2, day(5), None)]),
        ([registered(0, 1), ended(5)], [Spell(1, day(0), day(5))]),
        ([registered(0, 1), ended(5), resumed(9, 1)], [Spell(1, day(0), day(5)), Spell(1, day(9), None)]),
        ([registered(0, 1), ended(0)], []),
        ([registered(0, 1), moved(0, 2)], [Spell(2, day(0), None)]),
        ([registered(0, 1), ended(5), resumed(5, 1)], [Spell(1, day(0), None)]),
        ([registered(0, 1), moved(5, 2), moved(5, 1)], [Spell(1, day(0), None)]),
        ([registered(0, 1), ended(5), resumed(5, 2), ended(5)], [Spell(1, day(0), day(5))]),
        ([registered(0, 1), moved(3, 1)], [Spell(1, day(0), None)]),
    ],
)
def test_changes_become_spells(changes, expected):
    assert spells(changes) == expected


@st.composite
def histories(draw: st.DrawFn) -> list[RegistrationChange]:
    numbers = sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=12)))
    areas = st.integers(1, 3)
    history = [registered(numbers[0], draw(areas))]
    for number in numbers[1:]:
        if history[-1].area_id is None:
            history.append(resumed(number, draw(areas)))
        else:
            history.append(draw(st.sampled_from([ended(number), moved(number, draw(areas))])))
    return history


@given(histories(), st.integers(-1, 32))
def test_on_any_day_a_person_counts_where_the_last_change_up_to_that_day_says(history, number):
    so_far = [change for change in history if change.effective_on <= day(number)]
    counted = [spell.area_id for spell in spells(history) if spell.covers(day(number))]
    assert counted == ([so_far[-1].area_id] if so_far and so_far[-1].area_id else [])


@given(histories())
def test_spells_never_overlap_nor_touch_in_one_community(history):
    found = spells(history)
    for spell, following in pairwise(found):
        assert spell.until_on is not None
        assert spell.since_on < spell.until_on <= following.since_on
        assert (spell.area_id, spell.until_on) != (following.area_id, following.since_on)


@given(histories())
def test_every_change_of_a_history_may_follow_the_one_before(history):
    for last, change in zip([None, *history], history, strict=False):
        check_change(last, change)


def test_changes_out_of_order_have_no_spells():
    with pytest.raises(ValueError, match="oldest first"):
        spells([registered(5, 1), ended(4)])


@pytest.mark.parametrize("kind", [RegistrationKind.REGISTERED, RegistrationKind.MOVED, RegistrationKind.RESUMED])
def test_a_change_other_than_an_end_names_a_community_and_an_end_none(kind):
    with pytest.raises(ValueError, match="community"):
        RegistrationChange(kind, TODAY)
    with pytest.raises(ValueError, match="community"):
        RegistrationChange(RegistrationKind.ENDED, TODAY, 1)


@pytest.mark.parametrize(
    ("last", "change", "words"),
    [
        (None, moved(0, 1), "还没有注册，不能变更"),
        (registered(5, 1), ended(4), "变更日期不能早于上一次变更"),
        (registered(0, 1), registered(1, 2), "已经注册过，不用再注册"),
        (registered(0, 1), resumed(1, 1), "现在就在册，不用恢复"),
        (ended(1), ended(2), "已经不在册，请先恢复"),
        (ended(1), moved(2, 1), "已经不在册，请先恢复"),
    ],
)
def test_a_change_that_cannot_follow_is_refused_in_words(last, change, words):
    with pytest.raises(Conflict) as caught:
        check_change(last, change)
    assert str(caught.value) == words


def test_every_reason_to_end_leads_to_a_status_that_no_longer_counts():
    assert {reason.status for reason in EndReason} == set(VolunteerStatus) - {VolunteerStatus.ACTIVE}


def test_everything_that_people_choose_from_has_a_label_of_its_own():
    for kind in (Relation, VolunteerStatus, Skill, RegistrationKind, EndReason):
        assert len({member.label for member in kind}) == len(kind)
