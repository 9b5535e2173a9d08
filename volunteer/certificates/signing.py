"""Signing documents: who can sign, the key and certificate in files, and the signature that goes into a PDF.

PAdES baseline B-B (ETSI EN 319 142-1) as a certification signature that allows no changes. Whoever can name a chain of
certificates and sign a digest with RSA can stand for the file: an authority's key in a hardware module as well.
"""

import os
from datetime import datetime, timedelta
from errno import EEXIST, ENOTEMPTY
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from volunteer.kernel import clock
from volunteer.verifier import cms
from volunteer.verifier.pdf import RESERVED

if TYPE_CHECKING:
    from config import Settings

KEY_FILE, CHAIN_FILE, FORMER_FILES = "key.pem", "chain.pem", "former-*.pem"
KEY_BITS, SMALLEST_KEY_BITS = 3072, 2048
LIFE = timedelta(days=3653)
WARNING = timedelta(days=90)
FIELD = "Certification"
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_SHA256 = hashes.SHA256()


class SignerTrouble(RuntimeError):
    """The key or the certificate that sign documents cannot be used; the text says why."""


class DocumentSigner(Protocol):
    """What signs documents: a chain of certificates in DER, its own first, and RSA over a SHA-256 digest."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the certificates in DER, the signer's own first."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the PKCS #1 v1.5 signature of 32 bytes that are a SHA-256 digest."""


class FileSigner:
    """A key and its chain of certificates in two PEM files of one folder."""

    def __init__(self, folder: Path) -> None:
        """Read both files; raise SignerTrouble when they are missing, too weak or do not belong together."""
        self.chain = read_chain(folder / CHAIN_FILE)
        self._key = _read_key(folder / KEY_FILE)
        own = x509.load_der_x509_certificate(self.chain[0])
        if own.public_key() != self._key.public_key():
            raise SignerTrouble(f"The first certificate in {folder / CHAIN_FILE} is not that of {folder / KEY_FILE}.")
        self.ends_at = own.not_valid_after_utc

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the PKCS #1 v1.5 signature of a SHA-256 digest."""
        return self._key.sign(digest, PKCS1v15(), Prehashed(_SHA256))


def signer_of(settings: "Settings") -> FileSigner:
    """Return the signer of an installation, read once a process; one for trying out makes its own at first need.

    Raises SignerTrouble.
    """
    if not settings.production:
        make_signer(settings.signer, office=settings.office_name, product=settings.product_name, at=clock.now())
    return _read_signer(settings.signer)


@lru_cache(maxsize=8)
def _read_signer(folder: Path) -> FileSigner:
    return FileSigner(folder)


