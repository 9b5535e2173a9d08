"""What PDF/A-2b (ISO 19005-2) asks of a file beside its pages: the meaning of its colours, and who it is. Pure."""

import struct
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

_HEADER_LENGTH, _TAG_LENGTH = 128, 12
_D50 = (0.9642, 1.0, 0.8249)
# IEC 61966-2-1, its primaries adapted from D65 to D50 by Bradford's matrix, as ICC.1:2004-10 (version 4.2) asks.
_RED, _GREEN, _BLUE = (0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)
_ADAPTATION = (1.04788, 0.02292, -0.05020, 0.02959, 0.99048, -0.01706, -0.00923, 0.01508, 0.75168)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_NAME, _RIGHTS = "sRGB IEC61966-2-1", "No copyright, use freely"


class Identity(NamedTuple):
    """What a file says of itself, in its information dictionary and again in its metadata."""

    title: str
    author: str
    subject: str
    maker: str
    made_on: date


def keep_for_good(document: Any, identity: Identity) -> None:
    """Add to a document of the drawing library what makes its file a PDF/A-2b."""
    packet, profile = pdfdoc.PDFStream(content=metadata(identity)), pdfdoc.PDFStream(content=srgb_profile())
    packet.dictionary["Type"], packet.dictionary["Subtype"] = pdfdoc.PDFName("Metadata"), pdfdoc.PDFName("XML")
    profile.dictionary["N"] = 3
    profile.filters = [pdfdoc.PDFZCompress]
    intent = {"Type": pdfdoc.PDFName("OutputIntent"), "S": pdfdoc.PDFName("GTS_PDFA1")}
    intent["OutputConditionIdentifier"] = pdfdoc.PDFString("sRGB")
    intent["DestOutputProfile"] = document.Reference(profile, "profile")
    catalogue = document.Catalog
    catalogue.Metadata = packet
    catalogue.OutputIntents = pdfdoc.PDFArray([pdfdoc.PDFDictionary(intent)])
    catalogue.__NoDefault__ = [*catalogue.__NoDefault__, "OutputIntents"]


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, made here from the standard's numbers: free to use, the same bytes each time."""
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(_CURVE)
    tags = {
        b"desc": _localized(_NAME),
        b"cprt": _localized(_RIGHTS),
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(_D50),
        b"chad": b"sf32\0\0\0\0" + _fixed(_ADAPTATION),
        b"rXYZ": b"XYZ \0\0\0\0" + _fixed(_RED),
        b"gXYZ": b"XYZ \0\0\0\0" + _fixed(_GREEN),
        b"bXYZ": b"XYZ \0\0\0\0" + _fixed(_BLUE),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = _HEADER_LENGTH + 4 + _TAG_LENGTH * len(tags)
    placed: dict[bytes, int] = {}
    body = b""
    for content in tags.values():
        if content not in placed:
            placed[content] = start + len(body)
            body += content + b"\0" * (-len(content) % 4)
    table = b"".join(
        struct.pack(">4sII", name, placed[content], len(content)) for name, content in sorted(tags.items())
    )
    header = (
        struct.pack(">I4xI4s4s4s", start + len(body), 0x04200000, b"mntr", b"RGB ", b"XYZ ")
        + struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
        + b"\0" * 28
        + _fixed(_D50)
    )
    return header.ljust(_HEADER_LENGTH, b"\0") + struct.pack(">I", len(tags)) + table + body


def metadata(identity: Identity) -> bytes:
    """Return the XMP packet that says what the information dictionary says, and that the file is PDF/A-2b."""
    title, author, subject, maker = (escape(text) for text in identity[:4])
    moment = f"{identity.made_on.isoformat()}T00:00:00+08:00"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>\n'
        f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n"
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>\n'
        f"<pdf:Producer>{maker}</pdf:Producer><xmp:CreatorTool>{maker}</xmp:CreatorTool>\n"
        f"<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    ).encode()


def _fixed(numbers: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _localized(text: str) -> bytes:
    content = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", len(content), 28) + content
