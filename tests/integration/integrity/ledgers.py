"""A small ledger with everything that can stand in one, taken into the tree and signed many times on the way."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import time_machine
from sqlalchemy import insert, select

from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.hours import Entry, StarEvent
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.factories.tree import grow_tree
from tests.integration.hours.conftest import Scene as Hours
from tests.integration.hours.conftest import at
from volunteer.certificates.leaves import seal_certificate, seal_revocation
from volunteer.certificates.rules import make_certificate_number
from volunteer.checkin.rules import Method
from volunteer.hours import operations
from volunteer.hours.rules import EntryKind, StarAct
from volunteer.hours.star_leaves import seal_star
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.ledger import queries
from volunteer.metrics import jobs as figures

DAYS, PEOPLE = 8, 4


@dataclass
class Ledgers:
    """The people behind the rows, and the notes that somebody kept outside, oldest first."""

    hours: Hours
    people: list[Volunteer]
    notes: list[str] = field(default_factory=list)

    def sign(self) -> None:
        """Take everything in, sign, and keep the note outside too."""
        grow_tree()
        newest = queries.latest_checkpoint()
        if newest is not None and newest.note not in self.notes:
            self.notes.append(newest.note)
        db.session.remove()


def build(cast: Cast) -> Ledgers:
    """Write it by the same operations that the product uses; call within an application context."""
    hours = _people(cast)
    numbers = (make_volunteer_number("420602", date(2025, 3, 1), 100 + index) for index in range(PEOPLE - 1))
    others = [cast.volunteer(name=f"志愿者{index}", number=number) for index, number in enumerate(numbers)]
    made = Ledgers(hours, [hours.volunteer, *others])
    for days_ago in range(DAYS + 2, 2, -1):
        _serve_a_day(made, days_ago)
        made.sign()
    _typed(made)
    _reversed(made)
    made.sign()
    _stars(made)
    _certificates(made)
    made.sign()
    figures.take_in_changes()
    db.session.commit()
    db.session.remove()
    return made


def _people(cast: Cast) -> Hours:
    owner, second, account = cast.account("王主任"), cast.account("陈姐"), cast.account("李晓梅")
    organization = cast.organization(owner)
    cast.grant(second, Role.CHECKER, organization=organization)
    cast.volunteer(owner, "王建国")
    cast.volunteer(second, "陈桂兰")
    volunteer = cast.volunteer(account, "李晓梅", number=make_volunteer_number("420602", date(2025, 3, 1), 7))
    return Hours(cast, owner, second, organization, cast.activity(organization), account, volunteer)


def _serve_a_day(made: Ledgers, days_ago: int) -> None:
    shift = made.hours.shift("09:00", 240, days_ago=days_ago)
    for index, volunteer in enumerate(made.people):
        arrived, left = at(f"09:{10 + index}", days_ago), at(f"11:{20 + days_ago + index}", days_ago)
        method = Method.KIOSK if index == 1 else Method.VENUE_CODE
        made.hours.serve(shift, arrived, left, method, volunteer=volunteer)


def _typed(made: Ledgers) -> None:
    shift = made.hours.shift("15:00", 120, days_ago=3)
    proposal = made.hours.confirm(made.hours.typed(shift))
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False), made.hours.writing():
        operations.finish_notice(proposal.id, clock.today())
    poster = made.hours.shift("15:00", 120, days_ago=4)
    for volunteer in made.people[:2]:
        made.hours.serve(poster, poster.starts_at, poster.ends_at, Method.POSTER, volunteer=volunteer)
    for waiting in made.hours.proposals():
        if waiting.entry_id is None and waiting.presence_event_id is not None:
            made.hours.confirm(waiting)


def _reversed(made: Ledgers) -> None:
    for entry in made.hours.entries()[:2]:
        made.hours.confirm(made.hours.reversal(entry))


def _stars(made: Ledgers) -> None:
    with made.hours.writing() as session:
        for level, volunteer in enumerate(made.people, 1):
            row = {
                "public_id": new_public_id(),
                "volunteer_id": volunteer.id,
                "act": StarAct.GRANTED,
                "level": level,
                "hours": level,
                "minutes": level * 60,
                "made_at": clock.now(),
            }
            session.execute(insert(StarEvent).values(**row, seal=seal_star(row)))


def _certificates(made: Ledgers) -> None:
    for index, volunteer in enumerate(made.people):
        with made.hours.writing() as session:
            certificate = _certificate(made.hours.organization, volunteer, index)
            session.add(certificate)
            session.flush()
            for entry_id in _standing(volunteer):
                session.add(CertificateEntry(certificate_id=certificate.id, entry_id=entry_id))
            session.add(CertificateFile(certificate_id=certificate.id, pdf=_pdf(index)))
    with made.hours.writing() as session:
        taken_back = session.scalars(select(Certificate).order_by(Certificate.id)).first()
        taken_back.revoked_at, taken_back.revoked_by = clock.now(), made.hours.owner.id
        taken_back.revoke_reason = "名字写错了"
        seal_revocation(taken_back)


def _certificate(organization: Organization, volunteer: Volunteer, index: int) -> Certificate:
    rows = db.session.scalars(select(Entry).where(Entry.id.in_(_standing(volunteer)))).all()
    certificate = Certificate(
        public_id=new_public_id(),
        number=make_certificate_number(bytes([index]) * 11),
        volunteer_id=volunteer.id,
        organization_id=organization.id,
        period_from=min(row.served_on for row in rows),
        period_to=max(row.served_on for row in rows),
        minutes=sum(row.minutes for row in rows),
        facts={"holder_name": volunteer.name},
        pdf_digest=hashlib.sha256(_pdf(index)).hexdigest(),
        issued_at=clock.now(),
        issued_by=organization.created_by,
    )
    seal_certificate(certificate)
    return certificate


def _standing(volunteer: Volunteer) -> list[int]:
    gone = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    query = select(Entry.id).where(
        Entry.volunteer_id == volunteer.id, Entry.kind == EntryKind.CREDIT, Entry.id.not_in(gone)
    )
    return list(db.session.scalars(query.order_by(Entry.id)))


def _pdf(index: int) -> bytes:
    return b"%PDF-1.7 of a certificate, number " + str(index).encode()


def kept_outside(made: Ledgers, folder: Path) -> Path:
    """Write the notes that somebody kept into a file."""
    path = folder / "kept.txt"
    path.write_text("\n".join(made.notes), encoding="utf-8")
    return path


def sizes(made: Ledgers) -> Iterator[int]:
    """Yield how many leaves each note is about."""
    for note in made.notes:
        yield int(note.splitlines()[1])
