"""Stars: settled for whose entries changed, granted and revoked by events of their own; and the scale they follow.

Whose stars have to be looked at stands in `star_due`, where a trigger puts a row in the transaction of each entry. Such
a row is seen when its entry is seen, whatever order transactions end in; following the largest id would pass over an
entry that was given its id earlier and committed later.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, literal, select, update

from models.base import db
from models.hours import Entry, StarDue, StarEvent, StarScale
from models.volunteers import Volunteer
from volunteer.areas.overview import city_lineage
from volunteer.audit.operations import record
from volunteer.hours.ledger import take_volunteer
from volunteer.hours.queries import effective_minutes
from volunteer.hours.rules import StarAct
from volunteer.hours.star_leaves import seal_star
from volunteer.hours.star_rules import (
    Scale,
    StarChange,
    check_begin,
    check_hours,
    scale_on,
    star_changes,
    star_words,
)
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.speech import MINUTES_AN_HOUR, hours_text
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind

AT_ONCE = 500

# Reading


@dataclass(frozen=True, slots=True)
class Star:
    """A star that somebody has: its level, the hours that it was granted for, and when."""

    level: int
    hours: int
    granted_at: datetime

    @property
    def granted_on(self) -> date:
        """Return the local day on which it was granted."""
        return clock.local_day(self.granted_at)


def scale_in_force(day: date) -> Scale:
    """Return the scale that holds on `day`."""
    return scale_on((Scale(tuple(row.hours), row.effective_on) for row in stored_scales()), day)


def stored_scales() -> Sequence[StarScale]:
    """Return all scales that were ever set, in the order in which they were."""
    return db.session.scalars(select(StarScale).order_by(StarScale.id)).all()


def stars_of(volunteer_ids: Collection[int]) -> dict[int, list[Star]]:
    """Return the stars that each of these volunteers has now, the first one first; who has none is left out."""
    found: dict[int, dict[int, Star]] = {}
    query = select(StarEvent).where(StarEvent.volunteer_id.in_(volunteer_ids)).order_by(StarEvent.id)
    for event in db.session.scalars(query):
        theirs = found.setdefault(event.volunteer_id, {})
        if event.act is StarAct.GRANTED:
            theirs[event.level] = Star(event.level, event.hours, event.made_at)
        else:
            theirs.pop(event.level, None)
    return {who: [theirs[level] for level in sorted(theirs)] for who, theirs in found.items() if theirs}


def star_names(volunteer_ids: Collection[int]) -> dict[int, Words]:
    """Return the highest star that each of these volunteers has, in words; who has none is left out."""
    return {who: star_words(stars[-1].level) for who, stars in stars_of(volunteer_ids).items()}


# Settling


def settle_due(limit: int = AT_ONCE) -> int:
    """Bring the stars of up to `limit` due rows in step with the ledger; return how many rows were looked at.

    Only who changes is locked, in one order; read again under the lock, so that two who settle at once give each star
    once. Run again, it changes nothing.
    """
    query = select(StarDue.id, StarDue.volunteer_id).order_by(StarDue.id).limit(limit).with_for_update(skip_locked=True)
    due = db.session.execute(query).all()
    if not due:
        return 0
    scale = scale_in_force(clock.today())
    for volunteer_id in _changing({row.volunteer_id for row in due}, scale):
        _settle(volunteer_id, scale)
    db.session.execute(delete(StarDue).where(StarDue.id.in_([row.id for row in due])))
    return len(due)


def _changing(volunteer_ids: Collection[int], scale: Scale) -> list[int]:
    sums = db.session.execute(
        select(Entry.volunteer_id, func.sum(Entry.minutes))
        .where(Entry.volunteer_id.in_(volunteer_ids))
        .group_by(Entry.volunteer_id)
    )
    stars = stars_of(volunteer_ids)
    return sorted(who for who, minutes in sums if star_changes(_standing(stars.get(who, [])), int(minutes), scale))


def _standing(stars: Iterable[Star]) -> Mapping[int, int]:
    return {star.level: star.hours for star in stars}


def _settle(volunteer_id: int, scale: Scale) -> None:
    take_volunteer(volunteer_id)
    before = stars_of([volunteer_id]).get(volunteer_id, [])
    minutes = effective_minutes(volunteer_id)
    changes = star_changes(_standing(before), minutes, scale)
    for change in changes:
        _write(volunteer_id, change, minutes)
    if changes:
        _tell(volunteer_id, changes, minutes)


def _write(volunteer_id: int, change: StarChange, minutes: int) -> None:
    row = {
        "public_id": new_public_id(),
        "volunteer_id": volunteer_id,
        "act": change.act,
        "level": change.level,
        "hours": change.hours,
        "minutes": minutes,
        "made_at": clock.now(),
    }
    db.session.execute(insert(StarEvent).values(**row, seal=seal_star(row)))


def _tell(volunteer_id: int, changes: Sequence[StarChange], minutes: int) -> None:
    """Say what it came to: the highest star that was granted, or the lowest that was taken back."""
    volunteer, last = db.session.get_one(Volunteer, volunteer_id), changes[-1]
    told = {"name": volunteer.name, "star": star_words(last.level), "hours": hours_text(minutes)}
    words = N_("%(name)s的服务时长到 %(hours)s 小时，评为%(star)s")
    if last.act is StarAct.REVOKED:
        words = N_("有时长冲销，%(name)s现在是 %(hours)s 小时，%(star)s收回了")
    link = f"/hours/?volunteer={volunteer.public_id}"
    tell(volunteer.account_id, NoticeKind.STAR, Words(words, told), link=link, about=volunteer_id)


# The scale


def require_new(hours: Sequence[int], effective_on: date) -> tuple[int, ...]:
    """Return the hours of a scale that can be set for that day and changes something; raise Invalid as `set_scale`."""
    found = check_hours(hours)
    check_begin(effective_on, clock.today())
    if scale_in_force(effective_on).hours == found:
        raise Invalid(N_("那天用的就是这个标准，没有变化"), field="hours")
    return found


def set_scale(hours: Sequence[int], *, effective_on: date, account_id: int) -> StarScale:
    """Set which hours are worth how many stars from a future day on; earlier scales are kept as they were.

    Raises Invalid on hours or effective_on.
    """
    found = require_new(hours, effective_on)
    row = StarScale(hours=list(found), effective_on=effective_on, set_by=account_id, set_at=clock.now())
    db.session.add(row)
    db.session.flush()
    details = {"hours": list(found), "from": effective_on.isoformat()}
    record("hours.set_star_scale", "star_scale", str(row.id), account_id=account_id, lineage=city_lineage(), **details)
    return row


def count_gaining(hours: Sequence[int]) -> int:
    """Return how many people would gain a star by their effective minutes of today if `hours` were the scale."""
    sums = db.session.execute(
        select(Entry.volunteer_id, func.sum(Entry.minutes))
        .group_by(Entry.volunteer_id)
        .having(func.sum(Entry.minutes) >= min(hours) * MINUTES_AN_HOUR)
    ).all()
    stars, scale = stars_of([who for who, _minutes in sums]), Scale(tuple(hours))
    changes = (star_changes(_standing(stars.get(who, [])), int(minutes), scale) for who, minutes in sums)
    return sum(any(change.act is StarAct.GRANTED for change in theirs) for theirs in changes)


def withdraw_scale(effective_on: date, *, account_id: int) -> None:
    """Take back the scales that were to begin on a day that has not come; raises Conflict when there are none."""
    if effective_on <= clock.today():
        raise Conflict(N_("这个标准已经开始用了，不能撤回；要改请定一个新标准"))
    withdrawn = db.session.scalars(
        delete(StarScale)
        .where(StarScale.effective_on == effective_on, StarScale.spread_at.is_(None))
        .returning(StarScale.hours)
    ).all()
    if not withdrawn:
        raise Conflict(N_("这个标准已经撤回了"))
    details = {"hours": list(withdrawn[-1]), "from": effective_on.isoformat()}
    lineage, day = city_lineage(), effective_on.isoformat()
    record("hours.withdraw_star_scale", "star_scale", day, account_id=account_id, lineage=lineage, **details)


def spread_scale() -> bool:
    """Put everybody with entries down to be looked at, the first time that a new scale holds; return whether it did."""
    today = clock.today()
    begun = [row for row in stored_scales() if row.effective_on <= today and row.spread_at is None]
    if not begun:
        return False
    claimed = db.session.execute(
        update(StarScale)
        .where(StarScale.id.in_([row.id for row in begun]), StarScale.spread_at.is_(None))
        .values(spread_at=clock.now())
        .returning(StarScale.id)
    ).all()
    if claimed:
        everybody = select(Volunteer.id).where(select(literal(1)).where(Entry.volunteer_id == Volunteer.id).exists())
        db.session.execute(insert(StarDue).from_select(["volunteer_id"], everybody.order_by(Volunteer.id)))
    return bool(claimed)
