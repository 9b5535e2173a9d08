"""What the pages of records share: their address and their words."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.organizations import Organization
from volunteer.kernel.permissions import Permission
from volunteer.organizations.queries import organization_by_public_id, scope_of
from volunteer.records.queries import day_of, kind_of, name_of
from volunteer.records.rules import GRADE_LABELS, KIND_LABELS, RecordKind
from volunteer.web.access import require_at

bp = Blueprint("records", __name__, url_prefix="/records")


def labels() -> dict[str, Any]:
    """Return the words of grades and kinds, and what is asked of a row, for the templates."""
    return {
        "GRADES": GRADE_LABELS,
        "KINDS": KIND_LABELS,
        "RecordKind": RecordKind,
        "kind_of": kind_of,
        "day_of": day_of,
        "name_of": name_of,
    }


def kept_organization(public_id: str) -> Organization:
    """Return an organization for which the reader keeps records; 404 or 403 for everybody else."""
    organization = organization_by_public_id(public_id)
    require_at(Permission.KEEP_RECORDS, scope_of(organization))
    return organization


def render_form(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    """Return a page with its form: 422 when what was sent did not do."""
    return render_template(template, form=form, **context, **labels()), 422 if form.is_submitted() else 200
