"""Reading the trail."""

from sqlalchemy import Select, or_, select

from models.accounts import Account
from models.audit import AuditEvent


def events_below(lineages: tuple[str, ...]) -> Select[tuple[AuditEvent, str | None]]:
    """Select the trail of what stands at or below any of `lineages`, newest first, each row with the doer's name."""
    inside = [
        or_(AuditEvent.lineage == lineage, AuditEvent.lineage.startswith(lineage + "/", autoescape=True))
        for lineage in lineages
    ]
    return (
        select(AuditEvent, Account.display_name)
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(or_(False, *inside))
        .order_by(AuditEvent.id.desc())
    )
