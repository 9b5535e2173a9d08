"""The files of a bulletin: drawn by long work, kept with it, and of a released one the same bytes ever after.

A draft's files make way whenever its texts are saved. Those of a released one are drawn once, with its number on them;
a trigger keeps them, and the audit trail their digests, so that no later version of what draws them changes a paper.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import force_locale
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import undefer

from models.base import db
from models.supervision import Bulletin, BulletinPaper
from models.tasks import Task
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.tables import table_bytes
from volunteer.kernel.text import N_
from volunteer.supervision import bulletin_words as words
from volunteer.supervision.bulletin_documents import BulletinFacts, bulletin_table, draw_bulletin
from volunteer.supervision.bulletin_rules import BulletinStatus, Content, number_of
from volunteer.supervision.offices import office_of, product_name
from volunteer.tasks import operations as tasks
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made, TaskStatus
from volunteer.web.assets import document_fonts
from volunteer.web.context import LOCALES
from volunteer.web.words import say

DRAW_TASK = "supervision.draw"
PDF, XLSX, CSV = "pdf", "xlsx", "csv"
OFFICIAL = LOCALES[0]
"""The paper itself is in one language: it is an official one."""


class Wanted(NamedTuple):
    """One file of a bulletin."""

    kind: str
    language: str


WANTED = (Wanted(PDF, OFFICIAL), *(Wanted(kind, language) for kind in (XLSX, CSV) for language in LOCALES))


@dataclass(frozen=True, slots=True)
class Standing:
    """Which files of a bulletin are there, by kind, and the task that draws them; None where nothing does."""

    papers: Mapping[str, BulletinPaper]
    task: Task | None

    @property
    def is_drawing(self) -> bool:
        """Whether they will be there soon."""
        return not self.papers and self.task is not None and not self.task.status.is_over


def standing(bulletin: Bulletin, language: str) -> Standing:
    """Return how the files of a bulletin stand for a reader of a language."""
    query = select(BulletinPaper).where(BulletinPaper.bulletin_id == bulletin.id)
    papers = {one.kind: one for one in db.session.scalars(query) if one.language in _languages(one.kind, language)}
    return Standing(papers, None if papers else _task_of(bulletin))


def paper_of(bulletin: Bulletin, kind: str, language: str) -> BulletinPaper:
    """Return a file of a bulletin with its content; raise NotFound while it is not drawn."""
    query = select(BulletinPaper).filter_by(bulletin_id=bulletin.id, kind=kind).options(undefer(BulletinPaper.content))
    found = db.session.scalar(query.where(BulletinPaper.language.in_(_languages(kind, language))))
    if found is None:
        raise NotFound(N_("文件还没有做好"))
    return found


def _languages(kind: str, language: str) -> tuple[str, ...]:
    return (OFFICIAL,) if kind == PDF else (language,)


def _task_of(bulletin: Bulletin) -> Task | None:
    query = select(Task).where(Task.kind == DRAW_TASK, Task.lineage == bulletin.area.lineage).order_by(Task.id.desc())
    newest = query.limit(50).execution_options(populate_existing=True)
    mine = (task for task in db.session.scalars(newest) if task.params["bulletin"] == bulletin.public_id)
    return next(mine, None)


def ask(bulletin: Bulletin) -> None:
    """Have the files of a bulletin drawn as it stands now, unless that waits to be done already.

    What waits may be begun before the caller commits, with what the bulletin said until then: `_keep` finds that out
    and asks again.
    """
    task = _task_of(bulletin)
    if task is not None and task.status is TaskStatus.WAITING:
        return
    title = f"{bulletin.area.name} {bulletin.month.year} 年 {bulletin.month.month} 月通报的 PDF 和 Excel"
    params = {"bulletin": bulletin.public_id}
    tasks.ask(DRAW_TASK, title, params, lineage=bulletin.area.lineage, account_id=None)


def ask_anew(bulletin: Bulletin) -> None:
    """Take away the files of a draft, which say what it does not say any more, and have them drawn."""
    db.session.execute(delete(BulletinPaper).filter_by(bulletin_id=bulletin.id, is_final=False))
    ask(bulletin)


def ask_for_missing() -> int:
    """Have the files of drafts and released bulletins drawn that have none, since a task failed; return how many."""
    has_files = exists().where(BulletinPaper.bulletin_id == Bulletin.id)
    query = select(Bulletin).where(Bulletin.status != BulletinStatus.DISCARDED, ~has_files).order_by(Bulletin.id)
    missing = db.session.scalars(query).all()
    for bulletin in missing:
        if (task := _task_of(bulletin)) is None or task.status.is_over:
            ask(bulletin)
    return len(missing)


# --- drawing ---


@dataclass(frozen=True, slots=True)
class _Said:
    """All that the files of a bulletin are drawn from."""

    facts: BulletinFacts
    made_at: datetime
    state: tuple[str, ...]


def draw(params: Mapping[str, Any], progress: Progress) -> Made:
    """Draw the files of a bulletin and keep them, as the worker of `supervision.draw`."""
    bulletin_id = params["bulletin"]
    said, drawn = _said(_read(bulletin_id)), []
    for number, one in enumerate(WANTED):
        progress(number, len(WANTED))
        with force_locale(one.language):
            drawn.append((one, _DRAWN[one.kind](said)))
    progress(len(WANTED), len(WANTED))
    _keep(bulletin_id, said, drawn)
    return Made(href=f"/supervision/bulletins/{bulletin_id}")


def _read(public_id: str, *, to_write: bool = False) -> Bulletin:
    query = select(Bulletin).where(Bulletin.public_id == public_id).execution_options(populate_existing=True)
    found = db.session.scalar(query.with_for_update() if to_write else query)
    if found is None:
        raise NotFound(N_("没有找到这份通报"))
    return found


def _said(bulletin: Bulletin) -> _Said:
    made_at = bulletin.decided_at or bulletin.drafted_at
    facts = BulletinFacts(
        content=Content.from_json(bulletin.content),
        number=number_of(bulletin.mark, bulletin.year, bulletin.number),
        issuer=office_of(bulletin.area),
        dated_on=clock.local_day(made_at),
        opening=bulletin.opening,
        closing=bulletin.closing,
        product_name=product_name(),
    )
    return _Said(facts, made_at, _state(bulletin))


def _state(bulletin: Bulletin) -> tuple[str, ...]:
    """Return what of a bulletin may change while it is drawn."""
    return bulletin.status.value, bulletin.opening, bulletin.closing


def _draw_pdf(said: _Said) -> bytes:
    return draw_bulletin(said.facts, document_fonts())


def _draw_table(kind: str) -> Callable[[_Said], bytes]:
    def draw_it(said: _Said) -> bytes:
        content, number = said.facts.content, said.facts.number
        table = bulletin_table(content, title=say(words.title(content)), number=number, speak=say)
        return table_bytes(table, kind, said.made_at)

    return draw_it


_DRAWN: Mapping[str, Callable[[_Said], bytes]] = {PDF: _draw_pdf, XLSX: _draw_table(XLSX), CSV: _draw_table(CSV)}


def _keep(public_id: str, said: _Said, drawn: Sequence[tuple[Wanted, bytes]]) -> None:
    """Keep what was drawn, unless the bulletin says something else by now: then another task is to draw that.

    Whoever changes it holds its row from before they look for a task that waits: they see either what is kept here and
    that this task is over, or they are seen here.
    """
    bulletin = _read(public_id, to_write=True)
    if bulletin.status is BulletinStatus.DISCARDED:
        return
    here = select(BulletinPaper.id).filter_by(bulletin_id=bulletin.id, is_final=True).limit(1)
    if db.session.scalar(here) is not None:
        return
    if _state(bulletin) != said.state:
        ask(bulletin)
        return
    db.session.execute(delete(BulletinPaper).filter_by(bulletin_id=bulletin.id))
    is_final, digests = bulletin.status is BulletinStatus.RELEASED, {}
    for one, content in drawn:
        digest = hashlib.sha256(content).hexdigest()
        digests[f"{one.kind} {one.language}"] = digest
        facts = {"kind": one.kind, "language": one.language, "is_final": is_final, "digest": digest}
        db.session.add(BulletinPaper(bulletin_id=bulletin.id, content=content, drawn_at=clock.now(), **facts))
    db.session.flush()
    if is_final:
        told = {"number": said.facts.number, "digests": digests}
        lineage = bulletin.area.lineage
        record("supervision.keep_papers", "bulletin", public_id, account_id=None, lineage=lineage, **told)
