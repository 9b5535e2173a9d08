"""Whether a certificate's file is exactly one that a known signer signed. There is one spelling of such a file.

Nothing of the PDF is understood here but the signature's place: it covers every other byte, and it is itself rebuilt
and compared, so that a file with any byte changed, added or taken away is refused.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates

from . import cms

# Bytes kept for the container; what it does not fill is zeros.
RESERVED = 6144
_RANGE = re.compile(rb"/ByteRange \[0 ([1-9]\d{0,8}) ([1-9]\d{0,8}) ([1-9]\d{0,8})\]")
_HEX = re.compile(rb"[0-9A-F]+")
_START, _END = b"%PDF-1.", b"\n%%EOF\n"


class Fault(StrEnum):
    """What is wrong with a file."""

    NOT_PDF = "not a PDF file"
    UNSIGNED = "not signed"
    SEVERAL = "more than one signature"
    NOT_WHOLE = "the signature does not cover the whole file"
    RESPELLED = "the signature is written in another way than it was made"
    OTHER_SIGNER = "signed by somebody else"
    CHANGED = "changed after it was signed"
    BROKEN = "the signature does not hold"


class Faulty(Exception):
    """A file is not one that a known signer signed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Signed:
    """A file that holds: its SHA-256 in hexadecimal, and the chain in DER that signed it, the signer's own first."""

    digest: str
    chain: tuple[bytes, ...]

    @property
    def signer(self) -> str:
        """Return the name in the signer's certificate."""
        return load_der_x509_certificate(self.chain[0]).subject.rfc4514_string()


def chains_from_pem(pem: bytes) -> list[tuple[bytes, ...]]:
    """Return the chains of certificates in DER that stand one after the other in a PEM text, each its own first.

    A certificate that issued the last one of a chain belongs to it. Raises ValueError when there is none.
    """
    chains: list[list[Certificate]] = []
    for one in load_pem_x509_certificates(pem):
        last = chains[-1][-1] if chains else None
        if last is not None and last.issuer == one.subject and last.issuer != last.subject:
            chains[-1].append(one)
        else:
            chains.append([one])
    return [tuple(one.public_bytes(Encoding.DER) for one in chain) for chain in chains]


def check_file(file: bytes, chains: Sequence[tuple[bytes, ...]]) -> Signed:
    """Return what a file is when one of `chains` signed exactly these bytes; raise Faulty."""
    start, end = _signature_place(file)
    held = _contents(file[start + 1 : end - 1])
    digest = hashlib.sha256(file[:start] + file[end:]).digest()
    try:
        signature = cms.signature_in(held)
    except ValueError:
        raise Faulty(Fault.RESPELLED) from None
    for chain in chains:
        if cms.container(chain, digest, signature) == held:
            require_signature(chain, digest, signature)
            return Signed(hashlib.sha256(file).hexdigest(), chain)
    raise Faulty(_why_other(held, digest, signature, chains))


def _signature_place(file: bytes) -> tuple[int, int]:
    """Return where the signature's text starts and ends, brackets included; raise Faulty."""
    if not file.startswith(_START):
        raise Faulty(Fault.NOT_PDF)
    found = file.count(b"/ByteRange")
    if not found:
        raise Faulty(Fault.UNSIGNED)
    if found > 1:
        raise Faulty(Fault.SEVERAL)
    told = _RANGE.search(file)
    if told is None:
        raise Faulty(Fault.NOT_WHOLE)
    start, end, rest = (int(number) for number in told.groups())
    if end + rest != len(file) or not file.endswith(_END):
        raise Faulty(Fault.NOT_WHOLE)
    if end - start != RESERVED * 2 + 2 or file[start : start + 1] != b"<" or file[end - 1 : end] != b">":
        raise Faulty(Fault.NOT_WHOLE)
    return start, end


def _contents(text: bytes) -> bytes:
    """Return the container without its padding; raise Faulty unless it is spelled as we do: capitals, then zeros."""
    if not _HEX.fullmatch(text):
        raise Faulty(Fault.RESPELLED)
    whole = bytes.fromhex(text.decode())
    # A container of 256 to 65,535 bytes: its length stands in the third and fourth byte.
    length = int.from_bytes(whole[2:4], "big") + 4
    if whole[:2] != b"\x30\x82" or length > len(whole) or any(whole[length:]):
        raise Faulty(Fault.RESPELLED)
    return whole[:length]


def require_signature(chain: tuple[bytes, ...], digest: bytes, signature: bytes) -> None:
    """Raise Faulty unless the first certificate of a chain signed this digest of a file."""
    public = load_der_x509_certificate(chain[0]).public_key()
    if not isinstance(public, RSAPublicKey):
        raise Faulty(Fault.OTHER_SIGNER)
    try:
        public.verify(signature, cms.to_be_signed(chain, digest), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise Faulty(Fault.BROKEN) from None


def _why_other(held: bytes, digest: bytes, signature: bytes, chains: Sequence[tuple[bytes, ...]]) -> Fault:
    """Return why no known chain makes the container that is in the file."""
    told = cms.digest_in(held)
    for chain in chains:
        if told is not None and told != digest and cms.container(chain, told, signature) == held:
            return Fault.CHANGED
    own = cms.own_certificate_in(held)
    if own is None or any(own == chain[0] for chain in chains):
        return Fault.RESPELLED
    return Fault.OTHER_SIGNER
