"""Reading the trail."""

from sqlalchemy import ColumnElement, or_

from models.audit import AuditEvent


def stands_below(lineages: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that an event concerns what stands at or below any of `lineages`."""
    inside = [
        or_(AuditEvent.lineage == lineage, AuditEvent.lineage.startswith(lineage + "/", autoescape=True))
        for lineage in lineages
    ]
    return or_(False, *inside)
