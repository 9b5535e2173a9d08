"""What signs documents in tests: a key made once a session, since making one takes a while."""

import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto.x509 import Certificate as Root
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from volunteer.certificates.signing import FileSigner, make_signer

OFFICE, PRODUCT = "市文明办", "志愿台"


def signer_folder(which: str = "own") -> Path:
    """Return a folder with a key and certificate; every name of `which` has another key and the same names in it."""
    return _folder(which)


def signer(which: str = "own") -> FileSigner:
    """Return what signs with the key called `which`."""
    return _signer(which)


def judged(signature: Any, trusted: FileSigner) -> Any:
    """Return what pyHanko says of an embedded signature when the certificate of `trusted` is its root.

    Asked in a thread of its own: pyHanko runs an event loop, and a worker that has driven a browser has one running.
    """
    context = ValidationContext(trust_roots=[Root.load(trusted.chain[0])])
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(validate_pdf_signature, signature, context).result()


@cache
def _folder(which: str) -> Path:
    parent = Path(tempfile.mkdtemp(prefix="zyt-signer-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    folder = parent / which
    make_signer(folder, office=OFFICE, product=PRODUCT, at=datetime(2026, 1, 1, tzinfo=UTC))
    return folder


@cache
def _signer(which: str) -> FileSigner:
    return FileSigner(_folder(which))
