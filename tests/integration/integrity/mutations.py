"""What an administrator of the database could do to the ledgers, each by raw SQL, with the guards put back after it.

A mutation returns what names the place of its change: any of these has to be told, none of it by chance alone.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from models.base import Base, db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry, PaperSheet, Proposal, StarEvent
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, VolunteerSecret
from models.metrics import FigureDelta, PartDelta
from models.volunteers import Volunteer
from tests.integration.integrity.raw import Mutation, Places, change, remove, rows, table_of
from tests.integration.integrity.tree_mutations import (
    change_checkpoint,
    change_leaf,
    change_leaf_column,
    change_tile,
    cut,
    delete_leaf,
    grow_anew,
    sign_anew,
)
from volunteer.hours.leaves import SEALED, seal_entry
from volunteer.kernel.ids import new_public_id
from volunteer.ledger import operations
from volunteer.ledger.leaves import canonical
from volunteer.ledger.rules import LeafKind


def number_of(volunteer_id: int) -> str:
    return db.session.scalars(select(Volunteer.number).where(Volunteer.id == volunteer_id)).one()


# A column of a row


ENTRY_CHANGES: dict[str, Callable[[Any, random.Random], Any]] = {
    "public_id": lambda row, chance: new_public_id(),
    "volunteer_id": lambda row, chance: _other(Volunteer, row.volunteer_id, chance),
    "shift_id": lambda row, chance: _other_of(Entry, "shift_id", row.shift_id, chance),
    "organization_id": lambda row, chance: row.organization_id + 1,
    "served_on": lambda row, chance: row.served_on + timedelta(days=chance.choice((-400, -1, 1, 40))),
    "started_at": lambda row, chance: row.started_at - timedelta(seconds=chance.randint(1, 9999)),
    "ended_at": lambda row, chance: row.ended_at + timedelta(seconds=chance.randint(1, 9999)),
    "minutes": lambda row, chance: _other_minutes(row, chance),
    "source": lambda row, chance: chance.choice([one for one in type(row.source) if one is not row.source]),
    "rules_version": lambda row, chance: "2027.1",
    "derivation": lambda row, chance: {**row.derivation, "minutes": row.derivation["minutes"] + chance.randint(1, 60)},
    "reason": lambda row, chance: row.reason + "又改",
    "presence_event_id": lambda row, chance: _other(PresenceEvent, row.presence_event_id, chance),
    "made_by": lambda row, chance: (row.made_by or 0) + 1,
    "checked_by": lambda row, chance: (row.checked_by or 0) + 1,
    "made_at": lambda row, chance: row.made_at - timedelta(days=chance.randint(1, 99)),
    "seal": lambda row, chance: chance.choice(("", "0" * 64, row.seal[1:] + row.seal[0])),
}


def change_entry(column: str) -> Mutation:
    """Change a column of an entry."""

    def act(chance: random.Random) -> Places:
        row = chance.choice([one for one in rows(Entry) if column != "presence_event_id" or one.presence_event_id])
        change(Entry, row, **{column: ENTRY_CHANGES[column](row, chance)})
        return (row.public_id,)

    return act


def _other(model: type[Base], not_this: int, chance: random.Random) -> int:
    taken = {one.presence_event_id for one in rows(Entry)} if model is PresenceEvent else set()
    return int(chance.choice([one.id for one in rows(model) if one.id != not_this and one.id not in taken]))


def _other_of(model: type[Base], column: str, not_this: int, chance: random.Random) -> int:
    return int(chance.choice(sorted({getattr(one, column) for one in rows(model)} - {not_this})))


def _other_minutes(row: Any, chance: random.Random) -> int:
    if row.kind == "reversal":
        return int(row.minutes) - chance.randint(1, 60)
    return chance.choice([one for one in (1, 720, row.minutes + 1, 2 * row.minutes % 720 or 3) if one != row.minutes])


OTHER_CHANGES: tuple[tuple[type[Base], str, Callable[[Any], Any]], ...] = (
    (StarEvent, "level", lambda row: row.level % 9 + 1),
    (StarEvent, "minutes", lambda row: row.minutes + 1),
    (StarEvent, "volunteer_id", lambda row: row.volunteer_id % 4 + 1),
    (StarEvent, "seal", lambda row: ""),
    (Certificate, "minutes", lambda row: row.minutes + 60),
    (Certificate, "facts", lambda row: {**row.facts, "holder_name": "别人"}),
    (Certificate, "pdf_digest", lambda row: "0" * 64),
    (Certificate, "number", lambda row: row.number[:-1] + ("0" if row.number[-1] != "0" else "1")),
    (Certificate, "period_to", lambda row: row.period_to + timedelta(days=30)),
    (Certificate, "issued_at", lambda row: row.issued_at - timedelta(days=30)),
    (Certificate, "seal", lambda row: "f" * 64),
)


def change_other(chance: random.Random) -> Places:
    """Change a column of a star or a certificate."""
    model, column, new = chance.choice(OTHER_CHANGES)
    row = chance.choice(rows(model))
    change(model, row, **{column: new(row)})
    return (row.public_id,)


def change_presence(chance: random.Random) -> Places:
    """Change the presence that minutes rest on."""
    row = chance.choice([one for one in rows(Entry) if one.kind == "credit" and one.presence_event_id])
    event = next(one for one in rows(PresenceEvent) if one.id == row.presence_event_id)
    new = chance.choice(
        (
            {"happened_at": event.happened_at + timedelta(minutes=chance.randint(1, 300))},
            {"received_at": event.received_at - timedelta(minutes=5)},
            {"method": "by_hand"},
            {"shift_id": _other_of(Entry, "shift_id", event.shift_id, chance)},
        )
    )
    change(PresenceEvent, event, **new)
    return (row.public_id,)


def change_proposal(chance: random.Random) -> Places:
    """Change what stands behind typed-in minutes."""
    row = chance.choice([one for one in rows(Proposal) if one.entry_id and one.kind == "credit" and one.sheet_id])
    entry = next(one for one in rows(Entry) if one.id == row.entry_id)
    new = chance.choice(
        ({"evidence": "没有凭据"}, {"sheet_id": None}, {"public_id": new_public_id()}, {"entry_id": None})
    )
    if chance.random() < 0.3:
        sheet = next(one for one in rows(PaperSheet) if one.id == row.sheet_id)
        change(PaperSheet, sheet, picture_digest="0" * 64)
    else:
        change(Proposal, row, **new)
    return (entry.public_id,)


PROPOSAL_CHANGES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("reason", lambda row: row.reason + "又改"),
    ("answer", lambda row: row.answer + "查过了"),
    ("minutes", lambda row: row.minutes + 1),
    ("checked_by", lambda row: (row.checked_by or 0) + 1),
    ("made_at", lambda row: row.made_at - timedelta(days=3)),
    ("checked_at", lambda row: row.made_at - timedelta(days=3)),
    ("notice_until_on", lambda row: row.served_on),
    ("seal", lambda row: ""),
    ("seal", lambda row: "f" * 64),
)


def change_way(chance: random.Random) -> Places:
    """Change what was said and done on the way to minutes, or to taking them back."""
    row = chance.choice(rows(Proposal))
    column, new = chance.choice(PROPOSAL_CHANGES)
    change(Proposal, row, **{column: new(row)})
    return (f"proposal {row.public_id}",)


def insert_proposal(chance: random.Random) -> Places:
    """Put minutes on public notice, or let them wait, that nobody proposed."""
    like, public_id = chance.choice(rows(Proposal)), new_public_id()
    values = {name: value for name, value in like._mapping.items() if name != "id"}
    values |= {"public_id": public_id, "state": chance.choice(("on_notice", "awaiting")), "entry_id": None}
    values |= {"presence_event_id": None, "reverses_id": None, "replaces_id": None, "kind": "credit"}
    db.session.execute(insert(table_of(Proposal)).values(values))
    return (f"proposal {public_id}",)


def change_person(chance: random.Random) -> Places:
    """Make somebody another person, by number or by document, or let nobody open their leaves any more."""
    row = chance.choice([one for one in rows(Volunteer) if one.id in {entry.volunteer_id for entry in rows(Entry)}])
    theirs = [one.public_id for one in rows(Entry) if one.volunteer_id == row.id]
    act = chance.randrange(4)
    if act == 0:
        change(Volunteer, row, number=row.number[:-2] + "99")
    elif act == 1:
        change(Volunteer, row, document_digest="e" * 64)
    else:
        secret = next(one for one in rows(VolunteerSecret) if one.volunteer_id == row.id)
        remove(VolunteerSecret, secret) if act == 2 else change(VolunteerSecret, secret, secret=b"x" * 32)
    return theirs


# Whole rows


def swap_volunteers(chance: random.Random) -> Places:
    """Swap the volunteers of two entries of one shift, with the time that they cover."""
    credits = [row for row in rows(Entry) if row.kind == "credit"]
    one = chance.choice([row for row in credits if _beside(row, credits)])
    other = chance.choice(_beside(one, credits))
    spans = [row for row in rows(CreditedSpan) if row.entry_id in (one.id, other.id)]
    whose = {one.id: other.volunteer_id, other.id: one.volunteer_id}
    for row in spans:
        remove(CreditedSpan, row)
    for row in (one, other):
        change(Entry, row, volunteer_id=whose[row.id])
    for row in spans:
        db.session.execute(insert(table_of(CreditedSpan)).values({**row._mapping, "volunteer_id": whose[row.entry_id]}))
    return (one.public_id, other.public_id)


def _beside(row: Any, others: list[Any]) -> list[Any]:
    return [one for one in others if one.shift_id == row.shift_id and one.volunteer_id != row.volunteer_id]


def delete_last(chance: random.Random) -> Places:
    """Delete the last ten entries; sometimes their leaves too, and the checkpoints over them."""
    last = rows(Entry)[-10:]
    leaves = [row for row in rows(LedgerLeaf) if row.kind == "entry" and row.row_id in {one.id for one in last}]
    first = min(row.position for row in leaves)
    for row in last:
        db.session.execute(delete(table_of(CreditedSpan)).where(CreditedSpan.entry_id == row.id))
        db.session.execute(delete(table_of(CertificateEntry)).where(CertificateEntry.entry_id == row.id))
        remove(Entry, row)
    if chance.random() < 0.5:
        return [one.public_id for one in last]
    cut(first)
    return (f"the leaves {first} to",)


def delete_one(chance: random.Random) -> Places:
    """Delete an entry, a star, a certificate's taking back, or what a certificate rests on."""
    model = chance.choice((Entry, StarEvent, CertificateEntry, CertificateFile, Certificate))
    row = chance.choice(rows(model))
    if model is Certificate:
        row = next(one for one in rows(Certificate) if one.revoked_at is not None)
        change(Certificate, row, revoked_at=None)
        return (row.public_id,)
    remove(model, row)
    if model in (CertificateEntry, CertificateFile):
        return [one.public_id for one in rows(Certificate) if one.id == row.certificate_id]
    return (row.public_id,)


