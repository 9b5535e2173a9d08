"""Proof files (`volunteer-ledger-proof/1`): a leaf, its path to a signed root, and what its commitments hide."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .notes import BadNote, Checkpoint, NoteKey, from_base64, open_note
from .tree import leaf_hash, verify_inclusion

FORMAT = "volunteer-ledger-proof/1"
MOST_STEPS = 64
_FIELDS = {"format", "leaf", "position", "path", "checkpoint", "openings"}
_LARGEST = 2**53


class Doubt(StrEnum):
    """Why a proof proves nothing."""

    UNREADABLE = "not a proof of this format"
    NOT_SIGNED = "the checkpoint is not signed by the published key"
    NOT_INCLUDED = "the leaf does not stand in the tree of the checkpoint"
    NOT_OPENED = "a commitment is not to the value that is told"
    OTHER_FILE = "the proof is of another file"
    OTHER_TREE = "another checkpoint of the same size has another root"


class Unproven(Exception):
    """A proof does not hold."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.value)
        self.doubt = doubt


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves: the leaf, the personal values that it commits to by field, and as of which checkpoint."""

    leaf: Mapping[str, Any]
    opened: Mapping[str, Any]
    position: int
    checkpoint: Checkpoint


def read_json(text: str | bytes) -> Any:
    """Return a JSON value; raise Unproven for what is none, and for a name that stands twice in an object."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name stands twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Unproven(Doubt.UNREADABLE) from None


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value (RFC 8785) of texts, whole numbers, true, false and null."""
    return _spelled(value).encode()


def check_proof(proof: Any, keys: Sequence[NoteKey], file_digest: str | None = None) -> Proven:
    """Return what a proof proves, of the file with `file_digest` (hexadecimal) if given; raise Unproven."""
    if not _is_well_formed(proof):
        raise Unproven(Doubt.UNREADABLE)
    leaf, position = proof["leaf"], proof["position"]
    try:
        checkpoint = open_note(proof["checkpoint"], keys)
    except BadNote:
        raise Unproven(Doubt.NOT_SIGNED) from None
    try:
        path = [from_base64(step) for step in proof["path"]]
        hashed = leaf_hash(canonical(leaf))
        opened = {field: _opened(leaf, field, opening) for field, opening in proof["openings"].items()}
    except (BadNote, ValueError, RecursionError):
        raise Unproven(Doubt.UNREADABLE) from None
    if not verify_inclusion(hashed, position, checkpoint.size, path, checkpoint.root):
        raise Unproven(Doubt.NOT_INCLUDED)
    if file_digest is not None and (leaf.get("kind") != "certificate" or leaf.get("file") != file_digest):
        raise Unproven(Doubt.OTHER_FILE)
    return Proven(leaf, opened, position, checkpoint)


def _is_well_formed(proof: Any) -> bool:
    return (
        isinstance(proof, dict)
        and set(proof) == _FIELDS
        and proof["format"] == FORMAT
        and isinstance(proof["leaf"], dict)
        and proof["leaf"].get("v") == 1
        and type(proof["position"]) is int
        and isinstance(proof["checkpoint"], str)
        and isinstance(proof["path"], list)
        and len(proof["path"]) <= MOST_STEPS
        and all(isinstance(step, str) for step in proof["path"])
        and isinstance(proof["openings"], dict)
    )


def _opened(leaf: Mapping[str, Any], field: str, opening: Any) -> Any:
    """Return the value of an opening after comparing it with the leaf's commitment of that name."""
    if not isinstance(opening, dict) or set(opening) != {"salt", "value"} or not isinstance(opening["salt"], str):
        raise ValueError("not an opening")
    salt = bytes.fromhex(opening["salt"])
    if len(salt) != 32 or salt.hex() != opening["salt"]:
        raise ValueError("not a salt")
    if leaf.get(field) != hashlib.sha256(salt + canonical(opening["value"])).hexdigest():
        raise Unproven(Doubt.NOT_OPENED)
    return opening["value"]


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        # Names are ordered by their UTF-16 code units.
        named = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_spelled(name)}:{_spelled(one)}" for name, one in named) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= _LARGEST):
        raise ValueError("no leaf holds such a number")
    return json.dumps(value, ensure_ascii=False)
