"""The mark: a signed note about all leaves so far, kept beside the database; it tells of what was cut off or put back.

It is renewed whenever leaves were added, much oftener than a checkpoint is given out.
"""

import os
from datetime import datetime
from pathlib import Path

from flask import current_app

from volunteer.ledger import keys, queries
from volunteer.ledger.notes import BadNote, Checkpoint, open_note, sign_note
from volunteer.ledger.tree import NotInTree


class MarkStays(RuntimeError):
    """The mark is not replaced; the text says why."""


def mark_file() -> Path:
    """Return where the mark lies, outside the database."""
    instance: Path = current_app.config["SETTINGS"].instance
    return instance / "ledger-mark.txt"


def keep_mark(note: str) -> None:
    """Put a note in the place of the mark; after its leaves are committed, so that it never runs ahead."""
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


def read_mark() -> str:
    """Return the note that is the mark; "" when there is none."""
    try:
        return mark_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def renew_mark() -> None:
    """Bring the mark up to the tree as it is; a mark that the tree does not go on from stays, to tell of it."""
    if not mark_fault() and (note := _note_now()):
        keep_mark(note)


def begin_mark() -> None:
    """Write the first mark of a tree that was just opened."""
    keep_mark(_note_now())


def replace_mark(now: datetime) -> Path | None:
    """Make the tree as it is the one to go on from; return where the former mark is kept, None if there was none.

    For an operator who put an older database back on purpose. Raises `MarkStays` when nothing is wrong with the mark,
    when no tree is open, or when the tree contradicts its own newest checkpoint: that is no mere restore.
    """
    if not mark_fault():
        raise MarkStays("the mark is in order")
    newest, note = queries.latest_checkpoint(), _note_now()
    if not note:
        raise MarkStays("the tree is not open")
    if newest and (fault := _fault_of("the newest checkpoint", newest.note)):
        raise MarkStays(fault)
    former = mark_file().with_name(f"ledger-mark-{now:%Y%m%dT%H%M%S%f}.txt") if mark_file().exists() else None
    if former:
        mark_file().rename(former)
    keep_mark(note)
    return former


def mark_fault(*, is_kept_here: bool = True) -> str:
    """Return what is wrong between the tree and what was signed before, in words for operators; "" when nothing is.

    Both the mark and the newest checkpoint in the database must be beginnings of the tree as it is now, and an open
    tree has a mark on the host that `is_kept_here` says of.
    """
    # Before the tree: the mark never runs ahead of what is committed.
    note = read_mark()
    if is_kept_here and not note and queries.tree_size():
        return f"{mark_file()} is gone"
    newest = queries.latest_checkpoint()
    for where, text in ((str(mark_file()), note), ("the newest checkpoint", newest.note if newest else "")):
        fault = _fault_of(where, text) if text else ""
        if fault:
            return fault
    return ""


def _note_now() -> str:
    """Return a signed note about the tree as it is, "" for none."""
    size = queries.tree_size()
    if size == 0:
        return ""
    return sign_note(keys.ring(), Checkpoint(keys.origin(), size, queries.tree_of(size).root()))


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
