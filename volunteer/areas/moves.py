"""Putting a community below another street from a day on; each day keeps its own tree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from models.areas import Area, AreaMove
from models.base import db
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.areas.standing import Stay, check_move_day
from volunteer.areas.tables import check_reason
from volunteer.areas.tree import all_stays
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.text import N_

# Who keeps sums over the tree follows: (id of the community, when it stood where before, and now). app.py fills it.
followers: list[Callable[[int, Sequence[Stay], Sequence[Stay]], None]] = []


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move with the community and both streets."""

    move: AreaMove
    community: Area
    from_street: Area
    to_street: Area


def move_community(area: Area, to_street: Area, *, effective_on: date, reason: str, account_id: int | None) -> AreaMove:
    """Let a community stand below another street of its city from a day on, with all its figures.

    Raises Invalid on the field (to_code, effective_on, reason) that makes it impossible, Conflict where somebody moved
    it meanwhile. The code of the community stays.
    """
    area = _locked(area)
    check(area, to_street, effective_on)
    reason = check_reason(reason)
    before, former = all_stays()[area.id], area.lineage
    move = AreaMove(
        area_id=area.id,
        from_parent_id=area.parent_id,
        to_parent_id=to_street.id,
        effective_on=effective_on,
        reason=reason,
        recorded_at=clock.now(),
        recorded_by=account_id,
    )
    db.session.add(move)
    area.parent_id, area.lineage = to_street.id, f"{to_street.lineage}/{area.code}"
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict(N_("有人刚刚调整过这个社区，请重新打开页面再看一遍")) from None
    after = all_stays()[area.id]
    for follow in followers:
        follow(area.id, before, after)
    _note(move, area, former)
    return move


def check(area: Area, to_street: Area, effective_on: date) -> None:
    """Raise Invalid on the field (to_code, effective_on) unless a community can stand below a street from a day on."""
    if area.level is not AreaLevel.COMMUNITY:
        raise Invalid(N_("只有社区（村）可以调整隶属"), field="to_code")
    if to_street.level is not AreaLevel.STREET:
        raise Invalid(N_("社区（村）只能归街道乡镇管"), field="to_code")
    if area.lineage.partition("/")[0] != to_street.lineage.partition("/")[0]:
        raise Invalid(N_("只能在同一个市里调整"), field="to_code")
    if to_street.id == area.parent_id:
        raise Invalid(N_("它现在就归%(name)s管"), field="to_code", name=to_street.name)
    check_move_day(effective_on, latest_move_on(area), clock.today())


def latest_move_on(area: Area) -> date | None:
    """Return the day of a community's last move, None where it has always stood where it does."""
    query = select(AreaMove.effective_on).where(AreaMove.area_id == area.id)
    return db.session.scalar(query.order_by(AreaMove.effective_on.desc()).limit(1))


def moves_of(area: Area) -> list[MoveRow]:
    """Return the moves that concern an area: its own, or those into and out of it; the latest first."""
    community, former, later = aliased(Area), aliased(Area), aliased(Area)
    took_part = (
        (AreaMove.area_id == area.id) | (AreaMove.from_parent_id == area.id) | (AreaMove.to_parent_id == area.id)
    )
    if area.level is AreaLevel.DISTRICT:
        took_part = (former.parent_id == area.id) | (later.parent_id == area.id)
    query = (
        select(AreaMove, community, former, later)
        .join(community, community.id == AreaMove.area_id)
        .join(former, former.id == AreaMove.from_parent_id)
        .join(later, later.id == AreaMove.to_parent_id)
        .where(took_part)
        .order_by(AreaMove.effective_on.desc(), AreaMove.id.desc())
    )
    return [MoveRow(*row) for row in db.session.execute(query)]


def _locked(area: Area) -> Area:
    query = select(Area).where(Area.id == area.id).with_for_update(key_share=True)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(N_("没有找到这个区划"))
    return found


def _note(move: AreaMove, area: Area, former: str) -> None:
    """Leave a trace where both sides' offices find it: one in a district of its own for each side."""
    names = full_names([former.rpartition("/")[0], area.lineage.rpartition("/")[0]])
    before, after = (names[lineage.rpartition("/")[0]] for lineage in (former, area.lineage))
    details = {"from": move.effective_on.isoformat(), "before": before, "after": after, "reason": move.reason}
    sides = [former] if _district(former) == _district(area.lineage) else [former, area.lineage]
    for lineage in sides:
        record("areas.move", "area", area.code, account_id=move.recorded_by, lineage=lineage, **details)


def _district(lineage: str) -> str:
    return "/".join(lineage.split("/")[:2])
