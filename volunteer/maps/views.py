"""The map of an area, and the files that its boundaries come from."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.base import file_name
from forms.maps import BoundaryForm
from forms.metrics import FigureForm
from models.areas import Area
from models.base import db
from models.maps import BoundaryFile
from volunteer.areas import overview
from volunteer.areas.rules import LEVELS, AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.maps import operations, pictures, queries, reading
from volunteer.maps.geojson import MOST_FAULTS
from volunteer.maps.rules import Standing, standing
from volunteer.metrics.desk import area_or_refuse, basis_of, frame, report_for_reader, unclear
from volunteer.metrics.queries import Report
from volunteer.metrics.ranking import subject
from volunteer.metrics.rules import IndicatorCode
from volunteer.web.access import access, own_id, principal
from volunteer.web.downloads import file_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt, keep_despite_refusal

bp = Blueprint("maps", __name__, url_prefix="/maps")

READ, DRAW = Permission.READ_FIGURES, Permission.DRAW_MAPS
CODE = "/<string(minlength=6, maxlength=12):code>"
FILE = "/files/<string(length=20):file_id>"
ROOM_AROUND_THE_FILE = 64 * 1024


@bp.get("/")
@access(READ)
def show_first() -> ResponseReturnValue:
    """Show the map of the area where the reader's sight begins."""
    starts = overview.areas_starting_at(principal().lineages(READ))
    if not starts:
        raise NotFound(N_("还没有区划，请先导入区划"))
    return _show(starts[0])


@bp.get(CODE)
@access(READ)
def show(code: str) -> ResponseReturnValue:
    """Show one indicator of all that lies right below an area, on a map and in a table."""
    return _show(area_or_refuse(code))


def _show(area: Area) -> ResponseReturnValue:
    form = FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form)
    report = report_for_reader(area, basis)
    code = _indicator(report)
    shown = report.children or [report.whole]
    boundaries = queries.boundaries_of(one.area for one in shown)
    address = {**form.address, "indicator": code.value}
    drawn = [pictures.drawn(one, code, boundaries[one.area.id], address) for one in shown if one.area.id in boundaries]
    return render_template(
        "maps/show.html",
        report=report,
        rows=sorted(shown, key=lambda one: pictures.place_of(one, code)),
        picture=pictures.area_map(area, code, drawn),
        drawn_count=len(drawn),
        standing=standing,
        files=queries.sources_of(boundaries.values()),
        indicator_code=code,
        basis=basis,
        is_past=basis.window.last_on < clock.today(),
        **{**frame(area, form), "address": address},
        is_community=area.level is AreaLevel.COMMUNITY,
        scope=Scope(area.lineage),
        STANDINGS=Standing,
        swatch=pictures.swatch,
    )


def _indicator(report: Report) -> IndicatorCode:
    typed = request.args.get("indicator", "")
    return IndicatorCode(typed) if typed in set(IndicatorCode) else subject(report.whole.measurements)


# The files


@bp.get("/files")
@access(DRAW)
def list_files() -> ResponseReturnValue:
    """Show the files that boundaries of the reader's areas came from, the latest first."""
    page = paginate(db.session, queries.files_of(principal().lineages(DRAW)), page_number())
    return render_template("maps/list_files.html", page=page, counts=queries.standing_counts(page.items))


@bp.route("/files/upload", methods=["GET", "POST"])
@access(DRAW)
def upload() -> ResponseReturnValue:
    """Take a file of boundaries; what it draws is shown before it is saved."""
    request.max_content_length = reading.LARGEST_FILE + ROOM_AROUND_THE_FILE
    size = request.content_length or 0
    if size > request.max_content_length:
        # Said from the size alone: not a byte of it is read.
        form = BoundaryForm(formdata=None)
        form.blame(reading.too_large(size))
        return _upload_page(form), 413
    form = BoundaryForm()
    draft = attempt(form, lambda: _draft(form))
    if draft is None:
        return render_template(
            "maps/upload.html", form=form, MOST_FAULTS=MOST_FAULTS
        ), 422 if request.method == "POST" else 200
    return redirect(url_for(".preview", file_id=draft.public_id))


def _upload_page(form: BoundaryForm) -> str:
    return render_template("maps/upload.html", form=form, MOST_FAULTS=MOST_FAULTS)


def _draft(form: BoundaryForm) -> BoundaryFile:
    content = form.content()
    # The door has read who asks; what follows may take seconds and holds nobody up.
    account_id, lineages = own_id(), principal().lineages(DRAW)
    keep_despite_refusal()
    told = reading.open_up(content, queries.names_of)
    return operations.draft(
        told,
        content,
        name=file_name(form.file.data.filename),
        source=form.source.data or "",
        code_key=form.code_key.data or "",
        name_key=form.name_key.data or "",
        lineages=lineages,
        account_id=account_id,
    )


@bp.get(FILE)
@access(DRAW)
def preview(file_id: str) -> ResponseReturnValue:
    """Show what an uploaded file would draw, before anything is saved."""
    file = queries.draft_of(own_id(), file_id)
    areas = list(queries.areas_by_code(file.read["shapes"], principal().lineages(DRAW)).values())
    by_level: dict[AreaLevel, list[Area]] = {
        level: found for level in LEVELS if (found := [area for area in areas if area.level is level])
    }
    return render_template(
        "maps/preview.html",
        file=file,
        by_level=by_level,
        pictures={level: pictures.draft_map(found, file.read["shapes"], level) for level, found in by_level.items()},
        replaced=queries.boundaries_of(areas),
        names=queries.names_of(list(file.read["doubled"])),
        count=len(areas),
    )


@bp.post(f"{FILE}/save")
@access(DRAW)
def save(file_id: str) -> ResponseReturnValue:
    """Draw what the reader has seen."""
    file = queries.draft_of(own_id(), file_id)
    count = operations.save(file, lineages=principal().lineages(DRAW), account_id=own_id())
    flash(_("已保存 %(count)s 个区划的边界", count=count), "success")
    return redirect(url_for(".show_first"))


@bp.get(f"{FILE}/original")
@access(DRAW)
def download(file_id: str) -> ResponseReturnValue:
    """Hand out a file as it was uploaded."""
    file = queries.saved_file(file_id, principal().lineages(DRAW))
    return file_answer(file.content, "application/geo+json", file.name)
