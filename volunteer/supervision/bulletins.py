"""Drafting a bulletin by long work, releasing or discarding it by a person, and setting what its scores weigh."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import broken_constraint, db
from models.supervision import Bulletin, ScoreWeights
from models.tasks import Task
from volunteer.areas.queries import area_by_code, full_names
from volunteer.areas.rules import AreaLevel
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.fonts import require_drawn
from volunteer.kernel.periods import ONE_DAY, month_end, month_start
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_month
from volunteer.kernel.text import N_, Words
from volunteer.metrics import queries as metrics
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.small_cells import WHY
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.supervision import bulletin_queries, people, serials
from volunteer.supervision.bulletin_queries import DRAFT_TASK, LEVELS, basis_of, weights_for
from volunteer.supervision.bulletin_rules import BulletinStatus, Content, bulletin_number, check_month, last_month
from volunteer.supervision.order_queries import order_counts
from volunteer.supervision.scores import Part, Parts, Row, Weights, check_weights, ranked, scored
from volunteer.tasks import operations as tasks
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made
from volunteer.web.assets import document_fonts

# --- drafting ---


def ask_for_draft(area: Area, month: date, *, account_id: int | None) -> Task:
    """Have a bulletin drafted; raises Invalid on month, Conflict where one waits for somebody already."""
    if area.level not in LEVELS:
        raise Invalid(N_("通报只做到市和区县"), field="area")
    month = check_month(month, clock.today())
    if _draft_of(area, month) is not None or bulletin_queries.is_being_drafted(area.code, month):
        raise Conflict(N_("这个月的草稿已经有了，请先发布或作废"), field="month")
    title = f"{area.name} {month.year} 年 {month.month} 月通报"
    params = {"area": area.code, "month": month.isoformat()}
    return tasks.ask(DRAFT_TASK, title, params, lineage=area.lineage, account_id=account_id)


def ask_for_last_month() -> int:
    """Have last month's bulletins drafted where somebody may release them and none was yet; return how many."""
    month = last_month(clock.today())
    wanted = [
        area
        for area in people.areas_with(Permission.RELEASE_BULLETINS, bulletin_queries.areas_with_bulletins())
        if not bulletin_queries.has_any(area.id, month) and not bulletin_queries.is_being_drafted(area.code, month)
    ]
    for area in wanted:
        ask_for_draft(area, month, account_id=None)
    return len(wanted)


def draft(params: Mapping[str, Any], progress: Progress) -> Made:
    """Draft the bulletin of an area and month, as the worker of `supervision.draft`."""
    area, month = area_by_code(params["area"]), date.fromisoformat(params["month"])
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    content = content_of(area, month, progress)
    bulletin = keep_draft(area, content)
    return Made(href=f"/supervision/bulletins/{bulletin.public_id}")


def keep_draft(area: Area, content: Content, *, account_id: int | None = None) -> Bulletin:
    """Keep what was drafted and tell who may release it; raises Conflict where a draft is there already."""
    bulletin = Bulletin(
        area_id=area.id,
        month=content.month,
        content=content.to_json(),
        drafted_at=clock.now(),
        drafted_by=account_id,
        status=BulletinStatus.DRAFT,
    )
    try:
        with db.session.begin_nested():
            db.session.add(bulletin)
            db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error).startswith("bulletin."):
            raise Conflict(N_("这个月的草稿已经有了，请先发布或作废")) from error
        raise
    _trail("supervision.draft_bulletin", bulletin, area, account_id)
    told = {"area": area.name, "month": say_month(content.month.month)}
    able = people.office_people(Permission.RELEASE_BULLETINS, [area.lineage])
    _tell(able, Words(N_("%(area)s%(month)s的通报草稿做好了，请看过以后发布"), told), bulletin)
    return bulletin


