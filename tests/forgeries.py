"""Forged certificates: what somebody makes of genuine ones, one function a kind. For tests.

Each takes a genuine certificate (and another one), a serial, and gives the bytes that it would pass off as genuine.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any

from asn1crypto import cms, core
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signers import signer
from volunteer.certificates.rules import CertificateFacts
from volunteer.certificates.signing import sign_pdf
from volunteer.kernel import clock
from volunteer.verifier.pdf import RESERVED

FORGER = "forger"
LOOK_ALIKES = (
    "zhiyuantai.example.evil.example",
    "zh1yuantai.example",
    "zhiyuantai-example.cn",
    "localhost.evil.example",
)
_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


@dataclass(frozen=True, slots=True)
class Genuine:
    """A certificate that was given out, and the facts it was drawn from."""

    file: bytes
    facts: CertificateFacts

    @property
    def span(self) -> tuple[int, int]:
        """Return where the text of the signature starts and ends, without its brackets."""
        found = _RANGE.search(self.file)
        assert found
        return int(found[1]) + 1, int(found[2]) - 1

    @property
    def drawn(self) -> bytes:
        """Return the file as it was before it was signed."""
        return self.file[: self.file.index(b"%%EOF") + 6]

    def with_contents(self, text: bytes) -> bytes:
        """Return the file with another text of the signature, of the same length."""
        start, end = self.span
        assert len(text) == end - start
        return self.file[:start] + text + self.file[end:]

    @property
    def contents(self) -> bytes:
        """Return the text of the signature."""
        start, end = self.span
        return self.file[start:end]

    @property
    def container(self) -> bytes:
        """Return the signature container in DER."""
        whole = bytes.fromhex(self.contents.decode())
        return whole[: int.from_bytes(whole[2:4], "big") + 4]


Draw = Callable[[CertificateFacts], bytes]


@dataclass(frozen=True, slots=True)
class Workshop:
    """A forger's means: a printing press like ours, an own key of the same name, and other genuine certificates."""

    draw: Draw
    others: tuple[Genuine, ...]

    def redrawn(self, facts: CertificateFacts) -> bytes:
        """Return a page like ours with other facts, signed with the forger's key."""
        return sign_pdf(self.draw(facts), signer(FORGER), clock.now())

    def with_genuine_signature(self, facts: CertificateFacts, genuine: Genuine) -> bytes:
        """Return a page like ours with other facts, under the signature of the genuine one."""
        return Genuine(self.redrawn(facts), facts).with_contents(genuine.contents)


Forge = Callable[[Genuine, Workshop, int], bytes]


