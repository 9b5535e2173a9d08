"""Pages of a volunteer's record: to read, to ask about, to take away; what organizations record hangs beside."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.records import DisputeForm, FindForm, PurposeForm
from models.base import db
from models.volunteers import Volunteer
from volunteer.accounts import guessing
from volunteer.areas.queries import full_name
from volunteer.hours.queries import volunteers_of
from volunteer.hours.star_rules import star_words
from volunteer.hours.stars import stars_of
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.phones import mask_phone
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.records import keeping_views, operations, queries, taking_views
from volunteer.records.desk import bp, labels, render_form
from volunteer.records.queries import View
from volunteer.records.rules import DISPUTE_LIMIT, RecordKind
from volunteer.volunteers.queries import volunteer_by_number, volunteer_by_public_id
from volunteer.volunteers.rules import ADULT, age_on
from volunteer.web.access import access, own_id, principal
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

__all__ = ["bp", "keeping_views", "taking_views"]

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """How the reader reads a record: as the volunteer's own account, for the office, or for an organization."""

    view: View
    is_own: bool

    @property
    def is_whole(self) -> bool:
        """Whether the personal fields are there too."""
        return self.view.organization_ids is None

    @property
    def is_minor(self) -> bool:
        """Whether the volunteer is not of age today."""
        return age_on(self.view.volunteer.birth_on, clock.today()) < ADULT

    @property
    def asks_why(self) -> bool:
        """Whether the reader says first for what: the office always, an organization before a minor's record."""
        return not self.is_own and (self.is_whole or self.is_minor)


def reading_of(volunteer_id: str) -> Reading:
    """Return how far the reader may read this volunteer's record; raise NotFound for who may not at all."""
    volunteer = volunteer_by_public_id(volunteer_id)
    if volunteer is None or volunteer.erased_at is not None:
        raise NotFound(N_("没有找到这个页面"))
    if volunteer.account_id == principal().account_id:
        return Reading(View(volunteer), is_own=True)
    if principal().may_at(Permission.READ_PEOPLE, Scope(volunteer.community.lineage)):
        return Reading(View(volunteer), is_own=False)
    keeping = principal().organization_ids(Permission.KEEP_RECORDS)
    known_to = queries.organizations_that_know(volunteer, keeping)
    if not known_to:
        raise NotFound(N_("没有找到这个页面"))
    return Reading(View(volunteer, known_to), is_own=False)


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Lead to the record of the account's own volunteer, or of the first of its family."""
    volunteers = volunteers_of(own_id())
    if not volunteers:
        return render_template("records/none.html")
    return redirect(url_for("records.show", volunteer_id=volunteers[0].public_id))


@bp.get("/find")
@access(Permission.READ_PEOPLE)
def find() -> ResponseReturnValue:
    """Lead the office from a volunteer number to the record; a number of elsewhere is one that nobody has."""
    form = FindForm(request.args)
    if not form.number.data:
        return render_template("records/find.html", form=form)
    try:
        return redirect(url_for("records.show", volunteer_id=_found(form.number.data).public_id))
    except DomainError as error:
        form.blame(error)
    return render_template("records/find.html", form=form), 422


def _found(typed: str) -> Volunteer:
    found = volunteer_by_number(check_volunteer_number(typed))
    there = found is not None and principal().may_at(Permission.READ_PEOPLE, Scope(found.community.lineage))
    if found is None or not there or found.erased_at is not None:
        raise Invalid(N_("您管的地方没有这个编号的志愿者"), field="number")
    return found


@bp.route("/<volunteer_id>", methods=["GET", "POST"])
@access(Permission.OWN)
def show(volunteer_id: str) -> ResponseReturnValue:
    """Show all that is recorded of a volunteer; who is not of the family says why first, and that is written down."""
    reading = reading_of(volunteer_id)
    volunteer = reading.view.volunteer
    if reading.asks_why and not queries.has_read_lately(own_id(), volunteer, clock.now()):
        form = PurposeForm()
        if attempt(form, lambda: _note(reading, form)) is None:
            return render_form("records/why.html", form, reading=reading, volunteer=volunteer)
        return redirect(url_for("records.show", volunteer_id=volunteer_id))
    return _record_page(reading)


def _note(reading: Reading, form: PurposeForm) -> Volunteer:
    purpose, is_minor = form.purpose.data or "", reading.is_minor
    return operations.note_reading(reading.view.volunteer, purpose=purpose, account_id=own_id(), is_minor=is_minor)


def _record_page(reading: Reading) -> str:
    view = reading.view
    years = queries.years_of(view)
    asked = request.args.get("year", "")
    year = int(asked) if asked in map(str, years) else None
    by_year = queries.minutes_by_year(view)
    total = sum(by_year.values())
    kept = {kind: queries.kept_of(view, kind, year=year) for kind in RecordKind}
    ids = [row.public_id for rows in kept.values() for row in rows] if reading.is_own else []
    return render_template(
        "records/show.html",
        reading=reading,
        volunteer=view.volunteer,
        family=volunteers_of(own_id()) if reading.is_own else (),
        place=full_name(view.volunteer.community) if reading.is_whole else "",
        phone=_phone(reading),
        years=years,
        year=year,
        page=paginate(db.session, queries.services_of(view, year), page_number(), PAGE_SIZE),
        by_year=by_year,
        minutes=by_year.get(year, 0) if year else total,
        total=total,
        stars=stars_of([view.volunteer.id]).get(view.volunteer.id, []) if reading.is_whole else [],
        star_words=star_words,
        kept=kept,
        disputed=queries.disputed_at(ids, own_id()) if ids else {},
        read_on=clock.today(),
        **labels(),
    )


def _phone(reading: Reading) -> str:
    """Return the volunteer's phone: whole to the family, masked to everybody else."""
    phone = reading.view.volunteer.phone or ""
    return phone if reading.is_own or not phone else mask_phone(phone)


@bp.route("/items/<record_id>/dispute", methods=["GET", "POST"])
@access(Permission.OWN)
def dispute(record_id: str) -> ResponseReturnValue:
    """Tell the organization what is wrong with what it recorded of one of the reader's volunteers."""
    row = queries.kept_by_public_id(record_id)
    if row.volunteer.account_id != own_id():
        raise NotFound(N_("没有找到这条记录"))
    form = DisputeForm()

    def act() -> Any:
        keys: Any = current_app.config["SETTINGS"].keys["address"]
        subject = guessing.subject_of(keys, "dispute", str(own_id()))
        guessing.claim_try("dispute", subject, DISPUTE_LIMIT, clock.now(), N_("一天最多提 %(most)s 次异议，请明天再来"))
        return operations.dispute(row, text=form.text.data or "", account_id=own_id())

    if attempt(form, act) is not None:
        flash(_("已经发给%(name)s", name=row.organization.name), "done")
        return redirect(url_for("records.show", volunteer_id=row.volunteer.public_id))
    return render_form("records/dispute.html", form, row=row)
