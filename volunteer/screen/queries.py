"""What the wall shows beside the figures: who is on a shift now, today's hours, the streets or communities below."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Select, case, func, select

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry
from models.screen import ScreenPass
from volunteer.accounts.queries import principal_now
from volunteer.areas.overview import inside
from volunteer.areas.rules import LEVELS
from volunteer.kernel.errors import NotFound
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport, Report
from volunteer.metrics.ranking_queries import reports_of_level
from volunteer.metrics.small_cells import is_small

MANAGE = Permission.MANAGE_STAFF
_EARLY = timedelta(hours=1)
_LONGEST_SHIFT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Live:
    """The day as it is now; a number of one to four people is not shown (None), nor are their minutes."""

    present: int | None
    served: int | None
    minutes: int | None


def live(area: Area, now: datetime, today: date) -> Live:
    """Return who is on a shift at or below an area now, and what was credited for today."""
    present = _count_present(area, now)
    served, minutes = db.session.execute(_credited(area, now, today)).one()
    hides = is_small(served)
    return Live(None if is_small(present) else present, None if hides else served, None if hides else int(minutes or 0))


def _shifts(area: Area, now: datetime) -> Select[int]:
    """Select the shifts at or below an area that may have to do with today, by the index of their beginning."""
    return (
        select(Shift.id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(Shift.starts_at.between(now - _LONGEST_SHIFT, now + _EARLY), inside((area.lineage,)))
    )


def _count_present(area: Area, now: datetime) -> int:
    # Of a volunteer's comings and goings at one shift the sum is 1 while they are in.
    balance = func.sum(case((PresenceEvent.ordinal % 2 == 1, 1), else_=-1))
    running = _shifts(area, now).where(func.coalesce(Shift.extended_until, Shift.ends_at) >= now)
    inside_now = (
        select(PresenceEvent.volunteer_id)
        .where(PresenceEvent.shift_id.in_(running))
        .group_by(PresenceEvent.shift_id, PresenceEvent.volunteer_id)
        .having(balance > 0)
    )
    return db.session.scalar(select(func.count()).select_from(inside_now.subquery())) or 0


def _credited(area: Area, now: datetime, today: date) -> Select[int, int]:
    return select(func.count(Entry.volunteer_id.distinct()), func.sum(Entry.minutes)).where(
        Entry.shift_id.in_(_shifts(area, now)), Entry.served_on == today
    )


def two_below(report: Report, basis: Basis) -> list[AreaReport]:
    """Return the areas two levels below the whole (a city's streets), or those right below where that is the last."""
    place = LEVELS.index(report.whole.area.level) + 2
    found = reports_of_level(report.whole.area, LEVELS[place], basis) if place < len(LEVELS) else ()
    return list(found or report.children)


# Passes


def digest_of(token: str) -> str:
    """Return what is stored of a pass's secret."""
    return sha256(token.encode()).hexdigest()


def area_of_pass(token: str, today: date) -> Area:
    """Return the area whose page a pass opens; raise NotFound for one that ended, was revoked, or never was.

    Also where whoever made it may make none there any more: a pass ends with its maker's right.
    """
    query = (
        select(Area, ScreenPass.made_by)
        .join(ScreenPass, ScreenPass.area_id == Area.id)
        .where(ScreenPass.digest == digest_of(token), ScreenPass.revoked_at.is_(None), ScreenPass.ends_on >= today)
    )
    found = db.session.execute(query).one_or_none()
    if found is None or not is_in_hands(found.Area, found.made_by):
        raise NotFound(N_("这个大屏链接已经停用或者到期，请主管单位重新做一个"))
    return found.Area


def is_in_hands(area: Area, made_by: int) -> bool:
    """Return whether who made a pass may still make one for its area."""
    return principal_now(made_by).may_at(MANAGE, Scope(area.lineage))


def passes_of(area: Area) -> list[ScreenPass]:
    """Return the passes of an area, those that still open its page first, then the latest."""
    query = (
        select(ScreenPass)
        .where(ScreenPass.area_id == area.id)
        .order_by(ScreenPass.revoked_at.is_not(None), ScreenPass.id.desc())
    )
    return list(db.session.scalars(query))


def screen_pass(public_id: str) -> ScreenPass:
    """Return a pass, or raise NotFound."""
    found = db.session.scalar(select(ScreenPass).where(ScreenPass.public_id == public_id))
    if found is None:
        raise NotFound(N_("没有找到这个大屏链接"))
    return found


def yesterday(today: date) -> date:
    """Return the day before."""
    return today - ONE_DAY
