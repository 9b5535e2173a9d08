"""Telling a file that somebody was given: a certificate of ours, one that was altered and where, or none of ours.

Only the very bytes that were given out are genuine: the file's SHA-256 is that of a stored certificate. What the
signature says is asked only to explain the rest; libraries call a file intact that was added to afterwards. What is
said about a difference quotes the file that was brought, never the original: who holds a number must not learn a name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from cryptography.x509 import load_der_x509_certificate

from models.base import db
from volunteer.certificates import queries
from volunteer.certificates.opened import Opened, State, open_up
from volunteer.certificates.queries import Standing
from volunteer.certificates.rules import NUMBER_ALPHABET, check_certificate_number
from volunteer.kernel.errors import DomainError
from volunteer.kernel.text import N_, Words
from volunteer.verifier import cms
from volunteer.verifier.pdf import Fault, Faulty, check_file, require_signature

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES, LINE_LENGTH = 6, 80
Chains = Sequence[tuple[bytes, ...]]
_GROUP = f"[{NUMBER_ALPHABET}]{{6}}"
_NUMBER = re.compile(rf"(?<![0-9A-Z]){_GROUP}-{_GROUP}-{_GROUP}(?![0-9A-Z])")
_CONTENTS = re.compile(rb"/Contents\s*<([0-9A-Fa-f\s]{64,65536})>")


class Outcome(StrEnum):
    """What a file turned out to be."""

    GENUINE = "genuine"
    ALTERED = "altered"
    NOT_OURS = "not ours"
    NOT_PDF = "not a PDF"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    TRY_AGAIN = "try again"


@dataclass(frozen=True, slots=True)
class PageDifference:
    """A page, counted from 1, on which a file says what the original does not; no lines: only its drawing differs."""

    page: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is, the certificate that it is or claims to be, and what gave it away."""

    outcome: Outcome
    standing: Standing | None = None
    findings: tuple[Words, ...] = ()
    pages: tuple[PageDifference, ...] = ()


FAULT_WORDS = {
    Fault.NOT_PDF: N_("文件的开头被改过"),
    Fault.UNSIGNED: N_("文件里没有签名。本平台发出的证明都带签名，这份没有，或者被去掉了"),
    Fault.SEVERAL: N_("文件里不止一个签名，签名以后又加过内容"),
    Fault.NOT_WHOLE: N_("签名没有盖住整个文件，有内容是签名以后加的、改的或截掉的"),
    Fault.RESPELLED: N_("签名那一段被改过，和签出来时不一样"),
    Fault.OTHER_SIGNER: N_("签名的不是本平台的证书"),
    Fault.CHANGED: N_("签名以后，文件的内容被改过"),
    Fault.BROKEN: N_("签名本身被改过，已经不成立"),
}
_SAME_NAME = N_("签名用的是一张自己做的证书，名字和本平台的一样，钥匙不是本平台的")
_COPIED = N_("签名是真的，却是从另一份证明上抄来的，签的不是这个文件")
_UNKNOWN_NUMBER = N_("文件上写的编号 %(number)s 没有登记")
_SIGNED_UNKNOWN = N_("签名是本平台的，但登记里没有这个文件，请联系出具单位")
_APPENDED = N_("原件后面接了 %(count)s 个字节")
_REVISED = N_("原件后面接了一段改动（%(count)s 个字节），打开时显示的是改过的样子")
_CUT = N_("文件被截短了，比原件少 %(count)s 个字节")
_BYTES = N_("和原件比，有 %(count)s 个字节不同，第一处在第 %(place)s 个字节")
_LENGTH = N_("文件的大小和原件不同：原件 %(own)s 字节，这个文件 %(found)s 字节")
_PAGES = N_("页数和原件不同：原件 %(own)s 页，这个文件 %(found)s 页")
_UNREAD = N_("文件读不开，没法逐页比对")
_NO_DESK = N_("现在检查的人多，这次没有逐页比对")
_SAME_PAGES = N_("每一页上的字都和原件一样，改动不在纸面上")


def inspect(file: bytes, chains: Chains, number: str = "") -> Inspection:
    """Return what `file` is. `chains` are those that sign for us; `number` is what its bearer says it is, or "".

    `number` may be anything. The file is looked at and forgotten. Whoever calls has nothing unsaved: the transaction is
    ended each time before a file is opened, so that a slow file keeps nobody from writing.
    """
    standing = queries.standing_by_file(sha256(file).hexdigest())
    if standing is not None:
        return Inspection(Outcome.GENUINE, standing)
    if b"%PDF-" not in file[:1024]:
        return Inspection(Outcome.NOT_PDF)
    opened = _open_at_rest(file)
    if opened.state is State.ENCRYPTED:
        return Inspection(Outcome.ENCRYPTED)
    if opened.state is State.BUSY:
        return Inspection(Outcome.TRY_AGAIN)
    signature = _judge_signature(file, chains)
    claimed = _claimed_number(opened, number)
    standing = queries.standing_by_number(claimed) if claimed else None
    if standing is None and not claimed and opened.state is State.UNREADABLE:
        return Inspection(Outcome.UNREADABLE, None, signature)
    if standing is None:
        unknown = (Words(_UNKNOWN_NUMBER, {"number": claimed}),) if claimed else ()
        return Inspection(Outcome.NOT_OURS, None, (*unknown, *signature))
    if standing.certificate.volunteer.erased_at is not None:
        # Our copy went with its holder: that the bytes are others we know, but not where.
        return Inspection(Outcome.ALTERED, standing, signature)
    original = queries.pdf_of(standing.certificate)
    findings, pages = _compare_pages(opened, _open_at_rest(original))
    if _is_copied(file, original, chains):
        signature = (Words(_COPIED),)
    return Inspection(Outcome.ALTERED, standing, (*_compare_bytes(file, original), *signature, *findings), pages)


