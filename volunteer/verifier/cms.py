"""The one spelling of our signatures: a CMS container that follows from the certificates, the digest and the signature.

RFC 5652 with the attributes of PAdES baseline B-B (ETSI EN 319 142-1): content type, message digest, signing
certificate. RSA with PKCS #1 v1.5 and SHA-256. No unsigned attributes, no time inside: nothing can be said in two ways,
so a checker builds the container again and compares its bytes.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from asn1crypto import cms, tsp, x509

_DIGEST = hashlib.sha256(b"in place of a digest").digest()
_SIGNATURE = hashlib.sha512(b"in place of a signature").digest()
_SHORTEST = 64


def to_be_signed(chain: Sequence[bytes], digest: bytes) -> bytes:
    """Return the DER of the signed attributes: what the key signs, by SHA-256.

    `chain` holds certificates in DER, the signer's own first; `digest` is the SHA-256 of the signed bytes of the file.
    """
    return _attributes_around(tuple(chain)).replace(_DIGEST, digest)


def container(chain: Sequence[bytes], digest: bytes, signature: bytes) -> bytes:
    """Return the whole container in DER for a signature over `to_be_signed`; `chain` and `digest` as there."""
    around = _container_around(tuple(chain), len(signature))
    return around.replace(_DIGEST, digest).replace(_mark(len(signature)), signature)


def signature_in(der: bytes) -> bytes:
    """Return the signature of a container; raise ValueError when it is not a container with one signer's signature.

    What else stands in `der` is not looked at: `container` tells whether all of it is as it has to be.
    """
    try:
        signature: bytes = _signer_of(der)["signature"].native
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("the container cannot be read") from error
    if len(signature) < _SHORTEST:
        raise ValueError("the signature is too short to be one")
    return signature


def digest_in(der: bytes) -> bytes | None:
    """Return the digest that a container says the file has, None when it says none."""
    try:
        for attribute in _signer_of(der)["signed_attrs"]:
            if attribute["type"].native == "message_digest":
                digest: bytes = attribute["values"][0].native
                return digest
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        pass
    return None


def own_certificate_in(der: bytes) -> bytes | None:
    """Return the certificate in DER that a container says signed it, None when it is not in there."""
    try:
        told = _signer_of(der)["sid"].chosen
        for one in cms.ContentInfo.load(der)["content"]["certificates"]:
            certificate = one.chosen
            if certificate.issuer == told["issuer"] and certificate.serial_number == told["serial_number"].native:
                own: bytes = certificate.dump()
                return own
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    return None


def _signer_of(der: bytes) -> cms.SignerInfo:
    info = cms.ContentInfo.load(der)
    if info["content_type"].native != "signed_data" or len(info["content"]["signer_infos"]) != 1:
        raise ValueError("not a signature by one signer")
    return info["content"]["signer_infos"][0]


# Encoding takes milliseconds and, but for digest and signature, gives the same bytes each time: it is done once.
@lru_cache(maxsize=16)
def _attributes_around(chain: tuple[bytes, ...]) -> bytes:
    der: bytes = _attributes(chain, _DIGEST).dump()
    return der


@lru_cache(maxsize=16)
def _container_around(chain: tuple[bytes, ...], length: int) -> bytes:
    return _container(chain, _DIGEST, _mark(length))


def _mark(length: int) -> bytes:
    """Return bytes that stand for a signature of some length and occur nowhere else."""
    return (_SIGNATURE * (length // len(_SIGNATURE) + 1))[:length]


def _container(chain: tuple[bytes, ...], digest: bytes, signature: bytes) -> bytes:
    own = _certificate(chain[0])
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": _attributes(chain, digest),
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": signature,
        }
    )
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [cms.CertificateChoices("certificate", _certificate(one)) for one in chain],
            "signer_infos": [signer],
        }
    )
    der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return der


def _attributes(chain: tuple[bytes, ...], digest: bytes) -> cms.CMSAttributes:
    own = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(chain[0]).digest()})
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            cms.CMSAttribute(
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [own]})]}
            ),
        ]
    )


@lru_cache(maxsize=16)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.Certificate.load(der)
