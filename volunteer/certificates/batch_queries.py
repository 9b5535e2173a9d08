"""Reading batches of certificates: whom one would be for, how far it is, and what it has made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import joinedload

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.certificates import Certificate, CertificateBatch, CertificateBatchItem, CertificateFile
from models.engine import single_statements
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.areas.queries import full_names
from volunteer.certificates.queries import reversed_entries
from volunteer.certificates.rules import BatchItemState, BatchStatus, CertificateFacts, Order
from volunteer.hours.queries import is_effective
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_

_CHUNK = 500
_FILES_AT_ONCE = 20


# Whom a batch could be for


def people_numbered(numbers: Iterable[str], organization_id: int) -> dict[str, Volunteer]:
    """Return by number those of the numbered volunteers whom an organization has effective entries of."""
    wanted = list(numbers)
    found: dict[str, Volunteer] = {}
    for start in range(0, len(wanted), _CHUNK):
        served = exists().where(
            Entry.volunteer_id == Volunteer.id, Entry.organization_id == organization_id, is_effective()
        )
        query = select(Volunteer).where(Volunteer.number.in_(wanted[start : start + _CHUNK]), served)
        found.update((volunteer.number, volunteer) for volunteer in db.session.scalars(query))
    return {number: found[number] for number in wanted if number in found}


def people_of_activity(organization_id: int, activity_id: str, days: tuple[date, date]) -> Sequence[Volunteer]:
    """Return by number who has effective minutes of an activity in a period."""
    return _served(_in_period(organization_id, days).where(Activity.public_id == activity_id))


def people_of_community(organization_id: int, code: str, days: tuple[date, date]) -> Sequence[Volunteer]:
    """Return by number who lives in a community and has effective minutes here in a period."""
    community = select(Area.id).where(Area.code == code).scalar_subquery()
    return _served(_in_period(organization_id, days), Volunteer.community_id == community)


def services_of(volunteer_ids: Sequence[int], organization_id: int, order: Order) -> dict[int, int]:
    """Return the minutes that an order would certify, by volunteer; who has none is left out."""
    found: dict[int, int] = {}
    for start in range(0, len(volunteer_ids), _CHUNK):
        query = _in_period(organization_id, (order.period_from, order.period_to)).where(
            Entry.volunteer_id.in_(volunteer_ids[start : start + _CHUNK])
        )
        if order.activities is not None:
            query = query.where(Activity.public_id.in_(order.activities))
        sums = query.with_only_columns(Entry.volunteer_id, func.sum(Entry.minutes)).group_by(Entry.volunteer_id)
        found.update((row[0], int(row[1])) for row in db.session.execute(sums))
    return found


@dataclass(frozen=True, slots=True)
class ActivityRecorded:
    """An activity with effective entries: its public id and title, the last day served, by how many people in all."""

    public_id: str
    title: str
    last_on: date
    people: int


def activities_recorded(organization_id: int) -> list[ActivityRecorded]:
    """Return the activities of which an organization has effective entries, the latest served first."""
    last_on = func.max(Entry.served_on)
    query = (
        select(Activity.public_id, Activity.title, last_on, func.count(Entry.volunteer_id.distinct()))
        .join(Shift, Shift.activity_id == Activity.id)
        .join(Entry, Entry.shift_id == Shift.id)
        .where(Entry.organization_id == organization_id, is_effective())
        .group_by(Activity.id)
        .order_by(last_on.desc(), Activity.id.desc())
    )
    return [ActivityRecorded(*row) for row in db.session.execute(query)]


def communities_served(organization_id: int) -> list[tuple[str, str]]:
    """Return the communities in which people with effective entries here live as (code, full name), by code."""
    people = select(Entry.volunteer_id).where(Entry.organization_id == organization_id, is_effective())
    homes = select(Volunteer.community_id).where(Volunteer.id.in_(people))
    areas = db.session.scalars(select(Area).where(Area.id.in_(homes)).order_by(Area.code)).all()
    names = full_names(area.lineage for area in areas)
    return [(area.code, names[area.lineage]) for area in areas]


def _in_period(organization_id: int, days: tuple[date, date]) -> Select[int]:
    return (
        select(Entry.volunteer_id)
        .join(Shift, Shift.id == Entry.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Entry.organization_id == organization_id, Entry.served_on.between(*days), is_effective())
    )


def _served(entries: Select[int], *conditions: object) -> Sequence[Volunteer]:
    query = select(Volunteer).where(Volunteer.id.in_(entries), *conditions).order_by(Volunteer.number)  # type: ignore[arg-type]
    return db.session.scalars(query).all()


# How far one is


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a batch are issued, refused and still to come."""

    issued: int
    refused: int
    waiting: int

    @property
    def total(self) -> int:
        """Return for how many the batch is."""
        return self.issued + self.refused + self.waiting


def batch_by_public_id(public_id: str) -> CertificateBatch:
    """Return the batch with its organization; raise `NotFound` when there is none."""
    query = select(CertificateBatch).options(joinedload(CertificateBatch.organization).joinedload(Organization.area))
    batch = db.session.scalar(query.where(CertificateBatch.public_id == public_id))
    if batch is None:
        raise NotFound(N_("没有找到这批证明"))
    return batch


