"""The portable record of one volunteer: what was recorded, with the proofs that it stands in the tree, signed."""

import json
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from models.base import db
from models.certificates import Certificate
from models.hours import Entry, StarEvent
from models.volunteers import Volunteer
from volunteer.areas.queries import full_name
from volunteer.certificates.queries import standings_of_account
from volunteer.hours.leaves import entry_leaves
from volunteer.hours.queries import WITH_SHIFT
from volunteer.hours.star_leaves import star_leaves
from volunteer.kernel.errors import Conflict
from volunteer.kernel.text import N_
from volunteer.ledger import keys
from volunteer.ledger.leaves import canonical, moment, openings, opens
from volunteer.ledger.notes import sign_statement, verifier_keys
from volunteer.ledger.queries import latest_checkpoint, proofs_of
from volunteer.ledger.rules import LeafKind
from volunteer.records.queries import View, kept_of
from volunteer.records.rules import RecordKind
from volunteer.verifier.records import FORMAT, STATEMENT
from volunteer.volunteers.persons import Person, persons_of


class Part(StrEnum):
    """What its volunteer may put in or leave out; name, number and masked document are always there."""

    BIRTH = "birth"
    HOME = "home"
    SKILLS = "skills"
    PHONE = "phone"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Which city's platform gives a record out."""

    city: str
    office: str
    product: str
    url: str


def portable_record(
    volunteer: Volunteer, parts: Collection[Part], *, issuer: Issuer, made_at: datetime
) -> dict[str, Any]:
    """Return the signed record (volunteer-portable-record/1) as JSON values; docs/portable-record.md tells the format.

    Raises Conflict for who was erased: nobody can tell any more which leaves are theirs.
    """
    if volunteer.erased_at is not None:
        raise Conflict(N_("这个人的资料已经删除，没有可以带走的记录"))
    checkpoint = latest_checkpoint()
    entries = _entries(volunteer.id)
    person = persons_of([volunteer.id])[volunteer.id]
    proven = _proven(LeafKind.ENTRY, [entry.id for entry in entries], person)
    waiting = _waiting(entries, proven)
    document = {
        "format": FORMAT,
        "made_at": moment(made_at),
        "issuer": {
            "city": issuer.city,
            "office": issuer.office,
            "product": issuer.product,
            "url": issuer.url,
            "vkey": verifier_keys(keys.ring(), keys.origin())[0],
        },
        "checkpoint": checkpoint.note if checkpoint else None,
        "person": _person(volunteer, parts),
        "services": [{"about": _about(entry), **proven[entry.id]} for entry in entries if entry.id in proven],
        "not_in_tree_yet": [_unproven(entry) for entry in waiting],
        "stars": _stars(volunteer.id, person),
        "certificates": _certificates(volunteer),
        "totals": {
            "minutes_proven": sum(one["leaf"]["minutes"] for one in proven.values()),
            "minutes_not_in_tree_yet": sum(entry.minutes for entry in waiting),
        },
        **_kept(View(volunteer), is_asked=Part.KEPT in parts),
    }
    return {**document, "signature": _signature(document)}


def file_of(record: dict[str, Any]) -> bytes:
    """Return the record as the file that is given out: readable, one member a line."""
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _signature(document: dict[str, Any]) -> str:
    # The tree's key signs the record too: a checker needs one published line for both, and it does not run out as an
    # authority's certificate does.
    return sign_statement(keys.ring(), keys.origin(), STATEMENT, sha256(canonical(document)).digest())


def _entries(volunteer_id: int) -> Sequence[Entry]:
    """Return the credits and reversals of a volunteer in the order in which they were written."""
    return db.session.scalars(
        select(Entry).options(*WITH_SHIFT).where(Entry.volunteer_id == volunteer_id).order_by(Entry.id)
    ).all()


def _proven(kind: LeafKind, row_ids: Sequence[int], person: Person) -> dict[int, dict[str, Any]]:
    """Return by row the leaf with its proof and what opens whose it is; without those that no checkpoint covers."""
    if person.secret is None:
        return {}
    found = {}
    for row_id, proof in proofs_of(kind, row_ids).items():
        leaf = json.loads(proof.content)
        opening = openings(person.secret, kind.value, leaf["id"], {"person": person.value})["person"]
        if opens(leaf["person"], opening):
            found[row_id] = {
                "leaf": leaf,
                "position": proof.position,
                "path": [b64encode(step).decode() for step in proof.path],
                "openings": {"person": {"salt": opening.salt.hex(), "value": opening.value}},
            }
    return found


