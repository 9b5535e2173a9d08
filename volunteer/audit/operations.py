"""Writing the trail."""

from typing import Any

from models.audit import AuditEvent
from models.base import db
from volunteer.kernel import clock


def record(
    action: str, subject_kind: str, subject_id: str, *, account_id: int | None, lineage: str = "", **details: Any
) -> None:
    """Add one row to the trail within the present transaction.

    `action` is "room.verb", `subject_id` a public id or code, `lineage` where the subject stands. `details` are
    JSON values and never hold a document number, a password or a code.
    """
    db.session.add(
        AuditEvent(
            at=clock.now(),
            account_id=account_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            lineage=lineage,
            details=details,
        )
    )
