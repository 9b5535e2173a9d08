"""Editions of the 测评体系: what they ask, how they were changed."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.editions import EditionForm, typed_edition
from volunteer.admin.desk import PUBLIC_ID, account_id, bp
from volunteer.areas.overview import city_lineage
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries
from volunteer.metrics.edition_queries import StoredEdition
from volunteer.metrics.editions import Clause
from volunteer.metrics.rules import INDICATORS
from volunteer.web.access import access, require_at
from volunteer.web.transactions import attempt

EDIT = Permission.EDIT_EDITIONS


@bp.get("/editions")
@access(EDIT)
def list_editions() -> ResponseReturnValue:
    """Show every edition with its thresholds and which is in force today."""
    return render_template(
        "admin/list_editions.html",
        editions=edition_queries.stored_editions(),
        INDICATORS=INDICATORS,
        today=clock.today(),
        city=Scope(city_lineage()),
    )


@bp.route("/editions/create", methods=["GET", "POST"])
@access(EDIT)
def create_edition() -> ResponseReturnValue:
    """Add an edition, beginning from a copy of another with its clauses."""
    require_city()
    copied = request.args.get("from", "")
    form = EditionForm(data=_copy_of(copied))
    if attempt(form, lambda: _create(form, copied)):
        flash(_("已新建%(name)s", name=form.name.data), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, None)


@bp.route(f"/editions/{PUBLIC_ID}", methods=["GET", "POST"])
@access(EDIT)
def edit_edition(public_id: str) -> ResponseReturnValue:
    """Change an edition's name, days, labels, clauses and thresholds."""
    require_city()
    stored = edition_or_404(public_id)
    form = EditionForm(data=typed_edition(stored.edition))
    if attempt(form, lambda: _save(form, stored)):
        flash(_("已保存，指标从现在起按新的标准对照"), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, stored)


@bp.get(f"/editions/{PUBLIC_ID}/history")
@access(EDIT)
def show_edition_history(public_id: str) -> ResponseReturnValue:
    """Show every saving of an edition: when, by whom, why, and what it changed."""
    stored = edition_or_404(public_id)
    return render_template(
        "admin/show_edition_history.html", stored=stored, savings=edition_queries.history_of(public_id)
    )


def require_city() -> None:
    """Editions hold for the whole city, so they are its administrators' alone."""
    require_at(EDIT, Scope(city_lineage()))


def edition_or_404(public_id: str) -> StoredEdition:
    """Return the edition of an address."""
    stored = edition_queries.stored_edition(public_id)
    if stored is None:
        raise NotFound(N_("没有找到这个测评体系"))
    return stored


def has_begun(stored: StoredEdition) -> bool:
    """Return whether an edition's first day has come: from then on a change needs a reason."""
    return stored.edition.effective_from <= clock.today()


def _create(form: EditionForm, copied: str) -> str:
    return operations.save_edition(
        form.edition(), clauses=_clauses_of(copied), reason=form.reason.data or "", account_id=account_id()
    )


def _save(form: EditionForm, stored: StoredEdition) -> str:
    return operations.save_edition(
        form.edition(), public_id=stored.public_id, reason=form.reason.data or "", account_id=account_id()
    )


def _copy_of(public_id: str) -> dict[str, object]:
    if not public_id:
        return {}
    typed = typed_edition(edition_or_404(public_id).edition)
    return typed | {"name": "", "effective_from": None, "effective_to": None}


def _clauses_of(public_id: str) -> list[Clause]:
    return [one.clause for one in edition_queries.clauses_of(public_id)]


def _edition_page(form: EditionForm, stored: StoredEdition | None) -> ResponseReturnValue:
    page = render_template(
        "admin/edit_edition.html",
        form=form,
        stored=stored,
        begun=stored is not None and has_begun(stored),
        series=edition_queries.series_names(),
    )
    return page, 422 if request.method == "POST" else 200
