"""A file handed in twice: once to see what it would change, once, carried by the page, to store just that."""

from collections.abc import Callable
from typing import TypeVar

from flask import render_template, request

from forms.areas import ConfirmForm, FileForm
from models.base import db
from volunteer.admin.desk import account_id, lineages
from volunteer.areas.population_rules import PopulationPlan
from volunteer.areas.rules import AreaPlan
from volunteer.areas.tables import fingerprint
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Permission
from volunteer.kernel.sheets import unpack
from volunteer.kernel.text import N_

MOST_SHOWN = 200
Plan = TypeVar("Plan", AreaPlan, PopulationPlan)


def cells(row: object, columns: tuple[str, ...]) -> dict[str, object]:
    """Return the cells of one row by column."""
    return {column: getattr(row, column) for column in columns}


def confirmation(plan: AreaPlan | PopulationPlan, *, packed: str = "", kept: str = "") -> ConfirmForm:
    """Return the form that carries a table, or names a kept file, until its reader confirms what they were shown."""
    return ConfirmForm(formdata=None, data={"packed": packed, "kept": kept, "seen": fingerprint(plan)})


def looked_at(content: bytes, read: Callable[[bytes, tuple[str, ...]], Plan]) -> Plan:
    """Return what a file that was brought would change; no transaction is held while it is opened."""
    where = lineages(Permission.EDIT_AREAS)
    db.session.rollback()
    return read(content, where)


def store_seen(
    form: ConfirmForm,
    data: bytes,
    read: Callable[[bytes, tuple[str, ...]], Plan],
    store: Callable[..., Plan],
) -> Plan:
    """Read the table afresh and store it, unless it would now change something else than was shown."""
    plan = read(data, lineages(Permission.EDIT_AREAS))
    if fingerprint(plan) != form.seen.data:
        raise Conflict(N_("数据刚刚有变动，请重新上传文件再看一遍"), field="file")
    return store(plan, account_id=account_id())


def carried(form: ConfirmForm) -> bytes:
    """Return the table that the page carried; raise Invalid where it is not whole."""
    return unpack(form.packed.data or "")


def refused(confirm: ConfirmForm) -> FileForm:
    """Return the form to hand in a file again, with what was wrong with the confirmation."""
    form = FileForm(formdata=None)
    form.form_errors = list(confirm.form_errors)
    return form


def upload_page(template: str, form: FileForm) -> tuple[str, int]:
    """Return the page that takes a file, with the first of its faults."""
    shown = form.row_errors[:MOST_SHOWN]
    return render_template(template, form=form, faults=shown, more=len(form.row_errors) - len(shown)), (
        422 if request.method == "POST" else 200
    )