def insert_entry(chance: random.Random) -> Places:
    """Write an entry of one's own, in the middle of the days or after them, with or without the trigger's row."""
    like = chance.choice([one for one in rows(Entry) if one.kind == "credit"])
    values = {name: getattr(like, name) for name in SEALED} | {"public_id": new_public_id(), "presence_event_id": None}
    day = timedelta(days=chance.choice((-30, 30)))
    for name in ("served_on", "started_at", "ended_at"):
        values[name] += day
    seal = chance.choice(("", like.seal, "a" * 64))
    row_id = db.session.scalar(insert(table_of(Entry)).values(**values, seal=seal).returning(table_of(Entry).c.id))
    if chance.random() < 0.5:
        db.session.execute(insert(LedgerDue).values(kind=LeafKind.ENTRY, row_id=row_id, refused_because=""))
    return (values["public_id"],)


def revoke_by_hand(chance: random.Random) -> Places:
    """Take a certificate back without the program."""
    row = chance.choice([one for one in rows(Certificate) if one.revoked_at is None])
    change(Certificate, row, revoked_at=row.issued_at, revoked_by=row.issued_by, revoke_reason="伪造")
    return (row.public_id,)


# The tree


def insert_leaf(chance: random.Random) -> Places:
    """Put a leaf of an entry of one's own into the middle, and move the later ones down."""
    leaves = rows(LedgerLeaf)
    at = chance.randrange(1, len(leaves))
    for later in reversed(leaves[at:]):
        change(LedgerLeaf, later, position=later.position + 1)
    (subject,) = insert_entry(chance)
    db.session.execute(delete(LedgerDue))
    row_id = db.session.scalars(select(Entry.id).where(Entry.public_id == subject)).one()
    made = operations.sources[LeafKind.ENTRY]([row_id])[row_id]
    leaf = {"position": at, "kind": LeafKind.ENTRY, "row_id": row_id, "subject": subject}
    db.session.execute(
        insert(LedgerLeaf).values(**leaf, content=canonical(made.content).decode(), added_at=leaves[at].added_at)
    )
    if chance.random() < 0.5:
        grow_anew()
    return (subject,)


