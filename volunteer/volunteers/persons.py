"""Who a leaf of the tree is about, for the rooms that make leaves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.base import db
from models.volunteers import Volunteer
from volunteer.ledger.secrets import secrets_of, throwaway


@dataclass(frozen=True, slots=True)
class Person:
    """What leaves commit to about one person, and the secret that hides it; None where it is gone or not yet made."""

    number: str
    document: str
    secret: bytes | None

    @property
    def value(self) -> dict[str, Any]:
        """Return what stands behind a leaf's `person`: the number, and the keyed digest of the document."""
        return {"number": self.number, "document": self.document}


def persons_of(volunteer_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Person]:
    """Return these persons by volunteer id.

    With `makes_secrets` everybody has a secret: who was erased gets one that is kept nowhere, so that what is still
    written about them, such as a reversal, cannot be opened either.
    """
    query = select(Volunteer.id, Volunteer.number, Volunteer.document_digest, Volunteer.erased_at)
    rows = db.session.execute(query.where(Volunteer.id.in_(set(volunteer_ids)))).all()
    living = {row.id for row in rows if row.erased_at is None}
    secrets = secrets_of(living)
    if makes_secrets and (missing := living - secrets.keys()):
        secrets |= secrets_of(_kept_from_erasing(missing), makes=True)
    return {
        row.id: Person(row.number, row.document_digest, secrets.get(row.id) or (throwaway() if makes_secrets else None))
        for row in rows
    }


def _kept_from_erasing(volunteer_ids: Collection[int]) -> Sequence[int]:
    """Return those of these who are not erased by now, and let whoever erases them wait for us.

    Otherwise a secret could be made for somebody who is erased meanwhile, and would be left for good.
    """
    query = select(Volunteer.id).where(Volunteer.id.in_(volunteer_ids), Volunteer.erased_at.is_(None))
    return db.session.scalars(query.order_by(Volunteer.id).with_for_update(read=True)).all()