def content_of(area: Area, month: date, progress: Progress) -> Content:
    """Return all that a bulletin says; reads branch by branch, each in a transaction of its own."""
    rows = _rows(area, month, progress)
    weights, earlier = weights_for(area).weights, bulletin_queries.before(area.id, month)
    places = Content.from_json(earlier.content).places() if earlier else {}
    basis = basis_of(area, month_end(month))
    whole, origin = metrics.report(area, basis).whole, bulletin_queries.origin()
    asked = {code: one for code, one in whole.measurements.items() if one.threshold is not None}
    groups = _groups(rows, weights.only(asked), places)
    if not any(row.place is not None for group in groups.values() for row in group):
        raise Invalid(N_("这个月没有一个下级区划的数据是齐全的，排不出名次"), field="month")
    edition = basis.edition
    if edition is None:
        raise Invalid(N_("这个月没有有效的测评体系，没有标准可以打分"), field="month")
    shown = rows[0][0]
    return Content(
        area_code=area.code,
        area_name=area.name,
        level=area.level,
        month=month,
        first_on=basis.window.first_on,
        edition=edition.name,
        thresholds={code: f"{one.threshold_text} {one.indicator.unit.suffix}".strip() for code, one in asked.items()},
        weights=weights,
        whole=shown,
        sentences=tuple(
            Words(WHY) if shown.parts[code].is_small else one.told for code, one in whole.measurements.items()
        ),
        groups=groups,
        orders=order_counts(area, month, month_end(month)),
        compared_with=bulletin_number(earlier.year or 0, earlier.number or 0) if earlier else "",
        figures_version=origin.figures_version,
        checkpoint_size=origin.checkpoint_size,
        made_at=clock.now().isoformat(),
    )


def _groups(
    rows: Sequence[tuple[Row, Parts | None]], weights: Weights, places: Mapping[str, int | None]
) -> dict[AreaLevel, tuple[Row, ...]]:
    """Return those below the first row by level and place, scored from exact numbers."""
    below: dict[AreaLevel, list[Row]] = {}
    for row, past in rows[1:]:
        below.setdefault(row.level, []).append(scored(row, past, weights))
    return {level: tuple(ranked(below[level], places)) for level in AreaLevel if level in below}


def _rows(area: Area, month: date, progress: Progress) -> list[tuple[Row, Parts | None]]:
    """Return an area and all below it, each with its parts a month before, without what must not be shown."""
    branch_ids, before_on = bulletin_queries.branches_of(area), month_start(month) - ONE_DAY
    # The yearly figures begin anew in January: nothing is compared with December.
    is_comparable = before_on.year == month.year
    hidden = discretion(basis_of(area, month_end(month)))
    hidden_before = discretion(basis_of(area, before_on)) if is_comparable else hidden
    found: list[tuple[Row, Parts | None]] = []
    area_id, names = area.id, _names_within(area, branch_ids)
    for number, branch_id in enumerate(branch_ids):
        progress(number, len(branch_ids))
        top, branch = db.session.get_one(Area, area_id), db.session.get_one(Area, branch_id)
        report = metrics.report(branch, basis_of(top, month_end(month)))
        past = metrics.report(branch, basis_of(top, before_on)) if is_comparable else None
        earlier = {one.area.code: _parts(one, hidden_before) for one in past.children} if past else {}
        if number == 0:
            found.append((_row(report.whole, "", hidden), None))
        found += [(_row(one, names[branch_id], hidden), earlier.get(one.area.code)) for one in report.children]
    progress(len(branch_ids), len(branch_ids))
    return found


def _names_within(top: Area, branch_ids: Sequence[int]) -> dict[int, str]:
    """Return by id what areas are called below `top`: a street with its district, since many streets share a name."""
    lineages = {one.id: one.lineage for one in db.session.scalars(select(Area).where(Area.id.in_(branch_ids)))}
    names = full_names([*lineages.values(), top.lineage])
    begins = f"{names[top.lineage]} "
    return {area_id: names[lineage].removeprefix(begins) for area_id, lineage in lineages.items()}


def _row(one: AreaReport, above: str, hidden: Discretion) -> Row:
    return Row(
        code=one.area.code,
        name=one.area.name,
        level=one.area.level,
        above=above,
        parts=_parts(one, hidden),
        improvement=None,
        score=None,
    )