def rewrite(chance: random.Random) -> Places:
    """Rewrite history with the keys in hand: row, seal, presence, leaf, tiles, and every checkpoint signed again.

    Nothing in the database contradicts it. What was signed before and kept outside does, and says between which leaves.
    """
    row = chance.choice(
        [one for one in rows(Entry) if one.presence_event_id and one.kind == "credit" and not one.reason]
    )
    event = next(one for one in rows(PresenceEvent) if one.id == row.presence_event_id)
    change(PresenceEvent, event, received_at=event.received_at + timedelta(seconds=chance.randint(1, 59)))
    values = {name: getattr(row, name) for name in SEALED} | {"made_at": row.made_at + timedelta(seconds=7)}
    change(Entry, row, made_at=values["made_at"], seal=seal_entry(values))
    leaf = next(one for one in rows(LedgerLeaf) if one.kind == "entry" and one.row_id == row.id)
    made = operations.sources[LeafKind.ENTRY]([row.id])[row.id]
    change(LedgerLeaf, leaf, content=canonical(made.content).decode())
    grow_anew()
    sign_anew()
    return (f"leaf in {leaf.position}",)


def restore_yesterday(chance: random.Random) -> Places:
    """Put back the database as it was at an earlier checkpoint: all that came later is gone, and nothing else."""
    kept = chance.choice(rows(LedgerCheckpoint)[1:-1])
    leaves = [row for row in rows(LedgerLeaf) if row.position >= kept.size]
    gone = {(row.kind, row.row_id) for row in leaves}
    for model, kind in ((Entry, "entry"), (StarEvent, "star")):
        for row in rows(model):
            if (kind, row.id) in gone:
                remove(model, row)
    for row in rows(Certificate):
        for child in (CertificateEntry, CertificateFile):
            db.session.execute(delete(table_of(child)).where(table_of(child).c.certificate_id == row.id))
        remove(Certificate, row)
    cut(kept.size)
    return (f"the leaves {kept.size} to",)


