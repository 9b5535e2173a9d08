"""The number, the status and the inner agreement of a certificate."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.certificates.rules import (
    NUMBER_ALPHABET,
    NUMBER_LENGTH,
    RANDOM_BYTES,
    CertificateFacts,
    CertificateLine,
    CertificateStatus,
    Order,
    check_certificate_number,
    check_period,
    default_order,
    explain_status,
    make_certificate_number,
    may_issue_at,
    may_issue_for,
    status_of,
)
from volunteer.kernel.errors import Invalid
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import VolunteerStatus

NUMBERS = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(make_certificate_number)
POSITIONS = st.integers(0, NUMBER_LENGTH - 1)
LINE = CertificateLine(date(2026, 3, 5), "清理汉江边的白色垃圾", "环境保护", 120, "汉江边")
FACTS = CertificateFacts(
    number=make_certificate_number(bytes(RANDOM_BYTES)),
    holder_name="李梅",
    volunteer_number="42060200000017",
    issuer_name="樊城区邻里守望志愿服务队",
    period_from=date(2026, 1, 1),
    period_to=date(2026, 12, 31),
    total_minutes=120,
    lines=(LINE,),
    issued_on=date(2026, 12, 31),
    verify_url="https://example.org/c/1",
    office_name="襄阳市文明办",
    product_name="志愿台",
)


@given(NUMBERS)
def test_a_made_number_is_three_groups_of_six_and_checks_out(number: str) -> None:
    assert [len(group) for group in number.split("-")] == [6, 6, 6]
    assert check_certificate_number(number) == number


@given(NUMBERS, POSITIONS, st.sampled_from(NUMBER_ALPHABET))
def test_any_single_changed_character_is_refused(number: str, position: int, other: str) -> None:
    plain = number.replace("-", "")
    if plain[position] == other:
        return
    with pytest.raises(Invalid) as refusal:
        check_certificate_number(plain[:position] + other + plain[position + 1 :])
    assert refusal.value.field == "number"


def test_a_swap_of_neighbours_is_all_but_always_refused() -> None:
    bodies = [
        make_certificate_number(bytes([seed * 37 % 256] * 5 + [seed] * 6)).replace("-", "") for seed in range(200)
    ]
    swapped = [
        body[:i] + body[i + 1] + body[i] + body[i + 2 :]
        for body in bodies
        for i in range(NUMBER_LENGTH - 1)
        if body[i] != body[i + 1]
    ]
    assert sum(_is_accepted(number) for number in swapped) / len(swapped) < 0.01


@given(NUMBERS)
def test_a_number_may_be_typed_small_wide_spaced_and_with_look_alikes(number: str) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in number)
    alike = number.lower().replace("0", "o").replace("1", "l").replace("-", " — ")
    assert check_certificate_number(wide) == number
    assert check_certificate_number(f"  {alike}\n") == number


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), st.integers(0, 84))
def test_eighty_five_random_bits_each_matter(source: bytes, bit: int) -> None:
    other = (int.from_bytes(source, "big") ^ 1 << bit).to_bytes(RANDOM_BYTES, "big")
    assert make_certificate_number(source) != make_certificate_number(other)


@pytest.mark.parametrize("count", [0, 10, 12])
def test_a_number_is_never_made_of_too_few_random_bytes(count: int) -> None:
    with pytest.raises(ValueError, match="11 random bytes"):
        make_certificate_number(bytes(count))


@pytest.mark.parametrize(
    "typed", ["", "1234", "7K3M9Q-XT2B4D-HJ8N5", "x" * 8000, "7K3M9Q-XT2B4D-HJ8N5\x00R", "李" * 18, "U" * 18]
)
def test_what_cannot_be_a_number_is_refused_in_words_on_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_certificate_number(typed)
    assert refusal.value.field == "number"
    assert str(refusal.value).startswith("证明编号")
    assert len(str(refusal.value)) < 60


@pytest.mark.parametrize(
    ("entries_reversed", "is_revoked", "expected"),
    [
        (0, False, CertificateStatus.VALID),
        (1, False, CertificateStatus.SUPERSEDED),
        (0, True, CertificateStatus.REVOKED),
        (3, True, CertificateStatus.REVOKED),
    ],
)
def test_a_revocation_outweighs_a_correction(
    entries_reversed: int, is_revoked: bool, expected: CertificateStatus
) -> None:
    assert status_of(entries_reversed=entries_reversed, is_revoked=is_revoked) is expected


def test_a_superseded_certificate_says_how_many_records_changed() -> None:
    words = explain_status(CertificateStatus.SUPERSEDED, entries_reversed=2)
    assert str(words) == "开具以后，证明上有 2 条服务记录被更正，请向持有人索取新开的证明。"
    assert "没有更正" in str(explain_status(CertificateStatus.VALID))
    assert "撤销" in str(explain_status(CertificateStatus.REVOKED))


def test_a_certificate_of_nothing_is_refused_in_words() -> None:
    with pytest.raises(Invalid, match="没有已生效的服务记录"):
        replace(FACTS, lines=(), total_minutes=0)


def test_lines_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(FACTS, total_minutes=121)


def test_a_line_outside_the_period_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        replace(FACTS, lines=(replace(LINE, served_on=FACTS.period_to + timedelta(days=1)),))


def test_a_line_without_minutes_is_refused() -> None:
    with pytest.raises(ValueError, match="credited minutes"):
        replace(FACTS, lines=(LINE, replace(LINE, minutes=0)))


def test_a_period_turned_round_is_refused_on_its_start() -> None:
    with pytest.raises(Invalid) as refusal:
        check_period(date(2026, 3, 2), date(2026, 3, 1), today=date(2026, 4, 1))
    assert refusal.value.field == "period_from"


def test_a_period_reaches_today_but_not_tomorrow() -> None:
    today = date(2026, 3, 1)
    check_period(today, today, today=today)
    with pytest.raises(Invalid) as refusal:
        check_period(today, today + timedelta(days=1), today=today)
    assert refusal.value.field == "period_to"


def _is_accepted(number: str) -> bool:
    try:
        check_certificate_number(number)
    except Invalid:
        return False
    return True


def test_facts_are_kept_and_read_back_whole() -> None:
    facts = replace(FACTS, has_seal=True, is_bilingual=True, chosen_activities=1)
    assert CertificateFacts.from_json(facts.to_json()) == facts


def test_facts_of_the_first_version_say_what_they_said() -> None:
    stored = FACTS.to_json()
    for name in ("version", "has_seal", "chosen_activities", "is_bilingual"):
        del stored[name]
    read = CertificateFacts.from_json(stored)
    assert read == replace(FACTS, version=1)
    assert (read.has_seal, read.is_bilingual, read.chosen_activities) == (False, False, None)


def test_choosing_nothing_is_refused_on_its_field() -> None:
    with pytest.raises(Invalid, match="请至少选一项活动") as refusal:
        Order(FACTS.period_from, FACTS.period_to, ())
    assert refusal.value.field == "activities"


@pytest.mark.parametrize("activities", [None, ("a", "b")])
def test_an_order_is_kept_and_read_back(activities: tuple[str, ...] | None) -> None:
    order = Order(FACTS.period_from, FACTS.period_to, activities, is_bilingual=True, has_seal=True)
    assert Order.kept(order.period_from, order.period_to, order.look) == order


def test_most_people_want_this_year_in_chinese_without_a_seal() -> None:
    assert default_order(date(2026, 11, 22)) == Order(date(2026, 1, 1), date(2026, 11, 22))


def test_a_suspended_organization_and_who_has_left_are_refused_with_a_rule() -> None:
    assert may_issue_at(OrganizationStatus.APPROVED).allowed
    assert may_issue_at(OrganizationStatus.SUSPENDED).rule == "organization_suspended"
    assert {status: may_issue_for(status).allowed for status in VolunteerStatus} == {
        status: status is VolunteerStatus.ACTIVE for status in VolunteerStatus
    }
