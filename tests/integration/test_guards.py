"""The schema itself refuses what the code must never do."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.audit import AuditEvent
from models.base import db
from volunteer.kernel import clock


@pytest.fixture
def event(context: Flask) -> AuditEvent:
    row = AuditEvent(
        at=clock.now(), account_id=None, action="test.act", subject_kind="test", subject_id="x", details={}
    )
    db.session.add(row)
    db.session.commit()
    return row


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'other'", "DELETE FROM audit_event"])
def test_the_trail_cannot_be_changed_or_deleted(event: AuditEvent, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_a_moment_without_a_zone_is_refused(context: Flask) -> None:
    naive = clock.now().replace(tzinfo=None) + timedelta(0)
    db.session.add(AuditEvent(at=naive, account_id=None, action="a", subject_kind="t", subject_id="x", details={}))
    with pytest.raises(Exception, match="without a zone"):
        db.session.flush()