def batches_of(organization_ids: Iterable[int]) -> Select[CertificateBatch]:
    """Select the batches of these organizations, the newest first."""
    return (
        select(CertificateBatch)
        .options(joinedload(CertificateBatch.organization))
        .where(CertificateBatch.organization_id.in_(list(organization_ids)))
        .order_by(CertificateBatch.id.desc())
    )


def progress_of(batches: Iterable[CertificateBatch]) -> Mapping[int, Progress]:
    """Return how far these batches are, by id."""
    ids = [batch.id for batch in batches]
    counts: dict[int, dict[BatchItemState, int]] = {batch_id: {} for batch_id in ids}
    rows = db.session.execute(
        select(CertificateBatchItem.batch_id, CertificateBatchItem.state, func.count(CertificateBatchItem.id))
        .where(CertificateBatchItem.batch_id.in_(ids))
        .group_by(CertificateBatchItem.batch_id, CertificateBatchItem.state)
    )
    for batch_id, state, count in rows:
        counts[batch_id][state] = count
    return {
        batch_id: Progress(
            found.get(BatchItemState.ISSUED, 0),
            found.get(BatchItemState.REFUSED, 0),
            found.get(BatchItemState.WAITING, 0),
        )
        for batch_id, found in counts.items()
    }


def refused_in(batch: CertificateBatch) -> Sequence[CertificateBatchItem]:
    """Return those of a batch who were refused, in its order."""
    query = (
        select(CertificateBatchItem)
        .options(joinedload(CertificateBatchItem.volunteer))
        .where(CertificateBatchItem.batch_id == batch.id, CertificateBatchItem.state == BatchItemState.REFUSED)
        .order_by(CertificateBatchItem.id)
    )
    return db.session.scalars(query).all()


def has_book(batch: CertificateBatch) -> bool:
    """Return whether the book of a batch is drawn, without reading it."""
    query = select(CertificateBatch.id).where(CertificateBatch.id == batch.id, CertificateBatch.book.is_not(None))
    return db.session.scalar(query) is not None


# For the job


def items_waiting(most: int) -> list[int]:
    """Return the ids of what is still to be issued, the oldest of each running batch first, `most` a batch."""
    running = select(CertificateBatch.id).where(CertificateBatch.status == BatchStatus.RUNNING)
    ids: list[int] = []
    for batch_id in db.session.scalars(running.order_by(CertificateBatch.id)).all():
        query = select(CertificateBatchItem.id).where(
            CertificateBatchItem.batch_id == batch_id, CertificateBatchItem.state == BatchItemState.WAITING
        )
        ids += db.session.scalars(query.order_by(CertificateBatchItem.id).limit(most))
    return ids


def batches_to_finish() -> Sequence[int]:
    """Return the ids of the batches that have nothing more to issue and no book yet."""
    waiting = exists().where(
        CertificateBatchItem.batch_id == CertificateBatch.id,
        CertificateBatchItem.state == BatchItemState.WAITING,
        CertificateBatch.status == BatchStatus.RUNNING,
    )
    query = select(CertificateBatch.id).where(CertificateBatch.finished_at.is_(None), ~waiting)
    return db.session.scalars(query.order_by(CertificateBatch.id)).all()


def facts_in(batch_id: int) -> list[CertificateFacts]:
    """Return what the certificates of a batch print, in its order.

    Left out are those that were taken back, and those whose holder was erased, and our copy of the file with them.
    """
    query = (
        select(Certificate.facts)
        .join(CertificateBatchItem, CertificateBatchItem.certificate_id == Certificate.id)
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateBatchItem.batch_id == batch_id, Certificate.revoked_at.is_(None))
        .order_by(CertificateBatchItem.id)
    )
    return [CertificateFacts.from_json(facts) for facts in db.session.scalars(query)]


# What one has made


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one volunteer of a batch; certificate None: refused or still to come.

    `has_file` is false also once the holder was erased.
    """

    item: CertificateBatchItem
    volunteer: Volunteer
    certificate: Certificate | None
    entries_reversed: int
    has_file: bool


def outcomes_of(batch: CertificateBatch) -> list[Outcome]:
    """Return what became of everybody in a batch, in its order."""
    has_file = exists().where(CertificateFile.certificate_id == Certificate.id).correlate(Certificate)
    query = (
        select(CertificateBatchItem, Volunteer, Certificate, reversed_entries, has_file)
        .join(Volunteer, Volunteer.id == CertificateBatchItem.volunteer_id)
        .outerjoin(Certificate, Certificate.id == CertificateBatchItem.certificate_id)
        .where(CertificateBatchItem.batch_id == batch.id)
        .order_by(CertificateBatchItem.id)
    )
    return [Outcome(*row) for row in db.session.execute(query)]


def files_of(names: Mapping[int, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of certificates as (name, bytes), a few at a time and outside any transaction.

    `names` gives the name of each by the certificate's id; however slow its reader is, no connection is held. One that
    is deleted meanwhile is left out.
    """
    ids = list(names)
    for start in range(0, len(ids), _FILES_AT_ONCE):
        wanted = ids[start : start + _FILES_AT_ONCE]
        query = select(CertificateFile.certificate_id, CertificateFile.pdf).where(
            CertificateFile.certificate_id.in_(wanted)
        )
        with single_statements() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        for certificate_id in wanted:
            if certificate_id in found:
                yield names[certificate_id], found[certificate_id]
