"""Kinds and states of an organization."""

from enum import StrEnum

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_

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


def check_credit_code(typed: str) -> str:
    """Return a 统一社会信用代码 (GB 32100-2015, 18 characters) in canonical form, or raise `Invalid`."""
    code = typed.strip().upper()
    if len(code) != 18:
        raise Invalid(N_("统一社会信用代码是 18 位，现在是 %(length)d 位"), field="credit_code", length=len(code))
    values = [CREDIT_CODE_ALPHABET.find(character) for character in code]
    if -1 in values:
        raise Invalid(
            N_("统一社会信用代码第 %(position)d 位不对，请再核对一遍"), field="credit_code", position=values.index(-1) + 1
        )
    total = sum(value * weight for value, weight in zip(values[:17], _CREDIT_CODE_WEIGHTS, strict=True))
    if (31 - total % 31) % 31 != values[17]:
        raise Invalid(N_("统一社会信用代码第 18 位不对，请再核对一遍"), field="credit_code")
    return code
