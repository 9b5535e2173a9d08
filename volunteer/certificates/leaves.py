"""The leaves of certificates and of their taking back, and what their seals cover."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.base import db
from models.certificates import Certificate, CertificateEntry
from models.hours import Entry
from models.ledger import LedgerLeaf
from volunteer.ledger import keys, seals
from volunteer.ledger.leaves import VERSION, Made, Opening, commitments, digest_of, moment, openings
from volunteer.ledger.queries import tree_size
from volunteer.ledger.rules import LeafKind
from volunteer.volunteers.persons import Person, persons_of

ISSUED, REVOKED = LeafKind.CERTIFICATE.value, LeafKind.REVOCATION.value
SEALED = (
    "public_id",
    "number",
    "volunteer_id",
    "organization_id",
    "period_from",
    "period_to",
    "minutes",
    "facts",
    "pdf_digest",
    "issued_at",
    "issued_by",
)
# Erased with the person, so no seal covers them; the leaf commits to the name, and the file's digest to both.
PERSONAL_FACTS = ("holder_name", "masked_document")
SEALED_AT_REVOCATION = ("public_id", "number", "revoked_at", "revoked_by", "revoke_reason")


def seal_certificate(certificate: Certificate) -> None:
    """Put the seal on a certificate that is about to be added, all its columns set, the public id too."""
    certificate.seal = seals.seal(keys.ring(), ISSUED, _values(certificate, SEALED))


def seal_revocation(certificate: Certificate) -> None:
    """Put the seal on the taking back of a certificate, in the same flush with it."""
    certificate.revoke_seal = seals.seal(keys.ring(), REVOKED, _values(certificate, SEALED_AT_REVOCATION))


def certificate_leaves(row_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Made]:
    """Return the leaves of these certificates by id; a `Source` of the tree."""
    ring, rested_on = keys.ring(), _entries_of(row_ids)
    return {
        certificate.id: Made(
            subject=certificate.public_id,
            content={
                "v": VERSION,
                "kind": ISSUED,
                "number": certificate.number,
                "file": certificate.pdf_digest,
                "organization": certificate.organization.public_id,
                "period_from": certificate.period_from.isoformat(),
                "period_to": certificate.period_to.isoformat(),
                "minutes": certificate.minutes,
                "entries": digest_of(sorted(rested_on.get(certificate.id, []))),
                "issued_at": moment(certificate.issued_at),
                **commitments(person.secret, ISSUED, certificate.public_id, _holder(certificate, person)),
            },
            seal_holds=seals.holds(ring, ISSUED, _values(certificate, SEALED), certificate.seal),
            seal=certificate.seal,
        )
        for certificate, person in _asked(row_ids, makes_secrets=makes_secrets)
    }


def revocation_leaves(row_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Made]:
    """Return the leaves of the taking back of these certificates by id; a `Source` of the tree."""
    ring = keys.ring()
    return {
        certificate.id: Made(
            subject=certificate.public_id,
            content={
                "v": VERSION,
                "kind": REVOKED,
                "number": certificate.number,
                "at": moment(certificate.revoked_at),
                **commitments(person.secret, REVOKED, certificate.public_id, _reason(certificate)),
            },
            seal_holds=seals.holds(ring, REVOKED, _values(certificate, SEALED_AT_REVOCATION), certificate.revoke_seal),
            seal=certificate.revoke_seal,
        )
        for certificate, person in _asked(row_ids, makes_secrets=makes_secrets)
        if certificate.revoked_at is not None
    }


def certificate_openings(row_ids: Sequence[int]) -> dict[int, dict[str, Opening]]:
    """Return by certificate what opens the commitment of its leaf; those of persons who were erased are left out."""
    return {
        certificate.id: openings(person.secret, ISSUED, certificate.public_id, _holder(certificate, person))
        for certificate, person in _asked(row_ids)
        if person.secret is not None
    }


def in_doubt(certificate: Certificate) -> bool:
    """Return whether the tree does not stand behind a certificate, or says something else about it than its row.

    One that waits for its leaf is held by its seal; one older than the tree has none and is held by its leaf. Before
    the tree is opened there is nothing to compare with.
    """
    if tree_size() == 0:
        return False
    kept = _leaves_of(certificate.id)
    made = certificate_leaves([certificate.id])[certificate.id]
    if LeafKind.REVOCATION in kept and certificate.revoked_at is None:
        return True
    if LeafKind.CERTIFICATE not in kept:
        return not made.seal_holds
    says_the_same = _comparable(json.loads(kept[LeafKind.CERTIFICATE]), made) == _comparable(made.content, made)
    return not says_the_same or not (made.seal_holds or made.seal == "")


def _leaves_of(certificate_id: int) -> dict[LeafKind, str]:
    kinds = (LeafKind.CERTIFICATE, LeafKind.REVOCATION)
    query = select(LedgerLeaf.kind, LedgerLeaf.content).where(
        LedgerLeaf.kind.in_(kinds), LedgerLeaf.row_id == certificate_id
    )
    return {row.kind: row.content for row in db.session.execute(query)}


def _comparable(content: dict[str, Any], made: Made) -> dict[str, Any]:
    """Return a leaf without what cannot be rebuilt any more once the holder was erased."""
    return {name: value for name, value in content.items() if name != "person" or made.content["person"]}


def _holder(certificate: Certificate, person: Person) -> dict[str, Any]:
    return {"person": {**person.value, "name": certificate.facts.get("holder_name", "")}}


def _reason(certificate: Certificate) -> dict[str, Any]:
    return {"reason": {"reason": certificate.revoke_reason}}


def _values(certificate: Certificate, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(certificate, name) for name in names}
    if "facts" in values:
        values["facts"] = {name: value for name, value in values["facts"].items() if name not in PERSONAL_FACTS}
    return values


def _asked(row_ids: Sequence[int], *, makes_secrets: bool = False) -> Iterator[tuple[Certificate, Person]]:
    certificates = db.session.scalars(
        select(Certificate)
        .options(joinedload(Certificate.organization))
        .where(Certificate.id.in_(row_ids))
        .order_by(Certificate.id)
    ).all()
    persons = persons_of([one.volunteer_id for one in certificates], makes_secrets=makes_secrets)
    return ((one, persons[one.volunteer_id]) for one in certificates)


def _entries_of(row_ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(CertificateEntry.certificate_id, Entry.public_id)
        .join(Entry, Entry.id == CertificateEntry.entry_id)
        .where(CertificateEntry.certificate_id.in_(row_ids))
    )
    found: dict[int, list[str]] = {}
    for certificate_id, public_id in db.session.execute(query):
        found.setdefault(certificate_id, []).append(public_id)
    return found
