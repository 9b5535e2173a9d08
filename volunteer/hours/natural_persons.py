"""Who stands behind accounts: people are told apart by the digest of their document, never by account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import aliased

from models.accounts import Account
from models.base import db
from models.volunteers import Volunteer
from volunteer.kernel.decisions import Decision, refuse
from volunteer.kernel.text import N_
from volunteer.volunteers.rules import Relation, VolunteerStatus


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands behind an account: its display name, and the digest of the ID document if it is registered.

    `was_erased`: the account's own person was erased; then there is no digest, whoever registers on it later.
    """

    account_id: int
    name: str
    document_digest: str | None
    was_erased: bool
    may_act: bool = True


# Whoever serves no more is still the person; for these somebody else may hold the telephone (our decision).
_ABSENT = (VolunteerStatus.SUSPENDED, VolunteerStatus.DECEASED, VolunteerStatus.MOVED_OUT)


def persons(account_ids: Iterable[int | None]) -> dict[int, Person]:
    """Return the persons behind these accounts by account id; the document is that of the account's own volunteer.

    What was done with an account before its person was erased cannot be told from what the same person does with
    another account after registering anew, so it has nobody behind it ever after (our decision, 0017).
    """
    whose, erased = aliased(Volunteer), aliased(Volunteer)
    was_erased = exists().where(
        erased.account_id == Account.id, erased.relation == Relation.SELF, erased.erased_at.is_not(None)
    )
    query = (
        select(Account.id, Account.display_name, whose.document_digest, whose.status, was_erased.label("was_erased"))
        .outerjoin(whose, and_(whose.account_id == Account.id, whose.relation == Relation.SELF, ~was_erased))
        .where(Account.id.in_({one for one in account_ids if one is not None}))
    )
    return {
        row.id: Person(row.id, row.display_name, row.document_digest, row.was_erased, row.status not in _ABSENT)
        for row in db.session.execute(query)
    }


def absent() -> Decision:
    """Return the no for an account whose own person is suspended, dead or gone: somebody else holds the telephone."""
    return refuse("person_absent", N_("这个账号本人的登记已暂停、迁出或注明去世，不能确认、答复时长"))


def is_registered(account_id: int) -> bool:
    """Return whether an account's own person is registered, so that it can be told apart from others."""
    return persons([account_id])[account_id].document_digest is not None


def any_erased(people: Mapping[int, Person], account_ids: Iterable[int]) -> bool:
    """Return whether the own person of one of these accounts was erased."""
    return any(people[one].was_erased for one in account_ids)
