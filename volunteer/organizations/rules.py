"""Kinds and states of an organization, what may still be changed of it, and who must stay."""

import re
from dataclasses import dataclass
from enum import StrEnum

from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Role
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_
from volunteer.kernel.widths import compact, narrow

MOST_AWAITING = 3
LONGEST_REASON = 300

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class OrganizationKind(StrEnum):
    """What sort of organization it is."""

    COMMUNITY = "community"
    PUBLIC_BODY = "public_body"
    SCHOOL = "school"
    COMPANY = "company"
    ASSOCIATION = "association"
    TEAM = "team"


ORGANIZATION_KIND_LABELS = {
    OrganizationKind.COMMUNITY: N_("社区"),
    OrganizationKind.PUBLIC_BODY: N_("机关事业单位"),
    OrganizationKind.SCHOOL: N_("学校"),
    OrganizationKind.COMPANY: N_("企业"),
    OrganizationKind.ASSOCIATION: N_("社会组织"),
    OrganizationKind.TEAM: N_("志愿服务队"),
}


class OrganizationStatus(StrEnum):
    """Where an organization stands with the office."""

    PENDING = "pending"
    APPROVED = "approved"
    RETURNED = "returned"
    SUSPENDED = "suspended"


ORGANIZATION_STATUS_LABELS = {
    OrganizationStatus.PENDING: N_("待审核"),
    OrganizationStatus.APPROVED: N_("已通过"),
    OrganizationStatus.RETURNED: N_("已退回"),
    OrganizationStatus.SUSPENDED: N_("已暂停"),
}

_NEXT = {
    (OrganizationStatus.PENDING, "approve"): OrganizationStatus.APPROVED,
    (OrganizationStatus.PENDING, "return"): OrganizationStatus.RETURNED,
    (OrganizationStatus.RETURNED, "submit"): OrganizationStatus.PENDING,
    (OrganizationStatus.APPROVED, "suspend"): OrganizationStatus.SUSPENDED,
    (OrganizationStatus.SUSPENDED, "approve"): OrganizationStatus.APPROVED,
}


def next_status(status: OrganizationStatus, act: str) -> OrganizationStatus:
    """Return the state after `act` (approve, return, submit, suspend); raise `Conflict` when it does not follow."""
    try:
        return _NEXT[status, act]
    except KeyError:
        raise Conflict(N_("这个组织的状态已经变了，请刷新后再看")) from None


_REASONED = frozenset({"return", "suspend"})


def check_reason(act: str, reason: str) -> str:
    """Return the reason of a decision, trimmed; raise `Invalid` when returning or suspending says nothing."""
    said = reason.strip()
    if act in _REASONED and not said:
        raise Invalid(N_("请写明原因，对方会看到"), field="reason")
    if len(said) > LONGEST_REASON:
        raise Invalid(
            N_("原因最多 %(most)d 个字，现在是 %(count)d 个"), field="reason", most=LONGEST_REASON, count=len(said)
        )
    return said


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """What an organization says of itself; `credit_code` "" for none."""

    name: str
    kind: OrganizationKind
    credit_code: str
    area_code: str
    introduction: str
    contact_name: str
    contact_phone: str


# What the office has judged stays as judged; a wrong name afterwards is a matter for the office.
_JUDGED = ("name", "kind", "credit_code", "area_code")


def may_change_identity(status: OrganizationStatus) -> bool:
    """Return whether name, kind, credit code and area may still change: only before the office has approved."""
    return status in (OrganizationStatus.PENDING, OrganizationStatus.RETURNED)


def check_identity_kept(status: OrganizationStatus, before: OrganizationFacts, after: OrganizationFacts) -> None:
    """Raise `Invalid` on the first thing that the office has judged and that would change."""
    if may_change_identity(status):
        return
    for name in _JUDGED:
        if getattr(before, name) != getattr(after, name):
            raise Invalid(N_("审核通过后这一项不能自己改，要改请联系主管单位"), field=name)


