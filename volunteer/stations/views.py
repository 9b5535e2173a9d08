"""The pages of this room, put together; what a person does about stations and about what they sent."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.stations import DismissForm
from models.base import db
from models.stations import StationRecord
from volunteer.checkin.desk import own_shift
from volunteer.kernel.permissions import Permission, Scope
from volunteer.stations import api, operations, queries, reviewing, rules, scanner_views
from volunteer.stations.desk import bp, own_station
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.paging import Page, page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

__all__ = ["api", "bp", "scanner_views"]


@bp.get("/shifts/<shift_id>")
@access(Permission.RUN_SHIFTS)
def list_stations(shift_id: str) -> ResponseReturnValue:
    """Show which devices scan at a shift, each with a way to stop it."""
    card = own_shift(shift_id)
    rows = queries.stations_at(card.id)
    waiting = queries.count_to_review(card.id)
    return render_template("stations/list_stations.html", card=card, rows=rows, waiting=waiting)


@bp.post("/<station_id>/close")
@access(Permission.RUN_SHIFTS)
def close(station_id: str) -> ResponseReturnValue:
    """Stop a station for good."""
    station, card = own_station(station_id)
    operations.revoke(station, card, own_id())
    flash(_("“%(name)s”已停用，它再送来的记录要人看", name=station.name), "done")
    return redirect(url_for("stations.list_stations", shift_id=card.public_id))


@bp.get("/review")
@access(Permission.RUN_SHIFTS)
def list_review() -> ResponseReturnValue:
    """Show what stations sent that no rule could record."""
    organizations = principal().organization_ids(Permission.RUN_SHIFTS)
    found = paginate(db.session, queries.to_review(organizations), page_number(), scalars=False)
    rows = [queries.review_row(record, is_listed=is_listed, reader=own_id()) for record, is_listed in found.items]
    page = Page(rows, found.number, found.size, found.total)
    return render_template("stations/list_review.html", page=page)


@bp.post("/records/<record_id>/retry")
@access(Permission.RUN_SHIFTS)
def retry(record_id: str) -> ResponseReturnValue:
    """Try once more to record what a station sent."""
    record = _own_record(record_id)
    if reviewing.retry(record, own_id()):
        flash(_("记上了：%(told)s", told=_about(record)), "success")
    else:
        flash(_("还是记不上：%(told)s", told=_about(record)), "wrong")
    return redirect(url_for("stations.list_review"))


def _about(record: StationRecord) -> str:
    return say(operations.words_about(record, record.volunteer.name if record.volunteer else ""))


@bp.post("/records/<record_id>/typed-in")
@access(Permission.RUN_SHIFTS)
def type_in(record_id: str) -> ResponseReturnValue:
    """Go on to typing in the hours instead."""
    record = _own_record(record_id)
    reviewing.mark_typed_in(record, own_id())
    return redirect(_typing_in(record))


def _typing_in(record: StationRecord) -> str:
    """Return where the hours are typed in; of whom the system took to have forgotten to leave, only the end is."""
    shift, who = record.station.shift.public_id, record.volunteer
    if who is not None and queries.was_closed_by_system(record):
        return url_for("hours.propose_end", volunteer_id=who.public_id, shift_id=shift)
    number = who.number if who else rules.shown_text(record.kind, record.typed)
    return url_for("hours.propose_typed", shift=shift, volunteer=number)


@bp.route("/records/<record_id>/dismiss", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def dismiss(record_id: str) -> ResponseReturnValue:
    """Leave a record out, with a reason."""
    record = _own_record(record_id)
    row = queries.review_row(record, is_listed=queries.is_listed(record), reader=own_id())
    form = DismissForm()
    if attempt(form, lambda: reviewing.dismiss(record, form.reason.data, own_id())) is not None:
        flash(_("不记这条，原因已经留下"), "done")
        return redirect(url_for("stations.list_review"))
    return render_template("stations/dismiss.html", row=row, form=form), 422 if form.is_submitted() else 200


def _own_record(record_id: str) -> StationRecord:
    record = queries.record(record_id)
    activity = record.station.shift.activity
    require_at(Permission.RUN_SHIFTS, Scope(activity.area.lineage, activity.organization_id))
    return record
