"""The pages of bulletins: the list, one as it reads with its paper and workbook, releasing it, and the weights."""

from collections.abc import Iterable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from forms.supervision import DiscardForm, DraftForm, ReleaseForm, WeightsForm
from models.areas import Area
from models.base import db
from models.supervision import Bulletin, ScoreWeights
from models.tasks import Task
from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.tables import MEDIA_TYPES
from volunteer.kernel.text import N_
from volunteer.metrics.rules import INDICATORS
from volunteer.supervision import bulletin_papers, bulletin_queries, bulletin_words, bulletins
from volunteer.supervision.bulletin_papers import PDF
from volunteer.supervision.bulletin_rules import BulletinStatus, Content, last_month, number_of
from volunteer.supervision.desk import bp, file
from volunteer.supervision.offices import office_of
from volunteer.supervision.scores import Weights
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.context import chosen_locale
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

READ, RELEASE = Permission.READ_FIGURES, Permission.RELEASE_BULLETINS
_MEDIA_TYPES = {PDF: "application/pdf", **MEDIA_TYPES}
BULLETIN = "/bulletins/<string(length=20):bulletin_id>"
MOST_SHOWN = 60
KINDS = {BulletinStatus.DRAFT: "needs", BulletinStatus.RELEASED: "done", BulletinStatus.DISCARDED: "quiet"}


@bp.get("/bulletins/")
@access(READ)
def list_bulletins() -> ResponseReturnValue:
    """Show the bulletins of the reader's areas and of those above, the latest month first."""
    return _list(_draft_form(formdata=None)), 200


def _list(form: DraftForm) -> str:
    page = paginate(db.session, bulletin_queries.bulletins_in_sight(principal()), page_number())
    return render_template(
        "supervision/list_bulletins.html",
        page=page,
        form=form if principal().may(RELEASE) else None,
        number_of=_number,
        KINDS=KINDS,
    )


def _draft_form(**options: Any) -> DraftForm:
    areas = [(area.code, area.name) for area in bulletin_queries.areas_for(principal())]
    return DraftForm(areas=areas, data={"month": last_month(clock.today())}, **options)


@bp.post("/bulletins/")
@access(RELEASE)
def draft() -> ResponseReturnValue:
    """Have a bulletin drafted."""
    form = _draft_form()

    def act() -> Task:
        area, month = _area(form.area.data), form.month.data
        return bulletins.ask_for_draft(area, month or last_month(clock.today()), account_id=own_id())

    task = attempt(form, act)
    if task is None:
        return _list(form), 422
    return redirect(url_for("tasks.show", task_id=task.public_id))


def _area(code: str) -> Area:
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(RELEASE, Scope(area.lineage))
    return area


@bp.get(BULLETIN)
@access(READ)
def show_bulletin(bulletin_id: str) -> ResponseReturnValue:
    """Show a bulletin as it reads; a draft with what a person can do about it."""
    return _page(bulletin_queries.bulletin_in_sight(principal(), bulletin_id))


def _page(bulletin: Bulletin, releasing: ReleaseForm | None = None, discarding: DiscardForm | None = None) -> str:
    content = Content.from_json(bulletin.content)
    level = _level(content)
    is_whole = request.args.get("all") == "1"
    rows = content.groups[level]
    shown = rows if is_whole else rows[:MOST_SHOWN]
    return render_template(
        "supervision/show_bulletin.html",
        bulletin=bulletin,
        content=content,
        number=_number(bulletin),
        level=level,
        rows=shown,
        open_codes=_codes_to_open([content.area_code, *(row.code for row in shown)]),
        count=len(rows),
        words=bulletin_words,
        issuer=office_of(bulletin.area),
        changes=bulletin_queries.recounted(bulletin.area, content),
        newer=bulletin_queries.superseded_by(bulletin),
        standing=bulletin_papers.standing(bulletin, chosen_locale()),
        may_draw=principal().may_at(RELEASE, Scope(bulletin.area.lineage)),
        may_release=_is_open_to(bulletin),
        releasing=releasing or _release_form(bulletin, content),
        discarding=discarding or DiscardForm(formdata=None),
        number_of=_number,
        KINDS=KINDS,
        INDICATORS=INDICATORS,
        here=url_for(".show_bulletin", bulletin_id=bulletin.public_id),
        dated_on=clock.local_day(bulletin.decided_at or bulletin.drafted_at),
    )


def _codes_to_open(codes: Iterable[str]) -> set[str]:
    """Return those of some areas whose figures the reader may see."""
    found = db.session.execute(select(Area.code, Area.lineage).where(Area.code.in_(list(codes))))
    return {code for code, lineage in found if principal().may_at(READ, Scope(lineage))}


def _level(content: Content) -> AreaLevel:
    typed = request.args.get("level", "")
    return AreaLevel(typed) if typed in content.levels else content.levels[0]


def _release_form(bulletin: Bulletin, content: Content) -> ReleaseForm:
    """Return the form with the texts as saved; where nobody wrote any, with the usual ones, which are printed then."""
    usual = _usual(content)
    return ReleaseForm(
        formdata=None,
        opening=bulletin.opening or usual["opening"],
        closing=bulletin.closing or usual["closing"],
    )


def _usual(content: Content) -> dict[str, str]:
    return {"opening": say(bulletin_words.usual_opening(content)), "closing": _(bulletin_words.USUAL_CLOSING)}


