"""Reading what somebody was told."""

from sqlalchemy import Select, func, select

from models.base import db
from models.notices import Notice
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_


def unread_count(account_id: int) -> int:
    """Return how many notices an account has not read."""
    unread = (Notice.account_id == account_id, Notice.read_at.is_(None))
    return db.session.scalar(select(func.count(Notice.id)).where(*unread)) or 0


def notices_of(account_id: int) -> Select[Notice]:
    """Select what an account was told, the newest first."""
    return select(Notice).where(Notice.account_id == account_id).order_by(Notice.made_at.desc(), Notice.id.desc())


def own_notice(public_id: str, account_id: int) -> Notice:
    """Return a notice of this account; raise `NotFound` for all others."""
    notice = db.session.scalar(select(Notice).where(Notice.public_id == public_id, Notice.account_id == account_id))
    if notice is None:
        raise NotFound(N_("没有找到这条通知"))
    return notice
