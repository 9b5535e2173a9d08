"""Editions of the 测评体系."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.admin import EditionForm, typed_edition
from volunteer.admin.desk import PUBLIC_ID, account_id, bp
from volunteer.areas.overview import city_lineage
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries
from volunteer.metrics.edition_queries import StoredEdition
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
    """Add an edition, beginning from a copy of another."""
    _require_city()
    form = EditionForm(data=_copy_of(request.args.get("from", "")))
    if attempt(form, lambda: operations.save_edition(form.edition(), account_id=account_id())):
        flash(_("已新建%(name)s", name=form.name.data), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, None)


@bp.route(f"/editions/{PUBLIC_ID}", methods=["GET", "POST"])
@access(EDIT)
def edit_edition(public_id: str) -> ResponseReturnValue:
    """Change an edition's name, days, labels, clauses and thresholds."""
    _require_city()
    stored = _stored(public_id)
    form = EditionForm(data=typed_edition(stored.edition))
    if attempt(
        form, lambda: operations.save_edition(form.edition(), public_id=stored.public_id, account_id=account_id())
    ):
        flash(_("已保存，指标从现在起按新的标准对照"), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, stored)


def _require_city() -> None:
    """Editions hold for the whole city, so they are its administrators' alone."""
    require_at(EDIT, Scope(city_lineage()))


def _stored(public_id: str) -> StoredEdition:
    stored = edition_queries.stored_edition(public_id)
    if stored is None:
        raise NotFound(N_("没有找到这个测评体系"))
    return stored


def _copy_of(public_id: str) -> dict[str, object]:
    if not public_id:
        return {}
    typed = typed_edition(_stored(public_id).edition)
    return typed | {"name": "", "effective_from": None, "effective_to": None}


def _edition_page(form: EditionForm, stored: StoredEdition | None) -> ResponseReturnValue:
    page = render_template("admin/edit_edition.html", form=form, stored=stored)
    return page, 422 if request.method == "POST" else 200
