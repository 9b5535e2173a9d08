"""Whether those who are marked as erased were erased by the program, and those who are not never were."""

from sqlalchemy import exists, or_, select

from models.audit import AuditEvent
from models.base import db
from models.volunteers import Volunteer
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.volunteers.erasures import erasure_holds

_TRAIL = exists().where(
    AuditEvent.action == "volunteers.erase",
    AuditEvent.subject_kind == "volunteer",
    AuditEvent.subject_id == Volunteer.public_id,
)


def check_erasures(findings: Findings) -> None:
    """Name persons whose mark of erasure the program did not make or take away, or of which the trail tells nothing."""
    query = (
        select(
            Volunteer.public_id,
            Volunteer.number,
            Volunteer.erased_at,
            Volunteer.erased_seal,
            _TRAIL.label("is_told"),
        )
        .where(or_(Volunteer.erased_at.is_not(None), Volunteer.erased_seal != "", _TRAIL))
        .order_by(Volunteer.number)
    )
    for row in db.session.execute(query):
        if not erasure_holds(row.public_id, row.number, row.erased_at, row.erased_seal):
            findings.add(Found(Fault.ERASURE_FORGED, row.number, detail="the seal does not hold"))
        elif not row.is_told:
            findings.add(Found(Fault.ERASURE_FORGED, row.number, detail="the trail tells nothing of it"))
        elif row.erased_at is None:
            findings.add(Found(Fault.ERASURE_FORGED, row.number, detail="the mark was taken away"))
