"""Attendance on paper: the photo of a signed sheet, and the minutes that somebody reads from it."""

from collections.abc import Iterator, Sequence

from models.activities import Shift
from models.base import db
from models.hours import PaperSheet, Proposal
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.audit.operations import record
from volunteer.hours import rules
from volunteer.hours.doubts import reason_at
from volunteer.hours.ledger import take_seat, take_volunteer
from volunteer.hours.minutes import Source
from volunteer.hours.paper_rules import PaperRow, RowsRefused, moments_of
from volunteer.hours.photos import draw_anew
from volunteer.hours.proposals import (
    add_proposal,
    forgotten_event,
    require_known_person,
    require_recordable,
    require_room,
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
    require_known_person(account_id)
    drawn = draw_anew(photo)
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
    lineage = scope_of(shift.activity.organization).lineage
    record("hours.add_sheet", "paper_sheet", sheet.public_id, account_id=account_id, lineage=lineage)
    return sheet


def propose_paper(sheet: PaperSheet, rows: Sequence[PaperRow], *, reason: str, account_id: int) -> list[Proposal]:
    """Type in what stands on a sheet; a second person compares it with the photo, then the public may look.

    Returns a proposal a person and day. Raises Invalid on reason or for the whole sheet, RowsRefused for single rows;
    then nothing is to be kept.
    """
    require_recordable(sheet.shift)
    require_known_person(account_id)
    if not reason.strip():
        raise Invalid(N_("请写明为什么用纸质签到"), field="reason")
    if not rows:
        raise Invalid(N_("请至少勾选一个人，或填一个志愿者编号"))
    problems: list[tuple[int, Invalid]] = []
    made = list(_proposals(sheet, rows, reason.strip(), account_id, problems))
    if problems:
        raise RowsRefused(sorted(problems, key=lambda problem: problem[0]))
    trail("hours.propose_paper", made[0], account_id, minutes=sum(one.minutes for one in made), people=len(rows))
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
    written = {"made_by": account_id, "reason": reason_at(seat, reason), "sheet_id": sheet.id}
    return [add_proposal(seat, day, Cause.PAPER, Source.PAPER, **written) for day in credit.days]
