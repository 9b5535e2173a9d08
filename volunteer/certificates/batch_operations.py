"""Making certificates for many: a batch begun, its items issued one by one, stopped, and finished with a book."""

import logging
from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from models.base import db
from models.certificates import Certificate, CertificateBatch, CertificateBatchItem
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.certificates import batch_queries, operations
from volunteer.certificates.batch_rules import check_people
from volunteer.certificates.documents import draw_book
from volunteer.certificates.press import Press
from volunteer.certificates.rules import (
    BatchItemState,
    BatchStatus,
    Order,
    check_period,
    may_issue_at,
    may_issue_for,
)
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError
from volunteer.kernel.fonts import FontSet
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind, packed

log = logging.getLogger(__name__)
_TROUBLE = Words(N_("没能开出来，原因记在系统日志里，请联系主管单位"))


def begin_batch(
    organization: Organization, title: str, order: Order, volunteers: Sequence[Volunteer], *, account_id: int
) -> CertificateBatch:
    """Put down for whom certificates are to be issued; a job issues them one by one.

    The same wish sent twice is one batch as long as that runs. Raises `Invalid` on a date or on nobody, `Conflict`
    while the organization is suspended.
    """
    check_period(order.period_from, order.period_to, today=clock.today())
    check_people(len(volunteers), field="numbers")
    db.session.refresh(organization, ["status"], with_for_update={"key_share": True, "of": Organization})
    may_issue_at(organization.status).require()
    ids = [volunteer.id for volunteer in volunteers]
    if standing := _running_twin(organization, title, order, ids):
        return standing
    batch = CertificateBatch(
        organization=organization,
        title=title,
        period_from=order.period_from,
        period_to=order.period_to,
        options=order.look,
        created_by=account_id,
        created_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    items = [{"batch_id": batch.id, "volunteer_id": one, "state": BatchItemState.WAITING} for one in ids]
    db.session.execute(insert(CertificateBatchItem), items)
    _trail("certificates.begin_batch", batch, account_id, count=len(items))
    return batch


def stop_batch(batch: CertificateBatch, *, account_id: int) -> CertificateBatch:
    """Issue no more of a batch; raises `Conflict` when it does not run any more."""
    stopped = db.session.execute(
        update(CertificateBatch)
        .where(CertificateBatch.id == batch.id, CertificateBatch.status == BatchStatus.RUNNING)
        .values(status=BatchStatus.STOPPED)
        .returning(CertificateBatch.id)
    ).first()
    if stopped is None:
        raise Conflict(N_("这批证明已经不在开了"))
    db.session.refresh(batch)
    _trail("certificates.stop_batch", batch, account_id)
    return batch


def issue_item(item_id: int, press: Press) -> BatchItemState | None:
    """Issue the certificate of one item, or keep why it was refused; None when it was done or stopped before.

    The item is taken by a conditional update in the very transaction that keeps the certificate: of two processes one
    issues it, and a crash leaves it as it was.
    """
    running = select(CertificateBatch.id).where(CertificateBatch.status == BatchStatus.RUNNING)
    taken = db.session.execute(
        update(CertificateBatchItem)
        .where(
            CertificateBatchItem.id == item_id,
            CertificateBatchItem.state == BatchItemState.WAITING,
            CertificateBatchItem.batch_id.in_(running),
        )
        .values(state=BatchItemState.ISSUED)
        .returning(CertificateBatchItem.id)
    ).first()
    if taken is None:
        return None
    item = db.session.get_one(CertificateBatchItem, item_id, populate_existing=True)
    batch = db.session.get_one(CertificateBatch, item.batch_id)
    try:
        with db.session.begin_nested():
            item.certificate = _issue(item, batch, press)
    except (OperationalError, InterfaceError, OSError):
        # A database that is gone or busy, a full disk: not about this person, so it is tried again.
        raise
    except DomainError as error:
        _refuse(item, error.words)
    except Exception:
        # One person's record that cannot be drawn must not keep everybody behind it from theirs.
        log.exception("certificate batch %s, item %s", batch.public_id, item_id)
        _refuse(item, _TROUBLE)
    return item.state


def finish_batch(batch_id: int, fonts: FontSet) -> None:
    """Draw the book of a batch that issues no more, and tell who began it the first time that it ran to its end.

    Drawing takes seconds, so the transaction is ended before: whoever calls has nothing unsaved. When a certificate was
    taken back or its holder erased meanwhile, the book is left for the next time. Without `reopen_books` a second time
    changes nothing.
    """
    facts = batch_queries.facts_in(batch_id)
    db.session.rollback()
    book = draw_book(facts, fonts) if facts else None
    batch = db.session.get_one(
        CertificateBatch, batch_id, with_for_update={"of": CertificateBatch}, populate_existing=True
    )
    if batch.finished_at is not None or batch_queries.facts_in(batch_id) != facts:
        return
    batch.book, batch.finished_at = book, clock.now()
    if batch.status is not BatchStatus.RUNNING:
        return
    batch.status = BatchStatus.FINISHED
    progress = batch_queries.progress_of([batch])[batch_id]
    words = Words(
        N_("“%(title)s”开好了 %(issued)s 份证明，%(refused)s 人没开成")
        if progress.refused
        else N_("“%(title)s”的 %(issued)s 份证明都开好了"),
        {"title": batch.title, "issued": progress.issued, "refused": progress.refused},
    )
    tell(batch.created_by, NoticeKind.CERTIFICATE, words, link=f"/certificates/batches/{batch.public_id}")


def reopen_books(volunteer_id: int) -> None:
    """Throw away the books with a page of a volunteer who is erased; the job draws them anew without it.

    Those without a book too, so that who is about to store one is waited for.
    """
    with_them = select(CertificateBatchItem.batch_id).where(CertificateBatchItem.volunteer_id == volunteer_id)
    db.session.execute(
        update(CertificateBatch).where(CertificateBatch.id.in_(with_them)).values(book=None, finished_at=None)
    )


def _issue(item: CertificateBatchItem, batch: CertificateBatch, press: Press) -> Certificate:
    order = Order.kept(batch.period_from, batch.period_to, batch.options)
    may_issue_for(item.volunteer.status).require()
    certificate = operations.issue_certificate(
        item.volunteer, batch.organization, order, press=press, account_id=batch.created_by
    )
    operations.tell_issued(certificate, batch.organization)
    return certificate


def _refuse(item: CertificateBatchItem, words: Words) -> None:
    db.session.refresh(item)
    item.state, item.why = BatchItemState.REFUSED, {"text": words.msgid, "params": packed(words.params)}
    db.session.flush()


def _running_twin(
    organization: Organization, title: str, order: Order, volunteer_ids: Sequence[int]
) -> CertificateBatch | None:
    query = select(CertificateBatch).where(
        CertificateBatch.organization_id == organization.id,
        CertificateBatch.title == title,
        CertificateBatch.period_from == order.period_from,
        CertificateBatch.period_to == order.period_to,
        CertificateBatch.status == BatchStatus.RUNNING,
    )
    for batch in db.session.scalars(query):
        people = select(CertificateBatchItem.volunteer_id).where(CertificateBatchItem.batch_id == batch.id)
        if batch.options == order.look and set(db.session.scalars(people)) == set(volunteer_ids):
            return batch
    return None


def _trail(action: str, batch: CertificateBatch, account_id: int, **details: object) -> None:
    record(
        action,
        "certificate_batch",
        batch.public_id,
        account_id=account_id,
        lineage=batch.organization.area.lineage,
        **details,
    )
