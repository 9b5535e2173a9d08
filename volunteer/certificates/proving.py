"""What is taken along to check without our server: the proof of a certificate, and the program that checks it."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from volunteer.certificates.leaves import certificate_openings
from volunteer.ledger.leaves import proof_file
from volunteer.ledger.queries import proofs_of
from volunteer.ledger.rules import LeafKind

_VERIFIER = Path(__file__).resolve().parents[1] / "verifier"
_START = b"from verifier.__main__ import run\n\nrun()\n"


def proofs_of_certificates(certificate_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return by certificate its proof file (proof/1), of those that the newest checkpoint covers.

    Whose it is cannot be opened any more when the person was erased.
    """
    opened = certificate_openings(certificate_ids)
    return {
        row_id: proof_file(
            json.loads(proof.content),
            proof.position,
            [b64encode(step).decode() for step in proof.path],
            proof.note,
            opened.get(row_id, {}),
        )
        for row_id, proof in proofs_of(LeafKind.CERTIFICATE, certificate_ids).items()
    }


@cache
def packed_verifier() -> bytes:
    """Return the stand-alone verifier as one file: `python verifier.pyz …` runs it. The same code, the same bytes."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("__main__.py"), _START)
        for source in sorted(_VERIFIER.glob("*.py")):
            archive.writestr(ZipInfo(f"verifier/{source.name}"), source.read_bytes())
    return held.getvalue()
