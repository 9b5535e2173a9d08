"""Recording trainings, commendations and evaluations, taking one back, and asking about one."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from models.accounts import RoleGrant
from models.activities import Shift
from models.base import db
from models.organizations import Organization
from models.records import Commendation, Evaluation, Training
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.hours.natural_persons import persons
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Forbidden, Invalid
from volunteer.kernel.permissions import ROLE_PERMISSIONS, Permission
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell, tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.queries import scope_of
from volunteer.organizations.rules import may_operate
from volunteer.records import queries
from volunteer.records.queries import Kept
from volunteer.records.rules import (
    CommendationTyped,
    EvaluationTyped,
    Keeper,
    Line,
    LineError,
    LinesRefused,
    RecordKind,
    TrainingTyped,
    why_not_about,
)

Row = TypeVar("Row", Training, Commendation, Evaluation)

TOLD = {
    RecordKind.TRAINING: N_("%(organization)s给%(name)s记了一次培训：%(what)s"),
    RecordKind.COMMENDATION: N_("%(organization)s给%(name)s记了一次表彰：%(what)s"),
    RecordKind.EVALUATION: N_("%(organization)s评价了%(name)s的服务：%(what)s"),
}


def people_meant(organization: Organization, lines: Sequence[Line], *, account_id: int) -> list[Volunteer]:
    """Return the volunteers of a list in its order; raise LinesRefused, with a line for each who cannot be meant.

    Who never signed up with the organization is refused in the words for a number that nobody has.
    """
    known = queries.known_people(organization.id, [line.number for line in lines])
    keeper = keeper_of(account_id)
    errors = []
    for line in lines:
        volunteer = known.get(line.number)
        words = (
            Words(N_("这个编号没有在贵组织报过名、签过到，不能记"))
            if volunteer is None
            else why_not_about(keeper, account_id=volunteer.account_id, document=volunteer.document_digest)
        )
        if words is not None:
            errors.append(LineError(line.line, words))
    if errors:
        raise LinesRefused(tuple(errors))
    return [known[line.number] for line in lines]


def keeper_of(account_id: int) -> Keeper:
    """Return who records; raise Forbidden when the person behind the account is not registered."""
    document = persons([account_id])[account_id].document_digest
    if document is None:
        raise Forbidden(N_("要先在“我的”里登记自己，才能给别人记：每条记录都要知道是谁记的"))
    return Keeper(account_id, document)


def record_trainings(
    organization: Organization, lines: Sequence[Line], typed: TrainingTyped, *, account_id: int
) -> list[Training]:
    """Return a training for each person of a list, all or none; Invalid, LinesRefused or Conflict say what is wrong."""
    people = check_new(organization, lines, typed, account_id=account_id)
    return [
        _add(
            Training(
                name=typed.name,
                content=typed.content,
                minutes=typed.minutes,
                held_by=typed.held_by,
                held_on=typed.held_on,
                **_shared(one, organization, account_id),
            )
        )
        for one in people
    ]


def record_commendations(
    organization: Organization, lines: Sequence[Line], typed: CommendationTyped, *, account_id: int
) -> list[Commendation]:
    """Return a commendation for each person of a list, all or none, refused like a training."""
    people = check_new(organization, lines, typed, account_id=account_id)
    return [
        _add(
            Commendation(
                name=typed.name,
                given_by=typed.given_by,
                given_on=typed.given_on,
                **_shared(one, organization, account_id),
            )
        )
        for one in people
    ]


def check_new(
    organization: Organization, lines: Sequence[Line], typed: TrainingTyped | CommendationTyped, *, account_id: int
) -> list[Volunteer]:
    """Return about whom a training or commendation may be recorded, or raise what is wrong; changes nothing."""
    may_operate(organization.status).require()
    typed.check(clock.today())
    people = people_meant(organization, lines, account_id=account_id)
    _lock(people)
    kind, day = (
        (RecordKind.TRAINING, typed.held_on)
        if isinstance(typed, TrainingTyped)
        else (RecordKind.COMMENDATION, typed.given_on)
    )
    twins = queries.standing_twins(kind, organization.id, [one.id for one in people], typed.name, day)
    places = {line.number: line.line for line in lines}
    already = Words(N_("同名、同一天的已经记过了"))
    if errors := tuple(LineError(places[one.number], already) for one in people if one.id in twins):
        raise LinesRefused(errors)
    return people


def evaluate(shift: Shift, typed: Iterable[EvaluationTyped], *, account_id: int) -> list[Evaluation]:
    """Return an evaluation for each of these volunteers who served on a shift, all or none.

    Raises Invalid when nobody was graded, Conflict on somebody who did not serve there or was evaluated already.
    """
    organization = shift.activity.organization
    may_operate(organization.status).require()
    grades = list(typed)
    if not grades:
        raise Invalid(N_("还没有给谁选评价"))
    keeper = keeper_of(account_id)
    _lock([one.volunteer for one in queries.served_on(shift)])
    served = {one.volunteer.number: one for one in queries.served_on(shift)}
    return [
        _add(
            Evaluation(
                shift=shift,
                grade=one.grade,
                words=one.words,
                evaluated_on=clock.today(),
                **_shared(_may_be_evaluated(served.get(one.number), keeper), organization, account_id),
            )
        )
        for one in grades
    ]


def _may_be_evaluated(served: queries.Served | None, keeper: Keeper) -> Volunteer:
    if served is None:
        raise Conflict(N_("名单刚刚有变动，请刷新后再评"))
    volunteer = served.volunteer
    if served.evaluation is not None:
        raise Conflict(N_("%(name)s这个班次已经评过了，要改先撤回原来的"), name=volunteer.name)
    words = why_not_about(keeper, account_id=volunteer.account_id, document=volunteer.document_digest)
    if words is not None:
        raise Conflict(words.msgid)
    return volunteer


def withdraw(row: Kept, *, reason: str, account_id: int) -> Kept:
    """Take a record back with a reason; it stays, crossed out. Raises Conflict the second time."""
    db.session.refresh(row, with_for_update={"of": type(row)})
    if row.withdrawn_at is not None:
        raise Conflict(N_("这条记录已经撤回了"))
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_because = account_id, clock.now(), reason
    db.session.flush()
    _audit(row, "records.withdraw", account_id)
    words = Words(
        N_("%(organization)s撤回了%(name)s的一条%(kind)s：%(what)s。原因：%(why)s"),
        {
            "organization": row.organization.name,
            "name": row.volunteer.name,
            "kind": Words(queries.kind_of(row).label),
            "what": queries.name_of(row),
            "why": reason,
        },
    )
    _tell(row.volunteer, words)
    return row


def dispute(row: Kept, *, text: str, account_id: int) -> Kept:
    """Send what a volunteer holds against a record to all who keep records at the organization.

    Nothing is settled by it: who agrees withdraws the record, of which the volunteer is told.
    """
    if row.withdrawn_at is not None:
        raise Conflict(N_("这条记录已经撤回了"))
    words = Words(
        N_("%(name)s对“%(what)s”这条%(kind)s有异议：%(text)s"),
        {
            "name": row.volunteer.name,
            "what": queries.name_of(row),
            "kind": Words(queries.kind_of(row).label),
            "text": text,
        },
    )
    link = f"/records/items/{row.public_id}/withdraw"
    tell_each(_keepers(row.organization_id), NoticeKind.RECORD, words, link=link, about=row.volunteer_id)
    _audit(row, "records.dispute", account_id)
    return row


def note_reading(volunteer: Volunteer, *, purpose: str, account_id: int, is_minor: bool) -> Volunteer:
    """Write down, before they do, that somebody else than the volunteer reads the record, and for what."""
    lineage = volunteer.community.lineage
    facts = {"purpose": purpose, "is_minor": is_minor}
    record("records.read", "volunteer", volunteer.public_id, account_id=account_id, lineage=lineage, **facts)
    return volunteer


def note_taking(volunteer: Volunteer, *, form: str, services: int, account_id: int) -> None:
    """Write down that a portable record was given to its volunteer's account."""
    lineage = volunteer.community.lineage
    facts = {"form": form, "services": services}
    record("records.take", "volunteer", volunteer.public_id, account_id=account_id, lineage=lineage, **facts)