def any_byte_flipped(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Change one byte: the places are spread over the whole file."""
    chance, file = Random(serial), bytearray(genuine.file)
    place = min(len(file) * serial // 100 + chance.randrange(len(file) // 100), len(file) - 1)
    file[place] ^= chance.randrange(1, 256)
    return bytes(file)


def page_replaced_by_an_update(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Add a revision in which the first page is another one."""
    forged = PdfFileReader(BytesIO(workshop.draw(_with_more_minutes(genuine.facts, serial))))
    writer = IncrementalPdfFileWriter(BytesIO(genuine.file))
    page = forged.root["/Pages"]["/Kids"][0]
    page.pop("/Parent")
    added: Any = writer.import_object(page)
    added["/Parent"] = writer.root.raw_get("/Pages")
    kids = writer.root["/Pages"]["/Kids"]
    kids[0] = writer.add_object(added)
    writer.update_container(writer.root["/Pages"])
    if isinstance(writer.root["/Pages"].raw_get("/Kids"), generic.IndirectObject):
        writer.update_container(kids)
    held = BytesIO()
    writer.write(held)  # type: ignore[no-untyped-call]
    return held.getvalue()


def junk_appended(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Append something, from a line feed to a second end of file."""
    junk = (b"\n", b"\0", b" ", b"%%EOF\n", b"% comment\n", b"PK\x03\x04", b"startxref\n0\n%%EOF\n")[serial % 7]
    return genuine.file + junk * (serial // 7 + 1)


def signature_stripped(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Take the signature away: out of its place, out of the field, or the whole revision that holds it."""
    start, end = genuine.span
    return (
        genuine.with_contents(b"0" * (end - start)),
        genuine.file.replace(b"/ByteRange", b"/ByteRang" + b"%x" % (serial % 16)),
        genuine.drawn + b"\n" * (serial // 4),
        genuine.file.replace(b"/Contents <", b"/Content" + b"%x" % (serial % 16) + b" <"),
    )[serial % 4]


def signed_again_with_a_key_of_the_same_name(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Sign what was drawn, unchanged or with other facts, with a self-made key of the same name."""
    if serial % 2:
        return sign_pdf(genuine.drawn, signer(FORGER), clock.now() - timedelta(days=serial))
    return workshop.redrawn(_with_more_minutes(genuine.facts, serial))


def signature_of_another_file(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Put the genuine signature of another certificate into this one."""
    return genuine.with_contents(workshop.others[serial % len(workshop.others)].contents)


def hexadecimal_in_small_letters(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Write some digits of the signature as small letters: the same value in another spelling."""
    text = bytearray(genuine.contents)
    letters = [place for place, digit in enumerate(text) if digit in b"ABCDEF"]
    for place in Random(serial).sample(letters, serial % 20 + 1):
        text[place] |= 0x20
    return genuine.with_contents(bytes(text))


def byte_range_shifted(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Let the signature say that it covers another range."""
    found = _RANGE.search(genuine.file)
    assert found
    start, end, rest = (int(number) for number in found.groups())
    by = serial // 4 + 1
    told = (
        (start - by, end, rest),
        (start, end + by, rest - by),
        (start, end, rest - by),
        (start + by, end - by, rest + by),
    )[serial % 4]
    return genuine.file.replace(found[0], b"/ByteRange [0 %d %d %d]" % told)


def padding_altered(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Hide something in the zeros behind the signature."""
    text, chance = bytearray(genuine.contents), Random(serial)
    place = chance.randrange(len(genuine.container) * 2, len(text))
    text[place] = chance.choice(b"123456789ABCDEF")
    return genuine.with_contents(bytes(text))


def unsigned_attribute_added(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Add an attribute that the signature does not cover, as archives and time stamps do."""
    info = cms.ContentInfo.load(genuine.container)
    attribute = cms.CMSAttribute({"type": f"1.2.3.4.{serial + 1}", "values": [core.OctetString(b"junk")]})
    info["content"]["signer_infos"][0]["unsigned_attrs"] = [attribute]
    return genuine.with_contents(_padded(info.dump()))


def chain_swapped(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Put another certificate into the signature: beside the own one, or in its place, or none at all."""
    info = cms.ContentInfo.load(genuine.container)
    own, forged = (cms.CertificateChoices.load(der) for der in (signer().chain[0], signer(FORGER).chain[0]))
    info["content"]["certificates"] = ([own, forged], [forged], [], [own, own], [forged, own])[serial // 10 % 5]
    if serial // 50:
        info["content"]["crls"] = []
    return genuine.with_contents(_padded(info.dump()))


def cut_to_an_older_state(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Cut the file: at the revision before the signature, and elsewhere."""
    if serial % 2:
        return genuine.drawn[: len(genuine.drawn) - serial // 20]
    return genuine.file[: len(genuine.file) - 1 - serial * serial]


def minutes_changed(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Print more minutes under the genuine signature."""
    return workshop.with_genuine_signature(_with_more_minutes(genuine.facts, serial), genuine)


def name_changed(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Print another name, that differs behind the first character, or all of it."""
    return workshop.redrawn(_with_another_name(genuine.facts, serial))


def code_to_a_look_alike_host(genuine: Genuine, workshop: Workshop, serial: int) -> bytes:
    """Print a code that leads to another host, where anything may be shown."""
    host = LOOK_ALIKES[serial // 10 % len(LOOK_ALIKES)]
    facts = replace(genuine.facts, verify_url=f"https://{host}/certificates/verify/{genuine.facts.number}")
    if serial // 10 % 2:
        return workshop.redrawn(facts)
    return workshop.with_genuine_signature(facts, genuine)


KINDS: Mapping[str, Forge] = {
    forge.__name__: forge
    for forge in (
        any_byte_flipped,
        page_replaced_by_an_update,
        junk_appended,
        signature_stripped,
        signed_again_with_a_key_of_the_same_name,
        signature_of_another_file,
        hexadecimal_in_small_letters,
        byte_range_shifted,
        padding_altered,
        unsigned_attribute_added,
        chain_swapped,
        cut_to_an_older_state,
        minutes_changed,
        name_changed,
        code_to_a_look_alike_host,
    )
}
# These show something else to who reads them or scans their code.
ON_PAPER = frozenset({"page_replaced_by_an_update", "minutes_changed", "name_changed", "code_to_a_look_alike_host"})


def _with_more_minutes(facts: CertificateFacts, serial: int) -> CertificateFacts:
    first, *others = facts.lines
    more = 60 * (serial // 10 + 1)
    lines = (replace(first, minutes=first.minutes + more), *others)
    return replace(facts, lines=lines, total_minutes=facts.total_minutes + more)


def _with_another_name(facts: CertificateFacts, serial: int) -> CertificateFacts:
    names = (facts.holder_name[:1] + "晓军", "赵德芳", facts.holder_name + "子", facts.holder_name[:-1] + "义")
    return replace(facts, holder_name=names[serial // 10 % len(names)])


def _padded(der: bytes) -> bytes:
    return der.hex().upper().encode().ljust(RESERVED * 2, b"0")
