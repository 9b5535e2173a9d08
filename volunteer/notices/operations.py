"""Telling people, and noting what they have read."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import update

from models.base import db
from models.notices import Notice
from volunteer.kernel import clock
from volunteer.kernel.text import Words
from volunteer.notices.rules import NAME, NoticeKind, is_own_path, packed


class Channel(Protocol):
    """A way to people beside these pages, such as text messages, called within the transaction that tells them.

    It keeps the notice for sending once the transaction stands, and never fails it.
    """

    def __call__(self, notice: Notice) -> None:
        """Take a notice that was just made."""


channels: list[Channel] = []
"""Filled by app.py; empty while a notice is read here alone."""


def tell(account_id: int, kind: NoticeKind, words: Words, *, link: str = "", about: int | None = None) -> Notice:
    """Tell an account something within the present transaction, and where something can be done about it.

    What fills `words` are texts, numbers, `Words`, days and moments; the latter two are said as of when they are read.
    `about` is the id of the volunteer it names, so that the name can go when that person is erased. Raises ValueError
    for a `link` that is not a path of ours and for a name of nobody, TypeError for what cannot be kept.
    """
    if about is None and NAME in words.params:
        raise ValueError("a notice that names a volunteer says which")
    if link and not is_own_path(link):
        raise ValueError(f"a notice leads to our own pages alone, not to {link!r}")
    made_at = clock.now()
    text, params = words.msgid, packed(words.params)
    notice = Notice(
        account_id=account_id, volunteer_id=about, kind=kind, text=text, params=params, link=link, made_at=made_at
    )
    db.session.add(notice)
    db.session.flush()
    for channel in channels:
        channel(notice)
    return notice


def tell_each(
    account_ids: Iterable[int], kind: NoticeKind, words: Words, *, link: str = "", about: int | None = None
) -> list[Notice]:
    """Tell each of these accounts the same, once, in one order."""
    return [tell(account_id, kind, words, link=link, about=about) for account_id in sorted(set(account_ids))]


def mark_read(notice: Notice) -> None:
    """Note that its account has read a notice; the first time stays."""
    if notice.read_at is None:
        notice.read_at = clock.now()


def mark_all_read(account_id: int) -> int:
    """Note that an account has read everything; return how many notices that were."""
    unread = (Notice.account_id == account_id, Notice.read_at.is_(None))
    result = db.session.execute(update(Notice).where(*unread).values(read_at=clock.now()))
    return int(result.rowcount)  # type: ignore[attr-defined]
