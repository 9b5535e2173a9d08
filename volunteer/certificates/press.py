"""The press: what every certificate of this installation shares. Needs no request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from volunteer.certificates.signing import sign_pdf, signer_of
from volunteer.kernel.fonts import FontSet
from volunteer.web.addresses import public_origin
from volunteer.web.assets import document_fonts


@dataclass(frozen=True, slots=True)
class Press:
    """`verify_prefix` + number is the address in a certificate's code; `sign` signs a drawn file as of a moment."""

    fonts: FontSet
    verify_prefix: str
    office_name: str
    product_name: str
    sign: Callable[[bytes, datetime], bytes]


def open_press() -> Press:
    """Return the press of the application at hand, in a request or in a job; raises SignerTrouble."""
    settings = current_app.config["SETTINGS"]
    path = current_app.url_map.bind("").build("certificates.verify", {"number": "-"}).removesuffix("-")
    signer = signer_of(settings)
    return Press(
        fonts=document_fonts(),
        verify_prefix=public_origin() + path,
        office_name=settings.office_name,
        product_name=settings.product_name,
        sign=lambda pdf, at: sign_pdf(pdf, signer, at),
    )
