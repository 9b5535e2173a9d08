"""Reading registered people."""

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload

from models.base import db
from models.volunteers import RegistrationEvent, Volunteer
from volunteer.kernel.text import Words
from volunteer.volunteers.rules import RegistrationChange, Relation, VolunteerStatus

star_names: list[Callable[[Collection[int]], Mapping[int, Words]]] = []
"""Filled by app.py: how many stars volunteers have is known to the hours, a room above."""


def star_names_of(volunteer_ids: Collection[int]) -> dict[int, Words]:
    """Return the highest star of each of these volunteers in words; who has none is left out."""
    return {who: words for ask in star_names for who, words in ask(volunteer_ids).items()}


def own_volunteers(account_id: int) -> Sequence[Volunteer]:
    """Return for whom an account acts, with their communities: those in the register first, oneself before others."""
    query = (
        select(Volunteer)
        .options(joinedload(Volunteer.community))
        .where(Volunteer.account_id == account_id, Volunteer.erased_at.is_(None))
        .order_by(
            case((Volunteer.status == VolunteerStatus.ACTIVE, 0), else_=1),
            case((Volunteer.relation == Relation.SELF, 0), else_=1),
            Volunteer.id,
        )
    )
    return db.session.scalars(query).all()


def active_volunteers(account_id: int) -> Sequence[Volunteer]:
    """Return for whom an account can act now: only those who are in the register."""
    return [each for each in own_volunteers(account_id) if each.status is VolunteerStatus.ACTIVE]


def own_volunteer(account_id: int, public_id: str) -> Volunteer | None:
    """Return one volunteer of an account, or None when it is another's or nobody's."""
    query = (
        select(Volunteer)
        .options(joinedload(Volunteer.community))
        .where(Volunteer.public_id == public_id, Volunteer.account_id == account_id, Volunteer.erased_at.is_(None))
    )
    return db.session.scalar(query)


def volunteer_by_public_id(public_id: str) -> Volunteer | None:
    """Return the volunteer of that public id, with the community, or None."""
    query = select(Volunteer).options(joinedload(Volunteer.community)).where(Volunteer.public_id == public_id)
    return db.session.scalar(query)


def volunteer_by_number(number: str) -> Volunteer | None:
    """Return the volunteer of a checked volunteer number, or None."""
    return db.session.scalar(select(Volunteer).where(Volunteer.number == number))


def has_self(account_id: int) -> bool:
    """Return whether an account has registered its own holder."""
    query = select(Volunteer.id).where(Volunteer.account_id == account_id, Volunteer.relation == Relation.SELF).limit(1)
    return db.session.scalar(query) is not None


def last_change(volunteer_id: int) -> RegistrationChange | None:
    """Return the latest change of a registration, or None."""
    query = (
        select(RegistrationEvent)
        .where(RegistrationEvent.volunteer_id == volunteer_id)
        .order_by(RegistrationEvent.id.desc())
        .limit(1)
    )
    event = db.session.scalar(query)
    return RegistrationChange(event.kind, event.effective_on, event.area_id) if event else None


def changes_of(volunteer_id: int) -> Sequence[RegistrationEvent]:
    """Return all changes of a registration, the latest first."""
    query = (
        select(RegistrationEvent)
        .where(RegistrationEvent.volunteer_id == volunteer_id)
        .order_by(RegistrationEvent.id.desc())
    )
    return db.session.scalars(query).all()