def _is_open_to(bulletin: Bulletin) -> bool:
    is_draft = bulletin.status is BulletinStatus.DRAFT
    return is_draft and principal().may_at(RELEASE, Scope(bulletin.area.lineage))


@bp.post(f"{BULLETIN}/texts")
@access(RELEASE)
def save_texts(bulletin_id: str) -> ResponseReturnValue:
    """Keep the two texts of a draft, so that its files are drawn with them."""
    bulletin, form = _own(bulletin_id), ReleaseForm()
    content = Content.from_json(bulletin.content)

    def act() -> Bulletin:
        return bulletins.save_texts(bulletin, **_texts(form, content), account_id=own_id())

    if attempt(form, act) is None:
        return _page(_own(bulletin_id), releasing=form), 422
    flash(_("已保存，PDF 和 Excel 正在照着重做"), "success")
    return redirect(url_for(".show_bulletin", bulletin_id=bulletin_id))


@bp.post(f"{BULLETIN}/release")
@access(RELEASE)
def release(bulletin_id: str) -> ResponseReturnValue:
    """Release a draft as it was saved; texts that were changed since are to be saved, and seen, first."""
    bulletin, form = _own(bulletin_id), ReleaseForm()
    content = Content.from_json(bulletin.content)

    def act() -> Bulletin:
        for name, typed in _texts(form, content).items():
            if typed != getattr(bulletin, name):
                raise Conflict(N_("改过还没有保存：请先保存，看过 PDF 再发布"), field=name)
        return bulletins.release(bulletin, account_id=own_id())

    released = attempt(form, act)
    if released is None:
        return _page(_own(bulletin_id), releasing=form), 422
    flash(_("%(number)s已发布", number=_number(released)), "success")
    return redirect(url_for(".show_bulletin", bulletin_id=bulletin_id))


def _texts(form: ReleaseForm, content: Content) -> dict[str, str]:
    """Return the two texts as typed; "" for the usual ones, which are printed in the language of the paper."""
    typed = {name: "\n".join((form[name].data or "").strip().splitlines()) for name in ("opening", "closing")}
    return {name: "" if text == _usual(content)[name] else text for name, text in typed.items()}


@bp.post(f"{BULLETIN}/papers")
@access(RELEASE)
def draw_papers(bulletin_id: str) -> ResponseReturnValue:
    """Have the files of a bulletin drawn where that failed."""
    bulletin = _own(bulletin_id)
    if not bulletin_papers.standing(bulletin, chosen_locale()).papers:
        bulletin_papers.ask(bulletin)
    return redirect(url_for(".show_bulletin", bulletin_id=bulletin_id))


@bp.post(f"{BULLETIN}/discard")
@access(RELEASE)
def discard(bulletin_id: str) -> ResponseReturnValue:
    """Discard a draft."""
    bulletin, form = _own(bulletin_id), DiscardForm()
    if attempt(form, lambda: bulletins.discard(bulletin, reason=form.reason.data, account_id=own_id())) is None:
        return _page(_own(bulletin_id), discarding=form), 422
    flash(_("草稿已作废"), "success")
    return redirect(url_for(".list_bulletins"))


def _own(public_id: str) -> Bulletin:
    bulletin = bulletin_queries.bulletin_in_sight(principal(), public_id)
    require_at(RELEASE, Scope(bulletin.area.lineage))
    return bulletin


@bp.get(f"{BULLETIN}/paper.pdf")
@access(READ)
def download_bulletin(bulletin_id: str) -> Response:
    """Hand out the bulletin on paper, as it was drawn; a draft says on every page that it is one."""
    return _handed_out(bulletin_id, PDF)


@bp.get(f"{BULLETIN}/table.<any(csv, xlsx):kind>")
@access(READ)
def download_bulletin_table(bulletin_id: str, kind: str) -> Response:
    """Hand out every area of a bulletin as a table, as it was written."""
    return _handed_out(bulletin_id, kind)


def _handed_out(bulletin_id: str, kind: str) -> Response:
    bulletin = bulletin_queries.bulletin_in_sight(principal(), bulletin_id)
    paper = bulletin_papers.paper_of(bulletin, kind, chosen_locale())
    title = bulletin_words.title(Content.from_json(bulletin.content))
    name = f"{title if kind == PDF else say(title)}.{kind}"
    return file(paper.content, _MEDIA_TYPES[kind], name, inline=kind == PDF)


def _number(bulletin: Bulletin) -> str:
    return number_of(bulletin.mark, bulletin.year, bulletin.number)


# --- weights ---


@bp.route("/weights/<string(minlength=6, maxlength=12):code>", methods=["GET", "POST"])
@access(RELEASE)
def show_weights(code: str) -> ResponseReturnValue:
    """Show what the scores of an area's bulletins weigh, what they weighed before, and set them anew."""
    area = _area(code)
    in_force = bulletin_queries.weights_for(area)
    form = WeightsForm(data=in_force.weights.to_json())

    def act() -> ScoreWeights:
        return bulletins.set_weights(area, form.weights(), reason=form.reason.data, account_id=own_id())

    if attempt(form, act) is not None:
        flash(_("新的权重从下一份草稿起用"), "success")
        return redirect(url_for(".show_weights", code=code))
    area = _area(code)
    page = render_template(
        "supervision/show_weights.html",
        area=area,
        form=form,
        in_force=bulletin_queries.weights_for(area),
        history=[(row, Weights.from_json(row.weights)) for row in bulletin_queries.weights_history(area)],
        INDICATORS=INDICATORS,
    )
    return page, 422 if form.is_submitted() else 200
