"""What the reader was told."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.notices import operations, queries
from volunteer.notices.rules import unpacked
from volunteer.web.access import access, own_id
from volunteer.web.paging import page_number, paginate
from volunteer.web.words import say

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
@access(Permission.OWN)
def list_notices() -> ResponseReturnValue:
    """Show what the reader was told, the newest first."""
    now = clock.now()
    page = paginate(db.session, queries.notices_of(own_id()), page_number())
    said = {one.id: say(unpacked(one.text, one.params, now)) for one in page.items}
    unread = queries.unread_count(own_id())
    return render_template("notices/list_notices.html", page=page, said=said, unread=unread)


@bp.post("/<notice_id>/open")
@access(Permission.OWN)
def open_notice(notice_id: str) -> ResponseReturnValue:
    """Mark a notice as read, and go where it leads."""
    notice = queries.own_notice(notice_id, own_id())
    operations.mark_read(notice)
    return redirect(notice.link or url_for("notices.list_notices"))


@bp.post("/read")
@access(Permission.OWN)
def mark_all_read() -> ResponseReturnValue:
    """Mark everything as read."""
    if operations.mark_all_read(own_id()):
        flash(_("都标为已读了"), "done")
    return redirect(url_for("notices.list_notices"))
