"""`python -m volunteer.verifier`: checks a certificate, or a portable record, with the published keys alone.

Ends with 0 when everything that was asked holds, with 1 when something does not, with 2 when it could not be checked.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import words
from .notes import Checkpoint, NoteKey, open_note, read_key
from .pdf import Faulty, chains_from_pem, check_file
from .proofs import Doubt, Proven, Unproven, check_proof, read_json
from .records import BadRecord, check_record
from .words import Language

HOLDS, FAILS, UNCHECKED = 0, 1, 2
LARGEST = 64 * 1024 * 1024
Say = Callable[..., str]


class CannotCheck(Exception):
    """Something that is needed for checking is missing or cannot be read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name, print what was found, and return the exit code."""
    asked = _parser().parse_args(arguments)
    language = Language(asked.lang)

    def say(pair: tuple[str, str], **values: object) -> str:
        return words.in_language(language, pair, **values)

    try:
        keys = [read_key(line) for given in asked.vkey for line in _lines(given)]
        lines = _check_record(asked, keys, say) if _is_record(asked.file) else _check_certificate(asked, keys, say)
    except Faulty as faulty:
        _tell(say(words.NOT_GENUINE, why=say(words.FAULTS[faulty.fault])))
        return FAILS
    except BadRecord as bad:
        why = say(words.RECORD_FAULTS[bad.fault])
        _tell(say(words.NOT_PROVEN, why=say(words.AT_ENTRY, where=bad.where, why=why) if bad.where else why))
        return FAILS
    except Unproven as unproven:
        _tell(say(words.NOT_PROVEN, why=say(words.DOUBTS[unproven.doubt])))
        return FAILS
    except (OSError, CannotCheck, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(say(words.CANNOT, why=error) + "\n")
        return UNCHECKED
    _tell(*lines)
    return HOLDS


def _check_certificate(asked: argparse.Namespace, keys: list[NoteKey], say: Say) -> list[str]:
    if not asked.chain:
        raise CannotCheck("--chain signer.pem (/ledger/signer.pem)")
    chains = [chain for path in asked.chain for chain in chains_from_pem(_bytes(path))]
    signed = check_file(_bytes(asked.file), chains)
    lines = [say(words.GENUINE), say(words.SIGNED_BY, signer=signed.signer)]
    if asked.proof is None:
        return [*lines, say(words.LOOK_INSIDE)]
    _require_keys(keys)
    proven = check_proof(read_json(_bytes(asked.proof)), keys, signed.digest)
    lines += _facts(proven, say)
    return [*lines, *_compared(proven.checkpoint, asked.checkpoint, keys, say), *_later(proven.checkpoint, say)]


def _check_record(asked: argparse.Namespace, keys: list[NoteKey], say: Say) -> list[str]:
    _require_keys(keys)
    held = check_record(_bytes(asked.file), keys)
    lines = [
        say(words.VOUCHED),
        say(words.HOLDER, holder=f"{held.name}  {held.number}"),
        say(words.PROVEN, count=held.services, minutes=held.minutes, hours=_hours(held.minutes)),
    ]
    if held.minutes_not_in_tree_yet:
        lines.append(say(words.NOT_YET, minutes=held.minutes_not_in_tree_yet))
    if held.checkpoint is None:
        return lines
    return [*lines, *_compared(held.checkpoint, asked.checkpoint, keys, say), say(words.RECORD_LATER)]


def _facts(proven: Proven, say: Say) -> list[str]:
    leaf = proven.leaf
    checkpoint = proven.checkpoint
    return [
        say(words.NUMBER, number=leaf["number"]),
        say(words.HOLDER, holder=_holder(proven, say)),
        say(words.SERVED, minutes=leaf["minutes"], hours=_hours(leaf["minutes"])),
        say(words.PERIOD, first=leaf["period_from"], last=leaf["period_to"]),
        say(words.ISSUER, organization=leaf["organization"]),
        say(words.STANDS, origin=checkpoint.origin, position=proven.position, size=checkpoint.size),
    ]


def _compared(checkpoint: Checkpoint, path: str | None, keys: list[NoteKey], say: Say) -> list[str]:
    """Return what a checkpoint from elsewhere adds; raise Unproven when it is of another ledger."""
    if path is None:
        return []
    other = open_note(_bytes(path).decode(), keys)
    if other.size != checkpoint.size:
        raise CannotCheck(f"--checkpoint: {other.size} != {checkpoint.size}")
    if other != checkpoint:
        raise Unproven(Doubt.OTHER_TREE)
    return [say(words.SAME_CHECKPOINT)]


def _later(checkpoint: Checkpoint, say: Say) -> list[str]:
    return [say(words.LATER, host=checkpoint.origin.partition("/")[0])]


def _holder(proven: Proven, say: Say) -> str:
    person = proven.opened.get("person")
    told = [str(person[name]) for name in ("name", "number") if name in person] if isinstance(person, dict) else []
    return "  ".join(told) or say(words.UNTOLD)


def _hours(minutes: int) -> str:
    """Return hours with two decimals, rounded towards zero, as the certificate prints them."""
    hundredths = abs(minutes) * 100 // 60
    return f"{'-' if minutes < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"


def _require_keys(keys: list[NoteKey]) -> None:
    if not keys:
        raise CannotCheck("--vkey keys.txt (/ledger/keys.txt)")


def _tell(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _is_record(path: str) -> bool:
    return path.lower().endswith(".json")


def _bytes(path: str) -> bytes:
    with Path(path).open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CannotCheck(f"{path}: > {LARGEST} bytes")
    return content


def _lines(given: str) -> list[str]:
    """Return keys as they were given: the line itself, or those in the file of that name."""
    text = given if "+" in given and not Path(given).is_file() else _bytes(given).decode()
    return [line for line in text.splitlines() if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m volunteer.verifier",
        description="Checks a certificate or a portable record with the published keys alone. 离线核验证明或个人记录。",
        epilog="0: it holds. 1: it does not. 2: it could not be checked.",
    )
    parser.add_argument("file", help="certificate.pdf, or record.json")
    parser.add_argument("--chain", action="append", default=[], help="published certificates of the signer (PEM)")
    parser.add_argument("--proof", help="proof.json of the certificate")
    parser.add_argument("--vkey", action="append", default=[], help="published key of the ledger: the line, or a file")
    parser.add_argument("--checkpoint", help="a checkpoint from elsewhere to compare with")
    parser.add_argument("--lang", choices=[one.value for one in Language], default=Language.CHINESE.value)
    return parser


def run() -> Any:
    """Check, and end the process with the exit code; text goes out as UTF-8 whatever the machine is set to."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8")
    raise SystemExit(main())


if __name__ == "__main__":
    run()