def _waiting(entries: Sequence[Entry], proven: Collection[int]) -> list[Entry]:
    """Return the entries that no checkpoint covers yet; the city signs for none that the program did not write."""
    rest = [entry for entry in entries if entry.id not in proven]
    made = entry_leaves([entry.id for entry in rest]) if rest else {}
    return [entry for entry in rest if entry.id in made and made[entry.id].seal_holds]


def _person(volunteer: Volunteer, parts: Collection[Part]) -> dict[str, Any]:
    chosen: dict[Part, dict[str, Any]] = {
        Part.BIRTH: {"gender": volunteer.gender.value, "birth_on": volunteer.birth_on.isoformat()},
        Part.HOME: {"home": full_name(volunteer.community)},
        Part.SKILLS: {"skills": list(volunteer.skills), "categories": list(volunteer.categories)},
        Part.PHONE: {"phone": volunteer.phone},
    }
    facts: dict[str, Any] = {
        "name": volunteer.name,
        "number": volunteer.number,
        "document": {"kind": volunteer.document_kind.value, "masked": volunteer.document_mask},
    }
    for part, told in chosen.items():
        if part in parts:
            facts |= told
    return facts


def _about(entry: Entry) -> dict[str, str]:
    """Return what a page of the activity tells anybody, for the reader of a leaf that holds ids."""
    activity = entry.shift.activity
    return {
        "activity": activity.title,
        "place": activity.place,
        "content": entry.shift.task or activity.category.label,
        "organization": entry.organization.name,
        "contact": activity.contact_name,
    }


def _unproven(entry: Entry) -> dict[str, Any]:
    return {
        "about": _about(entry),
        "id": entry.public_id,
        "act": entry.kind.value,
        "served_on": entry.served_on.isoformat(),
        "started_at": moment(entry.started_at),
        "ended_at": moment(entry.ended_at),
        "minutes": entry.minutes,
    }


def _stars(volunteer_id: int, person: Person) -> list[dict[str, Any]]:
    events = db.session.scalars(
        select(StarEvent).where(StarEvent.volunteer_id == volunteer_id).order_by(StarEvent.id)
    ).all()
    ids = [event.id for event in events]
    proven, made = _proven(LeafKind.STAR, ids, person), star_leaves(ids)
    return [
        {
            "id": event.public_id,
            "act": event.act.value,
            "level": event.level,
            "hours": event.hours,
            "minutes": event.minutes,
            "at": moment(event.made_at),
            "proof": proven.get(event.id),
        }
        for event in events
        if made[event.id].seal_holds
    ]


def _certificates(volunteer: Volunteer) -> list[dict[str, Any]]:
    return [
        _certificate(standing.certificate, standing.status.value)
        for standing in standings_of_account(volunteer.account_id)
        if standing.certificate.volunteer_id == volunteer.id
    ]


def _certificate(certificate: Certificate, status: str) -> dict[str, Any]:
    return {
        "number": certificate.number,
        "organization": certificate.organization.name,
        "period_from": certificate.period_from.isoformat(),
        "period_to": certificate.period_to.isoformat(),
        "minutes": certificate.minutes,
        "status": status,
    }


def _kept(view: View, *, is_asked: bool) -> dict[str, list[dict[str, Any]]]:
    if not is_asked:
        return {"trainings": [], "commendations": [], "evaluations": []}
    return {
        "trainings": [
            {
                "id": row.public_id,
                "name": row.name,
                "content": row.content,
                "minutes": row.minutes,
                "held_by": row.held_by,
                "held_on": row.held_on.isoformat(),
                "recorded_by": row.organization.name,
            }
            for row in kept_of(view, RecordKind.TRAINING)
        ],
        "commendations": [
            {
                "id": row.public_id,
                "name": row.name,
                "given_by": row.given_by,
                "given_on": row.given_on.isoformat(),
                "recorded_by": row.organization.name,
            }
            for row in kept_of(view, RecordKind.COMMENDATION)
        ],
        "evaluations": [
            {
                "id": row.public_id,
                "activity": row.shift.activity.title,
                "grade": row.grade.value,
                "words": row.words,
                "evaluated_on": row.evaluated_on.isoformat(),
                "recorded_by": row.organization.name,
            }
            for row in kept_of(view, RecordKind.EVALUATION)
        ],
    }
