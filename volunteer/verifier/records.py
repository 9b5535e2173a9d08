"""Portable records (`volunteer-portable-record/1`): a signed document, and in it the proof of every service."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import proofs
from .notes import BadNote, Checkpoint, NoteKey, open_note, open_statement
from .proofs import Unproven, canonical, check_proof, read_json

FORMAT = "volunteer-portable-record/1"
STATEMENT = "record"
_FIELDS = {
    "format",
    "made_at",
    "issuer",
    "checkpoint",
    "person",
    "services",
    "not_in_tree_yet",
    "stars",
    "certificates",
    "totals",
    "trainings",
    "commendations",
    "evaluations",
    "signature",
}
_LISTS = ("services", "not_in_tree_yet", "stars", "certificates", "trainings", "commendations", "evaluations")
_STAR = ("id", "act", "level", "hours", "minutes", "at")
_SERVICE = {"about", "leaf", "position", "path", "openings"}


class Fault(StrEnum):
    """Why a record is not to be believed."""

    UNREADABLE = "not a portable record of this format"
    NOT_SIGNED = "not signed by the published key, or altered since"
    NOT_PROVEN = "a service has no proof that holds"
    OTHER_PERSON = "a service is another person's"
    TWICE = "a service stands there twice"
    BAD_REVERSAL = "a reversal does not fit what it takes back"
    BAD_TOTAL = "the sums are not those of the services"


class BadRecord(Exception):
    """A record does not hold; `where` names the entry, "" for the whole."""

    def __init__(self, fault: Fault, where: str = "") -> None:
        super().__init__(f"{fault.value}: {where}" if where else fault.value)
        self.fault, self.where = fault, where


@dataclass(frozen=True, slots=True)
class Held:
    """What a record holds that was checked.

    The tree proves `services` services and `minutes`. For `minutes_not_in_tree_yet`, names, trainings, commendations
    and evaluations there is the city's signature alone. `checkpoint` is None when nothing was in the tree yet.
    """

    name: str
    number: str
    services: int
    minutes: int
    minutes_not_in_tree_yet: int
    checkpoint: Checkpoint | None


def check_record(data: bytes, keys: Sequence[NoteKey]) -> Held:
    """Return what a record holds, signed and proven by one of the published `keys`; raise BadRecord."""
    record = _read(data)
    document = {name: value for name, value in record.items() if name != "signature"}
    _check_signature(document, record["signature"], keys)
    return check_document(document, keys)


def check_document(document: Mapping[str, Any], keys: Sequence[NoteKey]) -> Held:
    """Return what the document of a record holds, whoever signed it: every proof and every sum is checked."""
    try:
        return _checked(document, keys)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BadRecord(Fault.UNREADABLE) from None


def _read(data: bytes) -> dict[str, Any]:
    try:
        record = read_json(data)
    except (Unproven, UnicodeDecodeError):
        raise BadRecord(Fault.UNREADABLE) from None
    well_formed = (
        isinstance(record, dict)
        and record.get("format") == FORMAT
        and set(record) == _FIELDS
        and all(isinstance(record[name], list) for name in _LISTS)
        and isinstance(record["signature"], str)
    )
    if not well_formed:
        raise BadRecord(Fault.UNREADABLE)
    return dict(record)


def _check_signature(document: Mapping[str, Any], note: str, keys: Sequence[NoteKey]) -> None:
    try:
        digest = hashlib.sha256(canonical(document)).digest()
    except (ValueError, RecursionError):
        raise BadRecord(Fault.UNREADABLE) from None
    try:
        signed = open_statement(note, STATEMENT, keys)
    except BadNote:
        raise BadRecord(Fault.NOT_SIGNED) from None
    if signed != digest:
        raise BadRecord(Fault.NOT_SIGNED)


def _checked(document: Mapping[str, Any], keys: Sequence[NoteKey]) -> Held:
    number = document["person"]["number"]
    leaves = _proven(document["services"], "entry", document["checkpoint"], number, keys)
    _check_stars(document["stars"], document["checkpoint"], number, keys)
    _check_reversals(leaves)
    minutes = sum(_whole(leaf["minutes"]) for leaf in leaves.values())
    waiting = sum(_whole(one["minutes"]) for one in document["not_in_tree_yet"])
    if document["totals"] != {"minutes_proven": minutes, "minutes_not_in_tree_yet": waiting}:
        raise BadRecord(Fault.BAD_TOTAL)
    undone = {leaf["reverses"] for leaf in leaves.values()}
    standing = [leaf for leaf in leaves.values() if leaf["act"] == "credit" and leaf["id"] not in undone]
    checkpoint = open_note(document["checkpoint"], keys) if leaves else None
    return Held(document["person"]["name"], number, len(standing), minutes, waiting, checkpoint)


def _proven(
    services: Iterable[Mapping[str, Any]], kind: str, note: str, number: str, keys: Sequence[NoteKey]
) -> dict[str, Mapping[str, Any]]:
    """Return the leaves by their ids, each proven, of that kind, and of one person with that number."""
    leaves: dict[str, Mapping[str, Any]] = {}
    documents = set()
    for service in services:
        where = str(service["leaf"].get("id"))
        proof = {name: value for name, value in service.items() if name != "about"}
        try:
            proven = check_proof({"format": proofs.FORMAT, "checkpoint": note, **proof}, keys)
        except Unproven:
            raise BadRecord(Fault.NOT_PROVEN, where) from None
        if set(service) | {"about"} != _SERVICE or proven.leaf.get("kind") != kind:
            raise BadRecord(Fault.NOT_PROVEN, where)
        person = proven.opened.get("person") or {}
        documents.add(person.get("document"))
        if person.get("number") != number or len(documents) > 1:
            raise BadRecord(Fault.OTHER_PERSON, where)
        if where in leaves:
            raise BadRecord(Fault.TWICE, where)
        leaves[where] = proven.leaf
    return leaves


def _check_stars(stars: Sequence[Mapping[str, Any]], note: str, number: str, keys: Sequence[NoteKey]) -> None:
    """Raise BadRecord unless each star that has a proof is told as its leaf tells it."""
    there = [star for star in stars if star["proof"] is not None]
    _proven([star["proof"] for star in there], "star", note, number, keys)
    for star in there:
        if any(star[name] != star["proof"]["leaf"][name] for name in _STAR):
            raise BadRecord(Fault.NOT_PROVEN, str(star["id"]))


def _check_reversals(leaves: Mapping[str, Mapping[str, Any]]) -> None:
    undone = set()
    for where, leaf in leaves.items():
        if leaf["act"] == "credit" and leaf["reverses"] is None and _whole(leaf["minutes"]) > 0:
            continue
        reverses = str(leaf["reverses"])
        credit = leaves.get(reverses, {"act": None})
        if credit["act"] != "credit" or leaf["minutes"] != -credit["minutes"] or reverses in undone:
            raise BadRecord(Fault.BAD_REVERSAL, where)
        undone.add(reverses)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value
