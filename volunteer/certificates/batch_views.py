"""Certificates for many: whom for, how far it is, and the files to take away."""

from collections.abc import Iterator
from typing import Any

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.certificates import CHOSEN, BatchForm, ConfirmBatchForm
from models.base import db
from models.certificates import CertificateBatch
from models.organizations import Organization
from volunteer.certificates import batch_operations, batch_queries
from volunteer.certificates.batch_plans import BatchPlan, plan_batch
from volunteer.certificates.batch_queries import Outcome
from volunteer.certificates.batch_rules import NUMBER, lines_in_file, packed_rows
from volunteer.certificates.desk import bp, count_try, issuing_organizations, suggested
from volunteer.certificates.rules import (
    BATCH_LIMIT,
    BATCH_STATUS_LABELS,
    MOST_PEOPLE,
    STATUS_LABELS,
    Audience,
    BatchStatus,
    check_period,
    may_issue_at,
    status_of,
)
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, NotFound
from volunteer.kernel.file_names import safe_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.sheets import pack, unpack
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import Column, Kind, Table, csv_bytes
from volunteer.kernel.text import N_, Words
from volunteer.kernel.zips import stream_zip
from volunteer.notices.rules import unpacked
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.downloads import file_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

ISSUE = Permission.ISSUE_CERTIFICATES
MOST_SHOWN = 200
STATUS_KINDS = {BatchStatus.RUNNING: "needs", BatchStatus.FINISHED: "done", BatchStatus.STOPPED: "quiet"}
_LABELS = {"BATCH_LABELS": BATCH_STATUS_LABELS, "BATCH_KINDS": STATUS_KINDS}


@bp.get("/batches")
@access(ISSUE)
def list_batches() -> ResponseReturnValue:
    """Show the batches of the reader's organizations."""
    page = paginate(db.session, batch_queries.batches_of(principal().organization_ids(ISSUE)), page_number())
    progress = batch_queries.progress_of(page.items)
    return render_template("certificates/list_batches.html", page=page, progress=progress, **_LABELS)


@bp.route("/batches/new", methods=["GET", "POST"])
@access(ISSUE)
def create_batch() -> ResponseReturnValue:
    """Ask for whom certificates are to be issued, and show what that would give."""
    organization = _organization()
    form = _batch_form(organization)
    plan = attempt(form, lambda: _plan(form, organization))
    if plan is None:
        return _batch_page(form, organization)
    return render_template(
        "certificates/preview_batch.html",
        form=form,
        plan=plan,
        organization=organization,
        carried=_carried(form, plan),
        activity=dict(form.activity.choices).get(form.activity.data) if form.activity.data else "",
        most_shown=MOST_SHOWN,
    )


@bp.post("/batches")
@access(ISSUE)
def begin_batch() -> ResponseReturnValue:
    """Begin a batch that its reader has seen."""
    organization = _organization()
    form = ConfirmBatchForm(activities=_activities(organization))
    batch = attempt(form, lambda: _begin(form, organization))
    if batch is not None:
        return redirect(url_for("certificates.show_batch", batch_id=batch.public_id))
    again = _batch_form(organization, formdata=None)
    again.form_errors = [*form.form_errors, *(error for errors in form.errors.values() for error in errors)]
    return _batch_page(again, organization)


@bp.get("/batches/<batch_id>")
@access(ISSUE)
def show_batch(batch_id: str) -> ResponseReturnValue:
    """Show how far a batch is; the page asks for itself again while the batch runs."""
    batch = _batch(batch_id)
    refused = [(item, _why(item.why)) for item in batch_queries.refused_in(batch)]
    return render_template(
        "certificates/show_batch.html",
        batch=batch,
        progress=batch_queries.progress_of([batch])[batch.id],
        refused=refused,
        is_open=batch.finished_at is None,
        has_book=batch_queries.has_book(batch),
        **_LABELS,
    )


@bp.post("/batches/<batch_id>/stop")
@access(ISSUE)
def stop_batch(batch_id: str) -> ResponseReturnValue:
    """Issue no more of a batch."""
    batch = _batch(batch_id)
    try:
        batch_operations.stop_batch(batch, account_id=own_id())
    except DomainError as error:
        db.session.rollback()
        flash(say(error.words), "needs")
    else:
        flash(_("停下了，已经开好的照常有效"), "done")
    return redirect(url_for("certificates.show_batch", batch_id=batch_id))


@bp.get("/batches/<batch_id>/certificates.zip")
@access(ISSUE)
def download_batch(batch_id: str) -> Response:
    """Give the certificates of a batch as one ZIP, a list of all on top; it is written while it is sent."""
    batch = _batch(batch_id)
    outcomes = batch_queries.outcomes_of(batch)
    names = {
        one.certificate.id: safe_name(one.volunteer.number, one.certificate.facts["holder_name"]) + ".pdf"
        for one in outcomes
        if one.certificate is not None and one.has_file and one.certificate.revoked_at is None
    }
    index = (_("名单") + ".csv", csv_bytes(_index(batch, outcomes, names)))

    def files() -> Iterator[tuple[str, bytes]]:
        yield index
        yield from batch_queries.files_of(names)

    pieces = stream_with_context(stream_zip(files(), clock.now()))
    return file_answer(pieces, "application/zip", f"certificates-{batch.public_id}.zip")