def _parts(one: AreaReport, hidden: Discretion) -> Parts:
    """Return what is frozen of an area's report, nothing of what tells of too few people."""
    codes = hidden.codes_of(one.area)
    parts = {code: Part.of(measurement) for code, measurement in one.measurements.items()}
    return {code: part.hidden() if code in codes else part for code, part in parts.items()}


# --- releasing ---


def release(bulletin: Bulletin, *, opening: str, closing: str, account_id: int) -> Bulletin:
    """Release a draft with the texts that a person wrote; it gets its number and never changes again.

    One of the same month that was released before is superseded by it. Raises Conflict when it is no draft any more.
    """
    require_drawn({"opening": opening, "closing": closing}, document_fonts())
    area, today = bulletin.area, clock.today()
    earlier = bulletin_queries.released_of(area.id, bulletin.month)
    _decide(
        bulletin,
        account_id,
        status=BulletinStatus.RELEASED,
        opening=opening.strip(),
        closing=closing.strip(),
        year=today.year,
        number=serials.next_number(serials.BULLETIN, area.id, today.year),
        supersedes_id=earlier.id if earlier else None,
    )
    number = bulletin_number(bulletin.year or 0, bulletin.number or 0)
    _trail("supervision.release_bulletin", bulletin, area, account_id, number=number)
    readers = people.office_people_within(Permission.READ_FIGURES, [area.lineage]) - {account_id}
    told = {"area": area.name, "month": say_month(bulletin.month.month), "number": number}
    _tell(readers, Words(N_("%(area)s%(month)s的志愿服务通报已发布（%(number)s）"), told), bulletin)
    return bulletin


def discard(bulletin: Bulletin, *, reason: str, account_id: int) -> Bulletin:
    """Discard a draft with a reason; raises Invalid on reason, Conflict when it is no draft any more."""
    if not reason.strip():
        raise Invalid(N_("请写明为什么作废"), field="reason")
    _decide(bulletin, account_id, status=BulletinStatus.DISCARDED, reason=reason.strip())
    _trail("supervision.discard_bulletin", bulletin, bulletin.area, account_id, reason=reason.strip())
    return bulletin


def _decide(bulletin: Bulletin, account_id: int, **values: Any) -> None:
    changed = db.session.execute(
        update(Bulletin)
        .where(Bulletin.id == bulletin.id, Bulletin.status == BulletinStatus.DRAFT)
        .values(decided_at=clock.now(), decided_by=account_id, **values)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(bulletin)
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Conflict(N_("这份通报已经有人发布或作废了"))


def _draft_of(area: Area, month: date) -> Bulletin | None:
    drafts = (Bulletin.area_id == area.id, Bulletin.month == month, Bulletin.status == BulletinStatus.DRAFT)
    return db.session.scalar(select(Bulletin).where(*drafts))


def _trail(action: str, bulletin: Bulletin, area: Area, account_id: int | None, **details: Any) -> None:
    month = bulletin.month.isoformat()[:7]
    record(action, "bulletin", bulletin.public_id, account_id=account_id, lineage=area.lineage, month=month, **details)


def _tell(account_ids: Sequence[int] | frozenset[int], words: Words, bulletin: Bulletin) -> None:
    tell_each(account_ids, NoticeKind.BULLETIN, words, link=f"/supervision/bulletins/{bulletin.public_id}")


# --- weights ---


def set_weights(area: Area, weights: Weights, *, reason: str, account_id: int) -> ScoreWeights:
    """Set what the scores of an area's bulletins weigh from now on; those that were drafted keep theirs."""
    check_weights(weights)
    if not reason.strip():
        raise Invalid(N_("请写明为什么这样定"), field="reason")
    if weights_for(area).weights == weights:
        raise Conflict(N_("和现在的权重一样，没有要改的"))
    row = ScoreWeights(
        area_id=area.id, weights=weights.to_json(), reason=reason.strip(), made_at=clock.now(), made_by=account_id
    )
    db.session.add(row)
    db.session.flush()
    details = {"weights": weights.to_json(), "reason": reason.strip()}
    record("supervision.set_weights", "area", area.code, account_id=account_id, lineage=area.lineage, **details)
    return row