# Balances


def change_balance(chance: random.Random) -> Places:
    """Change what is summed up from the entries."""
    if chance.random() < 0.5:
        row = chance.choice(rows(CreditedSpan))
        change(CreditedSpan, row, ended_at=row.ended_at + timedelta(minutes=chance.randint(1, 60)))
        return [one.public_id for one in rows(Entry) if one.id == row.entry_id]
    model = chance.choice((FigureDelta, PartDelta))
    figure = chance.choice(rows(model))
    change(model, figure, minutes_year_all=figure.minutes_year_all + chance.randint(1, 600))
    return (f"{figure.starts_on} ({figure.grain})",)


MUTATIONS: dict[str, Mutation] = {
    **{f"entry.{column}": change_entry(column) for column in ENTRY_CHANGES},
    "star or certificate": change_other,
    "presence": change_presence,
    "proposal": change_proposal,
    "way to minutes": change_way,
    "insert a proposal": insert_proposal,
    "person": change_person,
    "swap volunteers": swap_volunteers,
    "delete the last ten": delete_last,
    "delete one": delete_one,
    "insert a row": insert_entry,
    "revoke by hand": revoke_by_hand,
    "leaf": change_leaf,
    "column of a leaf": change_leaf_column,
    "delete a leaf": delete_leaf,
    "insert a leaf": insert_leaf,
    "tile": change_tile,
    "checkpoint": change_checkpoint,
    "rewrite with the keys": rewrite,
    "restore yesterday": restore_yesterday,
    "balance": change_balance,
}
