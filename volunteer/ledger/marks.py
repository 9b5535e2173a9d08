"""The mark: the last signed note, kept beside the database, by which a database of yesterday is noticed."""

import os
from pathlib import Path

from flask import current_app

from volunteer.ledger import keys, queries
from volunteer.ledger.notes import BadNote, Checkpoint, open_note
from volunteer.ledger.tree import NotInTree


def mark_file() -> Path:
    """Return where the mark lies, outside the database."""
    instance: Path = current_app.config["SETTINGS"].instance
    return instance / "ledger-mark.txt"


def keep_mark(note: str) -> None:
    """Put a note in the place of the mark; after its checkpoint is committed, so that it never runs ahead."""
    path = mark_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def forget_mark() -> None:
    """Take the mark away: for a tree that begins anew on an empty database."""
    mark_file().unlink(missing_ok=True)


def mark_fault() -> str:
    """Return what is wrong between the tree and what was signed before, in words for operators; "" when nothing is.

    Both the mark and the newest checkpoint in the database must be beginnings of the tree as it is now.
    """
    try:
        note = mark_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        note = ""
    newest = queries.latest_checkpoint()
    for where, text in ((str(mark_file()), note), ("the newest checkpoint", newest.note if newest else "")):
        fault = _fault_of(where, text) if text else ""
        if fault:
            return fault
    return ""


def _fault_of(where: str, note: str) -> str:
    try:
        signed = open_note(keys.ring(), keys.origin(), note)
    except BadNote as error:
        return f"{where}: {error}"
    size = queries.tree_size()
    if signed.size > size:
        return f"{where}: {signed.size} leaves were signed, the tree has {size}: an older database was put back"
    if _root_at(signed) != signed.root:
        return f"{where}: the first {signed.size} leaves are not those that were signed"
    return ""


def _root_at(signed: Checkpoint) -> bytes | None:
    try:
        return queries.tree_of(signed.size).root()
    except NotInTree:
        return None
