"""What the demo's first organization recorded of its people beside service: a training, honours, evaluations."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from models.activities import Shift
from models.base import db
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.hours.queries import is_effective
from volunteer.kernel import clock
from volunteer.records import operations
from volunteer.records.queries import shift_by_public_id
from volunteer.records.rules import CommendationTyped, EvaluationTyped, Grade, Line, TrainingTyped
from volunteer.volunteers.rules import Relation

EVALUATED_SHIFTS = 3
PRAISE = (
    (Grade.EXCELLENT, "到得早，主动帮新来的人熟悉路线"),
    (Grade.EXCELLENT, "对老人有耐心"),
    (Grade.GOOD, ""),
)


def tell_of_recognition(first: Organization, resident_phone: str) -> None:
    """Let the organization's owner record what the resident learned, was given, and how well they served."""
    volunteer = db.session.scalars(
        select(Volunteer).where(Volunteer.phone == resident_phone, Volunteer.relation == Relation.SELF)
    ).one()
    lines, owner, today = [Line(1, volunteer.number)], first.created_by, clock.today()
    for name, taught, minutes, held_by, days_ago in (
        ("应急救护培训", "心肺复苏、止血包扎和海姆立克法，考核合格", 480, "市红十字会", 120),
        ("文明劝导上岗培训", "路口劝导的站位、手势和用语", 90, first.name, 200),
    ):
        held_on = today - timedelta(days=days_ago)
        training = TrainingTyped(name, taught, minutes, held_by, held_on)
        operations.record_trainings(first, lines, training, account_id=owner)
    honour = CommendationTyped("季度优秀志愿者", first.name, today - timedelta(days=45))
    operations.record_commendations(first, lines, honour, account_id=owner)
    for shift, (grade, words) in zip(_shifts_of(volunteer, first), PRAISE, strict=False):
        operations.evaluate(shift, [EvaluationTyped(volunteer.number, grade, words)], account_id=owner)


def _shifts_of(volunteer: Volunteer, organization: Organization) -> Sequence[Shift]:
    """Return the latest shifts on which somebody served with an organization."""
    query = (
        select(Shift.public_id)
        .join(Entry, Entry.shift_id == Shift.id)
        .where(Entry.volunteer_id == volunteer.id, Entry.organization_id == organization.id, is_effective())
        .order_by(Shift.starts_at.desc(), Shift.id)
        .limit(EVALUATED_SHIFTS)
    )
    return [shift_by_public_id(public_id) for public_id in db.session.scalars(query)]
