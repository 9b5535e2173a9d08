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
from volunteer.areas.queries import area_by_code
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid, NotFound
from volunteer.kernel.fonts import require_drawn
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_month
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.supervision import bulletin_papers, bulletin_queries, people, serials
from volunteer.supervision.bulletin_queries import DRAFT_TASK, LEVELS, weights_for
from volunteer.supervision.bulletin_rules import BulletinStatus, Content, bulletin_number, check_month, last_month
from volunteer.supervision.drafting import content_of
from volunteer.supervision.offices import BULLETINS, mark_of
from volunteer.supervision.scores import Weights, check_weights
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
    bulletin_queries.require_figures(area, month)
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
    return sum(_ask_if_possible(area, month) for area in wanted)


def _ask_if_possible(area: Area, month: date) -> bool:
    """Have a bulletin drafted where there is something to tell of: one area without anything keeps none from theirs."""
    try:
        ask_for_draft(area, month, account_id=None)
    except DomainError:
        return False
    return True


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
    bulletin_papers.ask(bulletin)
    told = {"area": area.name, "month": say_month(content.month.month)}
    able = people.office_people(Permission.RELEASE_BULLETINS, [area.lineage])
    _tell(able, Words(N_("%(area)s%(month)s的通报草稿做好了，请看过以后发布"), told), bulletin)
    return bulletin


# --- releasing ---


def save_texts(bulletin: Bulletin, *, opening: str, closing: str, account_id: int) -> Bulletin:
    """Keep the two texts of a draft, "" for the usual ones, and have its files drawn with them.

    Raises Invalid on the text with a character that no font has, Conflict when it is no draft any more.
    """
    texts = {"opening": opening.strip(), "closing": closing.strip()}
    require_drawn(texts, document_fonts())
    _change(bulletin, **texts)
    bulletin_papers.ask_anew(bulletin)
    _trail("supervision.write_bulletin", bulletin, bulletin.area, account_id, **texts)
    return bulletin


def release(bulletin: Bulletin, *, account_id: int) -> Bulletin:
    """Release a draft as it was saved; it gets its number and never changes again, nor do its files once drawn.

    One of the same month that was released before is superseded by it. Raises Conflict when it is no draft any more.
    """
    area, today = bulletin.area, clock.today()
    earlier = bulletin_queries.released_of(area.id, bulletin.month)
    _decide(
        bulletin,
        account_id,
        status=BulletinStatus.RELEASED,
        mark=mark_of(area, BULLETINS),
        year=today.year,
        number=serials.next_number(serials.BULLETIN, area.id, today.year),
        supersedes_id=earlier.id if earlier else None,
    )
    number = bulletin_number(bulletin.mark, bulletin.year or 0, bulletin.number or 0)
    bulletin_papers.ask_anew(bulletin)
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
    _change(bulletin, decided_at=clock.now(), decided_by=account_id, **values)


def _change(bulletin: Bulletin, **values: Any) -> None:
    changed = db.session.execute(
        update(Bulletin)
        .where(Bulletin.id == bulletin.id, Bulletin.status == BulletinStatus.DRAFT)
        .values(**values)
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