def spoken_line(text: str) -> str:
    """Return a line of a stranger's file as a page may show it: what cannot be seen is shown as a box."""
    shown = "".join(letter if letter.isprintable() else "□" for letter in " ".join(text.split()))
    return shown if len(shown) <= LINE_LENGTH else shown[: LINE_LENGTH - 1] + "…"


def _open_at_rest(file: bytes) -> Opened:
    db.session.rollback()
    return open_up(file)


def _claimed_number(opened: Opened, typed: str) -> str:
    """Return the canonical number that a file claims to have, "" when it claims none; what was typed comes first."""
    texts = (typed, opened.title, *(page.text for page in opened.pages))
    candidates = [typed] if typed else []
    candidates += [found for text in texts for found in _NUMBER.findall(text)]
    for candidate in candidates:
        try:
            return check_certificate_number(candidate[:200])
        except DomainError:
            continue
    return ""


# --- the signature ---


def _judge_signature(file: bytes, chains: Chains) -> tuple[Words, ...]:
    try:
        check_file(file, chains)
    except Faulty as faulty:
        if faulty.fault is Fault.OTHER_SIGNER and _has_our_name(file, chains):
            return (Words(_SAME_NAME),)
        return (Words(FAULT_WORDS[faulty.fault]),)
    return (Words(_SIGNED_UNKNOWN),)


def _container(file: bytes) -> bytes:
    """Return the signature container of a file, b"" when there is none that can be read."""
    found = _CONTENTS.search(file)
    try:
        whole = bytes.fromhex(found[1].decode()) if found else b""
    except ValueError:
        return b""
    return whole[: int.from_bytes(whole[2:4], "big") + 4] if whole[:2] == b"\x30\x82" else b""


def _has_our_name(file: bytes, chains: Chains) -> bool:
    own = cms.own_certificate_in(_container(file))
    try:
        found = load_der_x509_certificate(own).subject if own else None
    except Exception:
        # A stranger's bytes, read to explain only: whatever they break, they are not our certificate.
        return False
    return any(found == load_der_x509_certificate(chain[0]).subject for chain in chains)


def _is_copied(file: bytes, original: bytes, chains: Chains) -> bool:
    """Return whether the signature in a file is one of ours, over something that is neither it nor the original."""
    held = _container(file)
    told = cms.digest_in(held) if held else None
    if not held or told is None or held == _container(original):
        return False
    try:
        signature = cms.signature_in(held)
    except ValueError:
        return False
    return any(cms.container(chain, told, signature) == held and _holds(chain, told, signature) for chain in chains)


def _holds(chain: tuple[bytes, ...], digest: bytes, signature: bytes) -> bool:
    try:
        require_signature(chain, digest, signature)
    except Faulty:
        return False
    return True


# --- where it differs ---


def _compare_bytes(file: bytes, original: bytes) -> tuple[Words, ...]:
    if file.startswith(original):
        added = file[len(original) :]
        return (Words(_REVISED if b"startxref" in added else _APPENDED, {"count": f"{len(added):,}"}),)
    if original.startswith(file):
        return (Words(_CUT, {"count": f"{len(original) - len(file):,}"}),)
    if len(file) != len(original):
        return (Words(_LENGTH, {"own": f"{len(original):,}", "found": f"{len(file):,}"}),)
    places = [place for place, (own, found) in enumerate(zip(original, file, strict=True), 1) if own != found]
    return (Words(_BYTES, {"count": f"{len(places):,}", "place": f"{places[0]:,}"}),)


def _compare_pages(opened: Opened, original: Opened) -> tuple[tuple[Words, ...], tuple[PageDifference, ...]]:
    """Return what is to be said about the pages, and the pages that differ."""
    if original.state is State.BUSY:
        return (Words(_NO_DESK),), ()
    if opened.state is not State.READ or original.state is not State.READ:
        return (Words(_UNREAD),), ()
    findings: list[Words] = []
    if len(opened.pages) != len(original.pages):
        findings.append(Words(_PAGES, {"own": len(original.pages), "found": len(opened.pages)}))
    differences = []
    for number, (found, own) in enumerate(zip(opened.pages, original.pages, strict=False), 1):
        if found == own:
            continue
        known = set(own.text.split("\n"))
        lines = [spoken_line(line) for line in found.text.split("\n") if line.strip() and line not in known]
        differences.append(PageDifference(number, tuple(lines[:MOST_LINES])))
    if not findings and not differences:
        findings.append(Words(_SAME_PAGES))
    return tuple(findings), tuple(differences)
