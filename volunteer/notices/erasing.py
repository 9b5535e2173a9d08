"""What of notices goes when a person they are about is erased."""

from sqlalchemy import select

from models.base import db
from models.notices import Notice
from volunteer.kernel.names import ERASED_NAME
from volunteer.notices.rules import without_person


def forget_notices(volunteer_id: int) -> None:
    """Take the name, and what the person wrote, out of what anybody was told about them; the notices stay."""
    for notice in db.session.scalars(select(Notice).where(Notice.volunteer_id == volunteer_id)):
        notice.params = without_person(notice.params, ERASED_NAME)
    db.session.flush()
