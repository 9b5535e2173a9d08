"""The leaves of stars, granted and revoked, and what their seals cover."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models.base import db
from models.hours import StarEvent
from volunteer.ledger import keys, seals
from volunteer.ledger.leaves import VERSION, Made, commitments, moment
from volunteer.ledger.rules import LeafKind
from volunteer.volunteers.persons import Person, persons_of

KIND = LeafKind.STAR.value
SEALED = ("public_id", "volunteer_id", "act", "level", "hours", "minutes", "made_at")


def seal_star(row: Mapping[str, Any]) -> str:
    """Return the seal of a star event that is about to be written, all its columns named, the public id too."""
    return seals.seal(keys.ring(), KIND, {name: row[name] for name in SEALED})


def star_leaves(row_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Made]:
    """Return the leaves of these star events by id; a `Source` of the tree."""
    ring = keys.ring()
    return {
        event.id: Made(
            subject=event.public_id,
            content={
                "v": VERSION,
                "kind": KIND,
                "id": event.public_id,
                "act": event.act.value,
                "level": event.level,
                "hours": event.hours,
                "minutes": event.minutes,
                "at": moment(event.made_at),
                **commitments(person.secret, KIND, event.public_id, {"person": person.value}),
            },
            seal_holds=seals.holds(ring, KIND, {name: getattr(event, name) for name in SEALED}, event.seal),
            seal=event.seal,
        )
        for event, person in _asked(row_ids, makes_secrets=makes_secrets)
    }


def _asked(row_ids: Sequence[int], *, makes_secrets: bool = False) -> Iterator[tuple[StarEvent, Person]]:
    events = db.session.scalars(select(StarEvent).where(StarEvent.id.in_(row_ids)).order_by(StarEvent.id)).all()
    persons = persons_of([event.volunteer_id for event in events], makes_secrets=makes_secrets)
    return ((event, persons[event.volunteer_id]) for event in events)
