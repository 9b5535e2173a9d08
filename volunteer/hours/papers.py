"""Attendance on paper: the photo of a signed sheet, and the minutes that somebody reads from it."""

from collections.abc import Iterator, Sequence

from models.activities import Shift
from models.base import db
from models.hours import PaperSheet, Proposal
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.audit.operations import record
from volunteer.hours import limits, rules
from volunteer.hours.doubts import reason_at
from volunteer.hours.ledger import take_seat, take_volunteer
from volunteer.hours.minutes import Source
from volunteer.hours.notifying import tell_proposed
from volunteer.hours.paper_rules import PaperRow, RowsRefused, moments_of
from volunteer.hours.photos import Photo, draw_anew
from volunteer.hours.proposals import (
    add_proposal,
    forgotten_event,
    require_known_person,
    require_recordable,
    require_room,
    require_still_open,
    require_within_volunteer_limit,
    take_typed,
    trail,
    volunteer_numbered,
)
from volunteer.hours.rules import Cause
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of


def add_sheet(shift: Shift, *, photo: bytes, account_id: int) -> PaperSheet:
    """Keep the photo of a signed sheet of a shift, drawn anew. Raises Invalid on photo or shift."""
    require_recordable(shift)
    require_still_open(shift, clock.today())
    require_known_person(account_id)
    sheet = keep_photo(shift, draw_anew(photo), account_id)
    lineage = scope_of(shift.activity.organization).lineage
    facts = {"shift": shift.public_id, "digest": sheet.picture_digest}
    record("hours.add_sheet", "paper_sheet", sheet.public_id, account_id=account_id, lineage=lineage, **facts)
    return sheet


def keep_photo(shift: Shift, drawn: Photo, account_id: int) -> PaperSheet:
    """Keep a photo, drawn anew, of what shows that somebody served on a shift: a sheet, or the place itself."""
    sheet = PaperSheet(
        shift_id=shift.id,
        picture=drawn.jpeg,
        picture_digest=drawn.digest,
        width=drawn.width,
        height=drawn.height,
        uploaded_by=account_id,
        uploaded_at=clock.now(),
    )
    db.session.add(sheet)
    db.session.flush()
    return sheet


def propose_paper(sheet: PaperSheet, rows: Sequence[PaperRow], *, reason: str, account_id: int) -> list[Proposal]:
    """Type in what stands on a sheet; a second person compares it with the photo, then the public may look.

    Returns a proposal a person and day. Raises Invalid on reason or for the whole sheet, RowsRefused for single rows;
    then nothing is to be kept. The whole sheet keeps to the limits of who types and where.
    """
    organization = sheet.shift.activity.organization
    require_recordable(sheet.shift)
    require_still_open(sheet.shift, clock.today(), field=None)
    require_known_person(account_id)
    if not reason.strip():
        raise Invalid(N_("请写明为什么用纸质签到"), field="reason")
    if not rows:
        raise Invalid(N_("请至少勾选一个人，或填一个志愿者编号"))
    typed = take_typed(organization, account_id)
    problems: list[tuple[int, Invalid]] = []
    made = list(_proposals(sheet, rows, reason.strip(), account_id, problems))
    if problems:
        raise RowsRefused(sorted(problems, key=lambda problem: problem[0]))
    minutes = sum(one.minutes for one in made)
    limits.check_typed(typed, minutes, organization.name)
    trail("hours.propose_paper", made[0], account_id, minutes=minutes, people=len(rows), sheet=sheet.public_id)
    tell_proposed(made)
    return made


def _proposals(
    sheet: PaperSheet, rows: Sequence[PaperRow], reason: str, account_id: int, problems: list[tuple[int, Invalid]]
) -> Iterator[Proposal]:
    named = list(_named(rows, problems))
    # Volunteers' rows are taken in one order everywhere, so that two sheets at once do not wait for each other.
    for row, volunteer in sorted(named, key=lambda one: (one[1].id, one[0].position)):
        try:
            yield from _from_row(sheet, row, volunteer, reason, account_id)
        except Invalid as problem:
            problems.append((row.position, problem))


def _named(rows: Sequence[PaperRow], problems: list[tuple[int, Invalid]]) -> Iterator[tuple[PaperRow, Volunteer]]:
    for row in rows:
        try:
            yield row, volunteer_numbered(row.volunteer_number)
        except Invalid as problem:
            problems.append((row.position, problem))


def _from_row(sheet: PaperSheet, row: PaperRow, volunteer: Volunteer, reason: str, account_id: int) -> list[Proposal]:
    plan = plan_of(sheet.shift)
    started_at, ended_at = moments_of(row, plan)
    credit = rules.check_typed_span(started_at, ended_at, plan, clock.now())
    take_volunteer(volunteer.id)
    seat = take_seat(volunteer.id, sheet.shift_id, forgotten_event(volunteer.id, sheet.shift_id))
    require_room(seat, credit.days, field="started_at")
    require_within_volunteer_limit(volunteer.id, credit.minutes, field="volunteer_number")
    written = {"made_by": account_id, "reason": reason_at(seat, reason), "sheet_id": sheet.id}
    return [add_proposal(seat, day, Cause.PAPER, Source.PAPER, **written) for day in credit.days]