@bp.get("/batches/<batch_id>/book.pdf")
@access(ISSUE)
def download_book(batch_id: str) -> Response:
    """Give all certificates of a batch as one file for the printer."""
    book = _batch(batch_id).book
    if book is None:
        raise NotFound(N_("打印册还没有画好"))
    return file_answer(book, "application/pdf", f"book-{batch_id}.pdf")


def _batch(public_id: str) -> CertificateBatch:
    batch = batch_queries.batch_by_public_id(public_id)
    require_at(ISSUE, scope_of(batch.organization))
    return batch


def _organization() -> Organization:
    """Return the organization that the address names, else the reader's first."""
    organizations = issuing_organizations()
    asked = request.args.get("organization")
    found = next((one for one in organizations if asked in (None, one.public_id)), None)
    if found is None:
        raise NotFound(N_("没有找到这个组织"))
    return found


def _batch_form(organization: Organization, **options: Any) -> BatchForm:
    return BatchForm(
        data=suggested(),
        activities=_activities(organization),
        communities=batch_queries.communities_served(organization.id),
        **options,
    )


def _activities(organization: Organization) -> list[tuple[str, str]]:
    """Return the activities to choose among; one title may be held every week, so the day tells them apart."""
    return [
        (
            one.public_id,
            _("%(title)s · %(day)s · %(count)s 人", title=one.title, day=say(say_date(one.last_on)), count=one.people),
        )
        for one in batch_queries.activities_recorded(organization.id)
    ]


def _batch_page(form: BatchForm, organization: Organization) -> ResponseReturnValue:
    page = render_template(
        "certificates/create_batch.html",
        form=form,
        organization=organization,
        organizations=issuing_organizations(),
        is_at_rest=not may_issue_at(organization.status).allowed,
        most=MOST_PEOPLE,
    )
    return page, 422 if request.method == "POST" else 200


def _plan(form: BatchForm, organization: Organization) -> BatchPlan:
    order = form.order()
    check_period(order.period_from, order.period_to, today=clock.today())
    may_issue_at(organization.status).require()
    db.session.rollback()  # a list that was brought may take seconds to open: no transaction is held
    return plan_batch(
        organization,
        order,
        Audience(form.audience.data),
        typed=form.numbers.data or "",
        content=form.content(),
        activity=form.activity.data,
        community=form.community.data,
    )


def _carried(form: BatchForm, plan: BatchPlan) -> list[tuple[str, str]]:
    """Return the fields that the page carries until its reader confirms."""
    order = form.order()
    fields = [
        ("title", form.title.data),
        ("period_from", order.period_from.isoformat()),
        ("period_to", order.period_to.isoformat()),
        ("scope", form.scope.data),
        ("activity", form.activity.data if form.scope.data == CHOSEN else ""),
        ("language", form.language.data),
        ("packed", pack(packed_rows(one.number for one in plan.people), (NUMBER,))),
    ]
    return [*fields, ("has_seal", "y")] if order.has_seal else fields


def _begin(form: ConfirmBatchForm, organization: Organization) -> CertificateBatch:
    count_try("batch", BATCH_LIMIT, N_("一天最多开 %(most)s 批证明，请明天再来"))
    numbers = [line.typed for line in lines_in_file(unpack(form.packed.data or ""))]
    people = list(batch_queries.people_numbered(numbers, organization.id).values())
    return batch_operations.begin_batch(organization, form.title.data, form.order(), people, account_id=own_id())


def _why(why: dict[str, Any] | None) -> Words:
    return unpacked(why["text"], why["params"], clock.now()) if why else Words("")


def _index(batch: CertificateBatch, outcomes: list[Outcome], names: dict[int, str]) -> Table:
    columns = (
        Column(_("志愿者编号")),
        Column(_("姓名")),
        Column(_("证明编号")),
        Column(_("服务时间（小时）"), Kind.HOURS),
        Column(_("文件")),
        Column(_("结果")),
    )
    return Table(batch.title, columns, [_index_row(one, names) for one in outcomes], notes=[batch.organization.name])


def _index_row(one: Outcome, names: dict[int, str]) -> tuple[str, str, str, int | None, str, str]:
    """Return a line of the list; who was refused is named by number only: we do not know that they belong here."""
    certificate = one.certificate
    if certificate is None:
        return one.volunteer.number, "", "", None, "", say(_why(one.item.why)) or _("还没轮到")
    status = status_of(entries_reversed=one.entries_reversed, is_revoked=certificate.revoked_at is not None)
    name = certificate.facts["holder_name"]
    words = say(Words(STATUS_LABELS[status]))
    return one.volunteer.number, name, certificate.number, certificate.minutes, names.get(certificate.id, ""), words