def may_ask_for_another(awaiting: int) -> Decision:
    """Return whether an account may send one more organization to the office (at most three wait; our decision)."""
    if awaiting >= MOST_AWAITING:
        return refuse("too_many_awaiting", N_("您已有 %(count)d 个组织在等审核，审核完再申请新的"), count=awaiting)
    return allow()


def may_publish(status: OrganizationStatus) -> Decision:
    """Return whether the organization may publish: only when the office has approved it."""
    if status is OrganizationStatus.APPROVED:
        return allow()
    if status is OrganizationStatus.SUSPENDED:
        return refuse("organization_suspended", N_("这个组织已暂停，恢复以后才能发布；草稿可以先存着"))
    if status is OrganizationStatus.RETURNED:
        return refuse("organization_returned", N_("这个组织的申请被退回了，修改后重新提交，通过了才能发布"))
    return refuse("organization_pending", N_("这个组织还在等主管单位审核，通过后才能发布；草稿可以先存着"))


def may_operate(status: OrganizationStatus) -> Decision:
    """Return whether what is published goes on with more people and more time: not while suspended (our decision).

    Who is there already may always leave, and what was served stays served.
    """
    if status is OrganizationStatus.SUSPENDED:
        return refuse("organization_suspended", N_("这个组织已暂停，恢复以后才能继续"))
    return allow()


def may_add_people(status: OrganizationStatus) -> Decision:
    """Return whether more people may be given roles: once the office has approved (our decision)."""
    if status is OrganizationStatus.APPROVED:
        return allow()
    return refuse("organization_not_approved", N_("审核通过的组织才能添加人员"))


def may_take_role(role: Role, owners: int) -> Decision:
    """Return whether a role in an organization may be taken away: its last owner stays."""
    if role is Role.ORGANIZATION_OWNER and owners <= 1:
        return refuse("last_owner", N_("这是最后一位负责人，先添加另一位负责人再移除"))
    return allow()


_LANDLINE = re.compile(r"(0[0-9]{2,3})?[2-9][0-9]{6,7}|[48]00[0-9]{7}")


def check_contact_phone(typed: str, *, field: str = "contact_phone") -> str:
    """Return the number that people call: a mobile, a landline (0710-3220000) or a 400 number; else raise `Invalid`."""
    number = compact(typed).translate(str.maketrans("", "", "()"))
    if not number:
        raise Invalid(N_("请填写联系电话"), field=field)
    if number.startswith(("1", "+", "0086")) and not number.startswith("12"):
        return check_phone(typed, field=field)
    if not _LANDLINE.fullmatch(number):
        raise Invalid(N_("电话要填手机号，或带区号的座机号，比如 0710-3220000"), field=field)
    return _grouped(narrow(typed).strip(), number)


def _grouped(typed: str, number: str) -> str:
    area_code = re.match(r"\(?(0[0-9]{2,3})[-) ]", typed)
    return f"{area_code.group(1)}-{number[len(area_code.group(1)) :]}" if area_code else number


def check_credit_code(typed: str) -> str:
    """Return a 统一社会信用代码 (GB 32100-2015, 18 characters) in canonical form, or raise `Invalid`."""
    code = compact(typed).upper()
    if len(code) != 18:
        raise Invalid(N_("统一社会信用代码是 18 位，现在是 %(length)d 位"), field="credit_code", length=len(code))
    values = [CREDIT_CODE_ALPHABET.find(character) for character in code]
    if -1 in values:
        raise Invalid(
            N_("统一社会信用代码第 %(position)d 位不对，请再核对一遍"),
            field="credit_code",
            position=values.index(-1) + 1,
        )
    total = sum(value * weight for value, weight in zip(values[:17], _CREDIT_CODE_WEIGHTS, strict=True))
    if (31 - total % 31) % 31 != values[17]:
        raise Invalid(N_("统一社会信用代码第 18 位不对，请再核对一遍"), field="credit_code")
    return code
