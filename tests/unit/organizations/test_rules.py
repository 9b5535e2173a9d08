"""What an organization may be, and who must stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Role
from volunteer.organizations import rules
from volunteer.organizations.rules import OrganizationFacts, OrganizationKind, OrganizationStatus

FACTS = OrganizationFacts(
    name="周公庙社区志愿服务队",
    kind=OrganizationKind.COMMUNITY,
    credit_code="",
    area_code="420602001001",
    introduction="清洁护城河",
    contact_name="王主任",
    contact_phone="0710-3220000",
)
CODE = "91350100M000100Y43"


class TestCreditCode:
    @pytest.mark.parametrize("typed", [CODE, CODE.lower(), f" {CODE} ", "９１３５０１００Ｍ０００１００Ｙ４３"])
    def test_is_kept_in_one_form(self, typed: str) -> None:
        assert rules.check_credit_code(typed) == CODE

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("9135", "18 位"),
            ("", "18 位"),
            (CODE[:-1] + "4", "第 18 位不对"),
            ("I" + CODE[1:], "第 1 位不对"),
            (CODE[:9] + "\x00" + CODE[10:], "第 10 位不对"),
        ],
    )
    def test_says_what_is_wrong(self, typed: str, words: str) -> None:
        with pytest.raises(Invalid) as refused:
            rules.check_credit_code(typed)
        assert words in str(refused.value)
        assert refused.value.field == "credit_code"

    @given(st.integers(0, 16), st.sampled_from(rules.CREDIT_CODE_ALPHABET))
    def test_notices_any_single_wrong_character(self, position: int, character: str) -> None:
        typed = CODE[:position] + character + CODE[position + 1 :]
        if typed != CODE:
            with pytest.raises(Invalid):
                rules.check_credit_code(typed)


class TestContactPhone:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("138 0000 1111", "13800001111"),
            ("１３８００００１１１１", "13800001111"),
            ("+86 138-0000-1111", "13800001111"),
            ("0710-3220000", "0710-3220000"),
            ("(0710) 3220000", "0710-3220000"),
            ("07103220000", "07103220000"),
            ("3220000", "3220000"),
            ("400-800-1234", "4008001234"),
        ],
    )
    def test_takes_mobiles_and_landlines(self, typed: str, kept: str) -> None:
        assert rules.check_contact_phone(typed) == kept

    @pytest.mark.parametrize("typed", ["", "abc", "12345", "9" * 8000, "0710-322", "<b>", "1380000111"])
    def test_refuses_what_nobody_can_call(self, typed: str) -> None:
        with pytest.raises(Invalid) as refused:
            rules.check_contact_phone(typed)
        assert refused.value.field == "contact_phone"


class TestStates:
    def test_a_returned_organization_goes_to_the_office_again(self) -> None:
        assert rules.next_status(OrganizationStatus.RETURNED, "submit") is OrganizationStatus.PENDING

    @pytest.mark.parametrize("act", ["approve", "return", "suspend", "submit", "delete"])
    def test_what_does_not_follow_is_refused(self, act: str) -> None:
        allowed = {(OrganizationStatus.PENDING, "approve"), (OrganizationStatus.PENDING, "return")}
        if (OrganizationStatus.PENDING, act) in allowed:
            assert rules.next_status(OrganizationStatus.PENDING, act)
        else:
            with pytest.raises(Conflict):
                rules.next_status(OrganizationStatus.PENDING, act)

    @pytest.mark.parametrize("act", ["return", "suspend"])
    def test_bad_news_needs_a_reason(self, act: str) -> None:
        with pytest.raises(Invalid, match="原因"):
            rules.check_reason(act, "  ")
        assert rules.check_reason(act, " 缺材料 ") == "缺材料"

    def test_approval_needs_none_and_a_reason_has_an_end(self) -> None:
        assert rules.check_reason("approve", "") == ""
        with pytest.raises(Invalid, match="300"):
            rules.check_reason("return", "长" * 301)

    @pytest.mark.parametrize("status", list(OrganizationStatus))
    def test_only_an_approved_one_publishes(self, status: OrganizationStatus) -> None:
        assert rules.may_publish(status).allowed is (status is OrganizationStatus.APPROVED)
        assert rules.may_operate(status).allowed is (status is not OrganizationStatus.SUSPENDED)

    def test_three_waiting_are_enough(self) -> None:
        assert rules.may_ask_for_another(2).allowed
        assert not rules.may_ask_for_another(3).allowed


class TestIdentity:
    @pytest.mark.parametrize("name", ["name", "kind", "credit_code", "area_code"])
    def test_what_the_office_judged_stays(self, name: str) -> None:
        changed = OrganizationFacts(**{**_as_dict(FACTS), name: OrganizationKind.SCHOOL if name == "kind" else "别的"})
        with pytest.raises(Invalid) as refused:
            rules.check_identity_kept(OrganizationStatus.APPROVED, FACTS, changed)
        assert refused.value.field == name
        rules.check_identity_kept(OrganizationStatus.RETURNED, FACTS, changed)

    def test_the_introduction_may_always_change(self) -> None:
        changed = OrganizationFacts(**{**_as_dict(FACTS), "introduction": "新的介绍"})
        rules.check_identity_kept(OrganizationStatus.APPROVED, FACTS, changed)


class TestLastOwner:
    @pytest.mark.parametrize(
        ("role", "owners", "allowed"),
        [
            (Role.ORGANIZATION_OWNER, 1, False),
            (Role.ORGANIZATION_OWNER, 2, True),
            (Role.ORGANIZER, 1, True),
            (Role.CHECKER, 0, True),
        ],
    )
    def test_stays(self, role: Role, owners: int, allowed: bool) -> None:
        assert rules.may_take_role(role, owners).allowed is allowed


def _as_dict(facts: OrganizationFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__slots__}
