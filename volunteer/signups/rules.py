"""Who may have a place, who waits, and who moves up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel.clock import local_day
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.speech import say_span
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import OrganizationStatus, may_operate
from volunteer.volunteers.rules import ADULT, YOUNGEST, age_on, may_do_dangerous_work


class SignupStatus(StrEnum):
    """What a signup is worth."""

    PLACED = "placed"
    WAITING = "waiting"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SIGNUP_STATUS_LABELS[self]


SIGNUP_STATUS_LABELS = {
    SignupStatus.PLACED: N_("已报上"),
    SignupStatus.WAITING: N_("候补中"),
    SignupStatus.CANCELLED: N_("已取消"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules must know of a volunteer. `has_guardian_consent` is asked only of those under 18."""

    birth_on: date
    is_active: bool = True
    has_guardian_consent: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What the rules must know of a shift and its activity; `shift` is any key that tells shifts apart."""

    shift: object
    starts_at: datetime
    ends_at: datetime
    activity_status: ActivityStatus = ActivityStatus.PUBLISHED
    shift_status: ShiftStatus = ShiftStatus.OPEN
    minimum_age: int = YOUNGEST
    risk: RiskLevel = RiskLevel.ORDINARY
    organization_status: OrganizationStatus = OrganizationStatus.APPROVED


@dataclass(frozen=True, slots=True)
class Held:
    """A signup that the volunteer has already."""

    shift: object
    title: str
    starts_at: datetime
    ends_at: datetime
    status: SignupStatus


def eligibility(person: Person, offer: Offer, existing: Iterable[Held], now: datetime) -> Decision:
    """Return whether the volunteer may sign up for the shift, with the first reason why not.

    Ages are those on the day of the shift. A place elsewhere at the same time refuses, a wait elsewhere does not.
    """
    for decision in (
        _openness(offer, now),
        person_eligibility(person, offer),
        _availability(offer, existing, now),
    ):
        if not decision.allowed:
            return decision
    return allow("eligible", Words(N_("可以报名")))


def person_eligibility(person: Person, offer: Offer) -> Decision:
    """Return whether the volunteer is one of those who may take part at all; a walk-in is asked this too."""
    day = local_day(offer.starts_at)
    age = age_on(person.birth_on, day)
    if not person.is_active:
        return refuse("not_active", N_("这位志愿者目前不在册，请到“我的”里恢复登记"))
    if age < offer.minimum_age:
        return refuse("too_young", N_("这个活动要年满 %(age)d 岁"), age=offer.minimum_age)
    if offer.risk is RiskLevel.DANGEROUS and not may_do_dangerous_work(person.birth_on, day):
        return refuse("minor_in_danger", N_("有人身危险的活动，未满 %(age)d 岁不能参加"), age=ADULT)
    if age < ADULT and not person.has_guardian_consent:
        return refuse("no_guardian_consent", N_("未满 %(age)d 岁要监护人同意，请监护人先在“我的”里确认"), age=ADULT)
    return allow()


def may_go_on(offer: Offer) -> Decision:
    """Return whether places of the shift are given at all: neither it nor its activity or organization stands still."""
    if offer.activity_status is ActivityStatus.CANCELLED or offer.shift_status is ShiftStatus.CANCELLED:
        return refuse("cancelled", N_("活动已取消，看看别的活动吧"))
    if offer.activity_status is not ActivityStatus.PUBLISHED:
        return refuse("not_published", N_("活动现在不接受报名"))
    return may_operate(offer.organization_status)


def _openness(offer: Offer, now: datetime) -> Decision:
    going_on = may_go_on(offer)
    if not going_on.allowed:
        return going_on
    if now >= offer.starts_at:
        return refuse("started", N_("班次已经开始，不能再报名；人在现场可以问问组织者"))
    if offer.shift_status is not ShiftStatus.OPEN:
        return refuse("closed", N_("这个班次停止报名了，看看别的班次吧"))
    return allow()


def _availability(offer: Offer, existing: Iterable[Held], now: datetime) -> Decision:
    for held in existing:
        if held.status is SignupStatus.CANCELLED:
            continue
        if held.shift == offer.shift:
            return refuse("already_signed_up", N_("已经报过这个班次了，在“我的报名”里能看到"))
        if held.status is SignupStatus.PLACED and overlaps(held, offer):
            return refuse(
                "overlapping",
                N_("这个时间已经报了“%(title)s”（%(time)s），先取消那一个才能报这个"),
                title=held.title,
                time=say_span(held.starts_at, held.ends_at, now),
            )
    return allow()


def overlaps(one: Held | Offer, other: Held | Offer) -> bool:
    """Return whether two shifts share time; one that begins as the other ends does not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def place(capacity: int, taken: int, waiting: int) -> SignupStatus:
    """Return what the next signup gets. Nobody passes those who wait and could come: `waiting` counts these alone."""
    return SignupStatus.PLACED if taken < capacity and not waiting else SignupStatus.WAITING


@dataclass(frozen=True, slots=True)
class Waiting:
    """One in the line: `ordinal` grows with the time of joining (the signup's id). `can_come` is False for somebody
    who by now has a place elsewhere at that time, or may no longer take part."""

    ordinal: int
    can_come: bool = True


def promote(queue: Iterable[Waiting], free: int) -> Sequence[Waiting]:
    """Return who moves up into `free` places: the earliest of those who can come, whatever order `queue` has."""
    ready = sorted((one for one in queue if one.can_come), key=lambda one: one.ordinal)
    return ready[: max(free, 0)]


def may_cancel(status: SignupStatus, starts_at: datetime, now: datetime) -> Decision:
    """Return whether a signup may be cancelled: a right, no reason asked, until the shift starts (志愿服务条例)."""
    if status is SignupStatus.CANCELLED:
        return refuse("already_cancelled", N_("这个报名已经取消了"))
    if now >= starts_at:
        return refuse("started", N_("班次已经开始，不用取消了；来不了请打电话告诉组织者"))
    return allow()
