"""The clauses of an edition: what it asks to be proved, and by which materials."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.editions import ClauseForm, RemoveClauseForm, typed_clause
from volunteer.admin.desk import PUBLIC_ID, account_id, bp
from volunteer.admin.edition_views import EDIT, edition_or_404, has_begun, require_city
from volunteer.areas.overview import city_lineage
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Scope
from volunteer.kernel.text import N_
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries
from volunteer.metrics.edition_queries import StoredClause, StoredEdition
from volunteer.metrics.rules import INDICATORS
from volunteer.web.access import access
from volunteer.web.transactions import attempt

CLAUSES = f"/editions/{PUBLIC_ID}/clauses"
CLAUSE = f"{CLAUSES}/<string(length=20):clause_id>"


@bp.get(CLAUSES)
@access(EDIT)
def list_clauses(public_id: str) -> ResponseReturnValue:
    """Show the clauses of an edition in their order."""
    stored = edition_or_404(public_id)
    clauses = edition_queries.clauses_of(public_id)
    return render_template(
        "admin/list_edition_clauses.html",
        stored=stored,
        clauses=clauses,
        INDICATORS=INDICATORS,
        city=Scope(city_lineage()),
    )


@bp.route(f"{CLAUSES}/create", methods=["GET", "POST"])
@access(EDIT)
def create_clause(public_id: str) -> ResponseReturnValue:
    """Add a clause to an edition."""
    require_city()
    stored, form = edition_or_404(public_id), ClauseForm()
    if attempt(form, lambda: _save(form, stored, None)):
        return _saved(form, stored)
    return _clause_page(form, stored, None)


@bp.route(CLAUSE, methods=["GET", "POST"])
@access(EDIT)
def edit_clause(public_id: str, clause_id: str) -> ResponseReturnValue:
    """Change a clause."""
    require_city()
    stored, held = edition_or_404(public_id), _clause(public_id, clause_id)
    form = ClauseForm(data=typed_clause(held.clause))
    if attempt(form, lambda: _save(form, stored, held)):
        return _saved(form, stored)
    return _clause_page(form, stored, held)


@bp.post(f"{CLAUSE}/removal")
@access(EDIT)
def remove_clause(public_id: str, clause_id: str) -> ResponseReturnValue:
    """Take a clause out of an edition."""
    require_city()
    stored, held = edition_or_404(public_id), _clause(public_id, clause_id)
    form = RemoveClauseForm(prefix="remove-")
    reason = form.reason.data or ""
    code = attempt(form, lambda: operations.remove_clause(public_id, clause_id, reason=reason, account_id=account_id()))
    if code:
        flash(_("已删除条款 %(code)s", code=code), "success")
        return redirect(url_for(".list_clauses", public_id=public_id))
    return _clause_page(ClauseForm(formdata=None, data=typed_clause(held.clause)), stored, held, form)


def _clause(public_id: str, clause_id: str) -> StoredClause:
    for one in edition_queries.clauses_of(public_id):
        if one.public_id == clause_id:
            return one
    raise NotFound(N_("没有找到这一条"))


def _save(form: ClauseForm, stored: StoredEdition, held: StoredClause | None) -> str:
    return operations.save_clause(
        stored.public_id,
        form.clause(),
        public_id=held.public_id if held else None,
        reason=form.reason.data or "",
        account_id=account_id(),
    )


def _saved(form: ClauseForm, stored: StoredEdition) -> ResponseReturnValue:
    flash(_("已保存条款 %(code)s", code=form.code.data), "success")
    return redirect(url_for(".list_clauses", public_id=stored.public_id))


def _clause_page(
    form: ClauseForm, stored: StoredEdition, held: StoredClause | None, removal: RemoveClauseForm | None = None
) -> ResponseReturnValue:
    page = render_template(
        "admin/edit_edition_clause.html",
        form=form,
        removal=removal or RemoveClauseForm(formdata=None, prefix="remove-"),
        stored=stored,
        held=held,
        begun=has_begun(stored),
    )
    return page, 422 if request.method == "POST" else 200
