"""What the room's pages share: the blueprint, whose dossier it is, and what was brought in a form."""

from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from models.base import db
from models.evidence import Dossier, DossierItem
from volunteer.evidence import queries
from volunteer.evidence.bundles import CSV, EXCEL
from volunteer.evidence.operations import Checked, check_printable
from volunteer.evidence.own_tables import brought_table
from volunteer.evidence.rules import check_is_pdf
from volunteer.kernel.errors import Invalid, TooMany
from volunteer.kernel.file_names import safe_file_name
from volunteer.kernel.fonts import Voice, runs
from volunteer.kernel.leafed import MOST_PAGES, State, leaf
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import require_at
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import file_answer

bp = Blueprint("evidence", __name__, url_prefix="/evidence")

DOSSIER, ITEM = "/<string(length=20):dossier_id>", "/items/<string(length=20):item_id>"
PACKAGE = "/packages/<string(length=20):package_id>"
MOST_PDF_BYTES = 20 * 1024 * 1024
MOST_WITH_FILE = MOST_PDF_BYTES + 1024 * 1024
_PATIENCE = 8.0


def dossier_at(public_id: str, permission: Permission) -> Dossier:
    """Return a dossier that the reader has the right to; 404 to strangers."""
    dossier = queries.dossier_by_public_id(public_id)
    require_at(permission, Scope(dossier.area.lineage))
    return dossier


def item_at(public_id: str, permission: Permission) -> DossierItem:
    """Return an item that the reader has the right to; 404 to strangers."""
    item = queries.item_by_public_id(public_id)
    require_at(permission, Scope(item.dossier.area.lineage))
    return item


def checked_pdf(upload: FileStorage) -> Checked:
    """Return a PDF that was brought, opened in a process of its own. Raises Invalid on "file".

    Whatever the caller has read is stale afterwards: no transaction is held meanwhile.
    """
    content = upload.read()
    if len(content) > MOST_PDF_BYTES:
        raise Invalid(N_("文件最大 20 MB，请压缩或分成几份再传"), field="file")
    check_is_pdf(content)
    db.session.rollback()
    opened = leaf(content, _PATIENCE)
    if opened.state is State.BUSY:
        raise TooMany(N_("现在传文件的人多，请一分钟后再传"), field="file", retry_after=60)
    if opened.state is State.ENCRYPTED:
        raise Invalid(N_("这个 PDF 要密码才能打开，请去掉密码再传"), field="file")
    if opened.state is State.LONG:
        raise Invalid(N_("一份 PDF 最多 %(most)s 页，请分成几份再传"), field="file", most=str(MOST_PAGES))
    if opened.state is not State.READ:
        raise Invalid(N_("打不开这个 PDF，文件可能坏了。请重新导出，或打印成 PDF 再传"), field="file")
    # Others open it one day: its pages are kept, not the scripts and attachments that came with them.
    received = sha256(content).hexdigest()
    return Checked(opened.pdf, file_name(upload.filename, "文件.pdf"), len(opened.sizes), received)


def checked_table(upload: FileStorage) -> Checked:
    """Return a table that was brought, as it is, looked at in a process of its own. Raises Invalid on "file".

    Whatever the caller has read is stale afterwards: no transaction is held meanwhile.
    """
    content = upload.read()
    db.session.rollback()
    told = brought_table(content, _PATIENCE)
    for row in told.rows:
        for cell in row:
            check_printable({"file": cell})
    ending = "xlsx" if content.startswith(b"PK") else "csv"
    name = file_name(upload.filename, f"统计表.{ending}")
    name = name if name.lower().endswith(f".{ending}") else f"{name}.{ending}"
    return Checked(content, name, 0, type=EXCEL if ending == "xlsx" else CSV, printed=told)


def file_name(given: str | None, otherwise: str) -> str:
    """Return a file's name as it may be kept and printed."""
    name = safe_file_name(given or otherwise)
    try:
        runs(name, Voice.REGULAR, document_fonts())
    except Invalid:
        return otherwise
    return name


def sent(content: bytes, media_type: str, name: str) -> Response:
    """Return a file to take away; no cache may keep it, and no browser opens it as a page of ours."""
    response = file_answer(content, media_type, name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def render_form(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    """Return a page with its form: 422 when what was sent did not do."""
    return render_template(template, form=form, **context), 422 if form.is_submitted() else 200
