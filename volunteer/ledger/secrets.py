"""Persons' secrets: what the salts of their leaves are made from."""

import secrets
from collections.abc import Iterable

from sqlalchemy import delete, select

from models.base import db, upsert
from models.ledger import VolunteerSecret
from volunteer.ledger.leaves import SECRET_BYTES


def secrets_of(volunteer_ids: Iterable[int], *, makes: bool = False) -> dict[int, bytes]:
    """Return the secrets of these volunteers by id; with `makes` those who have none get one, else they are left out.

    Only what takes rows into the tree makes secrets: whoever checks a leaf must not.
    """
    ids = sorted(set(volunteer_ids))
    found = _stored(ids)
    missing = [volunteer_id for volunteer_id in ids if volunteer_id not in found]
    if not makes or not missing:
        return found
    fresh = [{"volunteer_id": volunteer_id, "secret": throwaway()} for volunteer_id in missing]
    # Two at once make one: the first to come is kept, both read it.
    db.session.execute(upsert(VolunteerSecret).on_conflict_do_nothing(), fresh)
    return found | _stored(missing)


def throwaway() -> bytes:
    """Return a secret that is kept nowhere: what it hides can never be opened."""
    return secrets.token_bytes(SECRET_BYTES)


def forget_secret(volunteer_id: int) -> None:
    """Delete a person's secret: their leaves stay, and nobody can tell any more whom they are about."""
    db.session.execute(delete(VolunteerSecret).where(VolunteerSecret.volunteer_id == volunteer_id))


def _stored(ids: list[int]) -> dict[int, bytes]:
    query = select(VolunteerSecret.volunteer_id, VolunteerSecret.secret).where(VolunteerSecret.volunteer_id.in_(ids))
    return {row.volunteer_id: row.secret for row in db.session.execute(query)}
