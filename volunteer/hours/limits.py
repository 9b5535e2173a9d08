"""How much may be typed in, and until when: what no scan proves is bounded by who types, where, and for whom. Pure.

All of it is our decision. Minutes count from when somebody proposes them, unless they are returned.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from volunteer.hours.rules import Cause, EntryKind, confirm_by, needs_evidence
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import hours_text
from volunteer.kernel.text import N_

PERIOD_DAYS = 30
PERIOD = timedelta(days=PERIOD_DAYS)
MAKER_MINUTES = 100 * 60
ORGANIZATION_MINUTES = 500 * 60
VOLUNTEER_MINUTES = 24 * 60
# After so many days nobody types in any more what was not recorded.
TYPED_DAYS = 60
# What the office may let an organization type in beyond the limit at once, and for how long.
ALLOWANCE_MOST_HOURS = 2000
ALLOWANCE_MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Typed:
    """Minutes typed in within the period: by a maker anywhere, and at an organization; `allowed` on top by the office.

    What the office allows is for the organization and whoever types there, never for one volunteer.
    """

    maker: int
    organization: int
    allowed: int = 0

    @property
    def organization_most(self) -> int:
        """Return the organization's limit as it is now."""
        return ORGANIZATION_MINUTES + self.allowed

    @property
    def maker_left(self) -> int:
        """Return how many minutes the maker may still type in at this organization."""
        return max(0, MAKER_MINUTES + self.allowed - self.maker)

    @property
    def organization_left(self) -> int:
        """Return how many minutes the organization may still type in."""
        return max(0, self.organization_most - self.organization)

    @property
    def left(self) -> int:
        """Return how many minutes this maker may still type in here."""
        return min(self.maker_left, self.organization_left)


def check_typed(typed: Typed, asked: int, organization: str) -> None:
    """Raise `Invalid` when `asked` minutes more are above what a maker or an organization may type in."""
    said: dict[str, Any] = {"asked": hours_text(asked), "days": PERIOD_DAYS}
    if asked > typed.maker_left:
        raise Invalid(
            N_("您 %(days)d 天内还能补录 %(left)s 小时，这次是 %(asked)s 小时。确实要补，请主管单位给组织临时加额度"),
            left=hours_text(typed.maker_left),
            **said,
        )
    if asked > typed.organization_left:
        raise Invalid(
            N_("%(name)s %(days)d 天内还能补录 %(left)s 小时，这次是 %(asked)s 小时。确实要补，请主管单位临时加额度"),
            name=organization,
            left=hours_text(typed.organization_left),
            **said,
        )


def check_volunteer(already: int, asked: int, *, field: str) -> None:
    """Raise `Invalid` on `field` when `asked` minutes more are above what may be typed in for one volunteer."""
    left = max(0, VOLUNTEER_MINUTES - already)
    if asked > left:
        raise Invalid(
            N_(
                "这位志愿者 %(days)d 天内最多补录 %(most)d 小时，还能补 %(left)s 小时，这次是 %(asked)s 小时。"
                "有疑问请问主管单位"
            ),
            field=field,
            days=PERIOD_DAYS,
            most=VOLUNTEER_MINUTES // 60,
            left=hours_text(left),
            asked=hours_text(asked),
        )


def is_back_dated(ended_on: date, made_on: date) -> bool:
    """Return whether minutes of a shift that ended then are proposed after the ten working days to record it."""
    return made_on > confirm_by(ended_on)


def check_still_open(ended_on: date, asked_on: date, *, field: str | None = "shift") -> None:
    """Raise `Invalid` on `field` when a shift ended too long ago to type anything in for it."""
    if asked_on > ended_on + timedelta(days=TYPED_DAYS):
        raise Invalid(N_("班次过去超过 %(days)d 天，不能再补录时长"), field=field, days=TYPED_DAYS)


def added_minutes(cause: Cause, kind: EntryKind, minutes: int, replaced: int | None) -> int:
    """Return how many minutes a proposal types in: of a correction what it adds to what it replaces, 0 for a scan."""
    if kind is not EntryKind.CREDIT or not needs_evidence(cause):
        return 0
    return max(0, minutes - (replaced or 0))


def office_decision(*, is_of_office: bool, is_member: bool) -> Decision:
    """Return whether who confirms back-dated minutes is of the office, and not of the organization at the same time."""
    if not is_of_office:
        return refuse("office_only", N_("班次过了 10 个工作日才提出的，要主管单位的人确认"))
    if is_member:
        return refuse("office_member", N_("您也是这个组织的人，请主管单位的另一位同事来办"))
    return allow("office")


def check_allowance(hours: int | None, until_on: date | None, today: date) -> int:
    """Return the minutes of what the office allows; raise `Invalid` on hours or until_on."""
    if hours is None or not 1 <= hours <= ALLOWANCE_MOST_HOURS:
        raise Invalid(N_("加 1 到 %(most)d 小时，填整数"), field="hours", most=ALLOWANCE_MOST_HOURS)
    if until_on is None or not today <= until_on <= today + timedelta(days=ALLOWANCE_MOST_DAYS):
        raise Invalid(N_("最后一天要在今天以后，最多 %(days)d 天"), field="until_on", days=ALLOWANCE_MOST_DAYS)
    return hours * 60
