"""Reading bulletins, the weights that score them, and what a recount says today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, defer, joinedload

from models.areas import Area
from models.base import db
from models.metrics import FigureDelta, FigureState
from models.supervision import Bulletin, ScoreWeights
from models.tasks import Task
from volunteer.areas.overview import inside
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.periods import ONE_DAY, WindowKind, month_end, month_start
from volunteer.kernel.permissions import Permission, Principal
from volunteer.kernel.speech import say_month
from volunteer.kernel.text import N_
from volunteer.ledger.queries import latest_checkpoint
from volunteer.metrics import queries as metrics
from volunteer.metrics.discretion import discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.supervision.bulletin_rules import BulletinStatus, Content
from volunteer.supervision.order_rules import lineages_up
from volunteer.supervision.scores import USUAL_WEIGHTS, Part, Weights
from volunteer.tasks.rules import TaskStatus

DRAFT_TASK = "supervision.draft"
WITHOUT_EDITION = N_("这个月没有有效的测评体系，没有标准可以打分，请填有标准的月份")
LEVELS = (AreaLevel.CITY, AreaLevel.DISTRICT)
"""Which areas have a bulletin: those with enough below them to be compared."""


def basis_of(area: Area, as_of: date) -> Basis:
    """Return what a bulletin's numbers rest on: the calendar year up to a month's end, all service."""
    return metrics.basis_for(as_of, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=clock.today(), area=area)


def bulletins_in_sight(who: Principal) -> Select[Bulletin]:
    """Select the bulletins that a reader may know of, the latest month first; without their content."""
    return (
        select(Bulletin)
        .join(Area, Area.id == Bulletin.area_id)
        .options(joinedload(Bulletin.area), defer(Bulletin.content))
        .where(_in_sight(who))
        .order_by(Bulletin.month.desc(), Bulletin.area_id, Bulletin.id.desc())
    )


def bulletin_in_sight(who: Principal, public_id: str) -> Bulletin:
    """Return a bulletin that a reader may know of; raise NotFound for every other."""
    query = select(Bulletin).join(Area, Area.id == Bulletin.area_id).options(joinedload(Bulletin.area))
    found = db.session.scalar(query.where(Bulletin.public_id == public_id, _in_sight(who)))
    if found is None:
        raise NotFound(N_("没有找到这份通报"))
    return found


def _in_sight(who: Principal) -> ColumnElement[bool]:
    """A released one is for all who read figures at its area, above it, or anywhere in it; others for its office."""
    read = who.lineages(Permission.READ_FIGURES)
    around = Area.lineage.in_({upper for one in read for upper in lineages_up(one)})
    released = and_(Bulletin.status == BulletinStatus.RELEASED, or_(inside(read), around))
    return or_(inside(who.lineages(Permission.RELEASE_BULLETINS)), released)


def released_of(area_id: int, month: date) -> Bulletin | None:
    """Return the released bulletin of an area and month that stands, the one that supersedes the others."""
    by = aliased(Bulletin)
    query = (
        select(Bulletin)
        .outerjoin(by, by.supersedes_id == Bulletin.id)
        .where(
            Bulletin.area_id == area_id,
            Bulletin.month == month,
            Bulletin.status == BulletinStatus.RELEASED,
            by.id.is_(None),
        )
        .order_by(Bulletin.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def before(area_id: int, month: date) -> Bulletin | None:
    """Return the bulletin of the month before, which movement is measured against."""
    return released_of(area_id, month_start(month - ONE_DAY))


def superseded_by(bulletin: Bulletin) -> Bulletin | None:
    """Return the bulletin that corrects this one."""
    return db.session.scalar(select(Bulletin).where(Bulletin.supersedes_id == bulletin.id))


def has_any(area_id: int, month: date) -> bool:
    """Return whether a bulletin of an area and month was ever drafted."""
    query = select(Bulletin.id).where(Bulletin.area_id == area_id, Bulletin.month == month).limit(1)
    return db.session.scalar(query) is not None


def is_being_drafted(area_code: str, month: date) -> bool:
    """Return whether a task drafts it now, or waits to."""
    waiting = (Task.kind == DRAFT_TASK, Task.status.in_((TaskStatus.WAITING, TaskStatus.RUNNING)))
    wanted = {"area": area_code, "month": month.isoformat()}
    return any(params == wanted for params in db.session.scalars(select(Task.params).where(*waiting)))


def areas_for(who: Principal) -> Sequence[Area]:
    """Return the areas whose bulletins a reader may draft and release, from the top."""
    query = select(Area).where(inside(who.lineages(Permission.RELEASE_BULLETINS)), Area.level.in_(LEVELS))
    return db.session.scalars(query.order_by(Area.code)).all()


def areas_with_bulletins() -> Sequence[Area]:
    """Return the areas that may have a bulletin at all."""
    return db.session.scalars(select(Area).where(Area.level.in_(LEVELS)).order_by(Area.code)).all()


def require_figures(area: Area, month: date) -> None:
    """Raise Invalid on month unless something was recorded by its end, and there was a standard to measure it by.

    Invalid on area where nothing lies below it that could be compared.
    """
    if db.session.scalar(select(Area.id).where(Area.parent_id == area.id).limit(1)) is None:
        raise Invalid(N_("%(area)s下面还没有区划，没有可以排名的"), field="area", area=area.name)
    first = select(func.min(FigureDelta.starts_on)).where(FigureDelta.area_id == area.id, FigureDelta.grain == "d")
    first_on = db.session.scalar(first)
    if first_on is None:
        raise Invalid(N_("%(area)s还没有一条志愿服务的记录，做不了通报"), field="month", area=area.name)
    if first_on > month_end(month):
        told = {"year": first_on.year, "month": say_month(first_on.month)}
        raise Invalid(N_("最早的记录在 %(year)s 年 %(month)s，请填那以后的月份"), field="month", **told)
    if basis_of(area, month_end(month)).edition is None:
        raise Invalid(WITHOUT_EDITION, field="month")


def branches_of(area: Area) -> list[int]:
    """Return the ids of an area and of those below it that have areas below them, from the top."""
    query = select(Area.id).where(inside((area.lineage,)), Area.level != AreaLevel.COMMUNITY)
    return list(db.session.scalars(query.order_by(Area.lineage)))


# --- weights ---


@dataclass(frozen=True, slots=True)
class WeightsInForce:
    """The weights that count for an area, and the row that says so; None while the usual ones count."""

    weights: Weights
    row: ScoreWeights | None


def weights_for(area: Area) -> WeightsInForce:
    """Return the weights of an area, else those of the nearest above it, else the usual ones."""
    query = (
        select(ScoreWeights, Area.lineage)
        .join(Area, Area.id == ScoreWeights.area_id)
        .where(Area.lineage.in_(lineages_up(area.lineage)))
        .order_by(ScoreWeights.id.desc())
    )
    rows = db.session.execute(query).all()
    nearest = max(rows, key=lambda row: (len(row.lineage), row[0].id), default=None)
    return WeightsInForce(Weights.from_json(nearest[0].weights), nearest[0]) if nearest else _USUAL


_USUAL = WeightsInForce(USUAL_WEIGHTS, None)


def weights_history(area: Area) -> Sequence[ScoreWeights]:
    """Return what was set for an area itself, the newest first."""
    query = select(ScoreWeights).where(ScoreWeights.area_id == area.id).options(joinedload(ScoreWeights.account))
    return db.session.scalars(query.order_by(ScoreWeights.id.desc())).all()


# --- where the numbers come from ---


@dataclass(frozen=True, slots=True)
class Origin:
    """Which figures a bulletin was made from, and how long the signed ledger was then."""

    figures_version: int
    checkpoint_size: int


def origin() -> Origin:
    """Return where numbers come from now."""
    version = db.session.scalar(select(FigureState.version).where(FigureState.id == 1)) or 0
    checkpoint = latest_checkpoint()
    return Origin(version, checkpoint.size if checkpoint else 0)


def recounted(area: Area, content: Content) -> list[tuple[Part, Part]]:
    """Return the indicators of the whole that a recount of the same day gives otherwise today: (as told, now).

    What was not shown then, or is not today, is left out.
    """
    basis = basis_of(area, content.as_of)
    whole = metrics.report(area, basis).whole
    hidden = discretion(basis).codes_of(area)
    now = {code: Part.of(one) for code, one in whole.measurements.items()}
    return [
        (told, now[code])
        for code, told in content.whole.parts.items()
        if not told.is_small
        and code not in hidden
        and (told.numerator, told.denominator) != (now[code].numerator, now[code].denominator)
    ]