def _lock(people: Sequence[Volunteer]) -> None:
    """Let one recording about these people follow another, so that two at once do not both find nothing there."""
    ids = sorted(one.id for one in people)
    db.session.execute(select(Volunteer.id).where(Volunteer.id.in_(ids)).order_by(Volunteer.id).with_for_update())


def _shared(volunteer: Volunteer, organization: Organization, account_id: int) -> dict[str, Any]:
    return {
        "volunteer": volunteer,
        "organization": organization,
        "recorded_by": account_id,
        "recorded_at": clock.now(),
    }


def _add(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    kind = queries.kind_of(row)
    _audit(row, f"records.record_{kind}", row.recorded_by)
    name = row.volunteer.name
    _tell(
        row.volunteer,
        Words(TOLD[kind], {"organization": row.organization.name, "name": name, "what": queries.name_of(row)}),
    )
    return row


def _audit(row: Kept, action: str, account_id: int) -> None:
    kind = queries.kind_of(row)
    lineage = scope_of(row.organization).lineage
    record(action, kind, row.public_id, account_id=account_id, lineage=lineage, number=row.volunteer.number)


def _tell(volunteer: Volunteer, words: Words) -> None:
    tell(volunteer.account_id, NoticeKind.RECORD, words, link=f"/records/{volunteer.public_id}", about=volunteer.id)


def _keepers(organization_id: int) -> Sequence[int]:
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.KEEP_RECORDS in held]
    query = select(RoleGrant.account_id).where(
        RoleGrant.organization_id == organization_id, RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(roles)
    )
    return db.session.scalars(query.distinct().order_by(RoleGrant.account_id)).all()