def make_signer(folder: Path, *, office: str, product: str, at: datetime) -> bool:
    """Write a fresh key and a certificate signed by itself, valid for ten years; return False when something is there.

    Both files are readable by their owner only and appear at once. Nothing is overwritten; of two processes one wins.
    """
    if folder.exists() and any(folder.iterdir()):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    key = generate_private_key(65537, KEY_BITS)
    certificate = _self_signed(key, office, product, at)
    fresh = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_new(fresh / KEY_FILE, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write_new(fresh / CHAIN_FILE, certificate.public_bytes(Encoding.PEM))
        fresh.rename(folder)
    except OSError as error:
        rmtree(fresh, ignore_errors=True)
        if error.errno not in (EEXIST, ENOTEMPTY):
            raise
        return False
    return True


def read_chain(path: Path) -> tuple[bytes, ...]:
    """Return the certificates of a PEM file in DER, in its order; raise SignerTrouble."""
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except FileNotFoundError:
        raise SignerTrouble(
            f"No certificate at {path}: make one with `flask certificates make-signer {path.parent}`."
        ) from None
    except (ValueError, OSError) as error:
        raise SignerTrouble(f"{path} cannot be read: {error}.") from error
    for issued, issuer in pairwise(certificates):
        try:
            issued.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise SignerTrouble(f"The certificates in {path} do not follow from each other, own first.") from error
    public = certificates[0].public_key()
    if not isinstance(public, RSAPublicKey) or public.key_size < SMALLEST_KEY_BITS:
        raise SignerTrouble(f"The certificate in {path} is not for an RSA key of at least {SMALLEST_KEY_BITS} bits.")
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def chains_of(folder: Path) -> list[tuple[bytes, ...]]:
    """Return the chain that signs now and those that signed before (`former-*.pem`), newest name first."""
    former = sorted(folder.glob(FORMER_FILES), reverse=True)
    return [read_chain(path) for path in (folder / CHAIN_FILE, *former)]


def trouble_with(settings: "Settings", at: datetime) -> str:
    """Return what is wrong or about to be with what signs documents, "" when nothing is."""
    try:
        ends_at = signer_of(settings).ends_at
    except SignerTrouble as trouble:
        return str(trouble)
    if ends_at <= at:
        return f"签名证书已于 {ends_at:%Y-%m-%d} 到期（{settings.signer / CHAIN_FILE}）"
    if ends_at <= at + WARNING:
        return f"签名证书将于 {ends_at:%Y-%m-%d} 到期，请换新的（{settings.signer / CHAIN_FILE}）"
    return ""


# --- the signature in the file ---


def sign_pdf(pdf: bytes, signer: DocumentSigner, at: datetime) -> bytes:
    """Return `pdf` with an invisible certification signature that allows no changes, covering the whole file.

    Only the signature is added: what was drawn stays byte for byte, its version and description too. The same arguments
    give the same bytes. Raises ValueError when `pdf` is not a PDF file, SignerTrouble when the chain is too long.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import SignatureObject

    try:
        writer = _plain_writer()(BytesIO(pdf))
    except PdfError as error:
        raise ValueError("not a PDF file") from error
    steps = PdfCMSEmbedder(SigFieldSpec(FIELD)).write_cms(FIELD, writer)
    next(steps)
    blank = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=RESERVED * 2)
    no_changes = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(blank, no_changes))
    prepared, output = steps.send(SigIOSetup("sha256"))
    signature = signer.sign_digest(sha256(cms.to_be_signed(signer.chain, prepared.document_digest)).digest())
    container = cms.container(signer.chain, prepared.document_digest, signature)
    if len(container) > RESERVED:
        raise SignerTrouble(f"The certificates take {len(container)} bytes with the signature, more than {RESERVED}.")
    steps.send(container)
    signed: bytes = output.getvalue()
    return signed


@lru_cache(maxsize=1)
def _plain_writer() -> Any:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class PlainWriter(IncrementalPdfFileWriter):
        """Adds objects and nothing else: no higher version, no new description, an identifier without chance."""

        output_version = (1, 0)

        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            first, _ = super()._handle_id(prev)  # type: ignore[no-untyped-call]
            prev.stream.seek(0)
            return generic.ArrayObject([first, generic.ByteStringObject(sha256(prev.stream.read()).digest()[:16])])

        def _update_meta(self) -> None:
            """Leave the description as it was drawn."""

    return PlainWriter


# --- the files ---


def _read_key(path: Path) -> RSAPrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise SignerTrouble(f"{path} can be read by others: chmod 600 {path}.")
        key = load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        raise SignerTrouble(
            f"No key at {path}: make one with `flask certificates make-signer {path.parent}`."
        ) from None
    except (ValueError, TypeError, OSError) as error:
        raise SignerTrouble(f"{path} cannot be read: {error}.") from error
    if not isinstance(key, RSAPrivateKey):
        raise SignerTrouble(f"{path} is not an RSA key.")
    return key


def _self_signed(key: RSAPrivateKey, office: str, product: str, at: datetime) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, office[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{office} {product}"[:64]),
        ]
    )
    public = key.public_key()
    use = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(use, critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, _SHA256)
    )


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
