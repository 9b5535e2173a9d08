"""Certificates a second: seven records in the fonts that the product prints with, alone, signed and as a book.

WeasyPrint draws the same words in the same fonts in the same rounds (tests/bench/certificate_page.py), as PDF/A-2b too.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from tests.bench.certificate_page import STYLE, font_faces, sheet
from tests.bench.figures import Figure, alone, paired
from volunteer.certificates.documents import draw_book, draw_certificate
from volunteer.certificates.rules import CertificateFacts, CertificateLine, make_certificate_number
from volunteer.certificates.signing import FileSigner, make_signer, sign_pdf
from volunteer.kernel.fonts import FontSet
from volunteer.web.assets import document_fonts

ROUNDS, DRAWN_A_ROUND, RECORDS = 5, 20, 7
BOOK, BOOK_OF_WEASYPRINT = 1_000, 50
FAMILY, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰芬玲红梅鑫波斌宇浩",
)
ISSUED_AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def measure() -> Iterator[Figure]:
    """Yield how many a second one thread draws, signs and binds, beside WeasyPrint, and how large the files are."""
    fonts = document_fonts()
    other = _Press(fonts)
    certificates = [_facts(serial) for serial in range(DRAWN_A_ROUND)]
    with TemporaryDirectory() as folder:
        make_signer(Path(folder) / "signer", office="襄阳市文明办", product="志愿台", at=ISSUED_AT)
        signer = FileSigner(Path(folder) / "signer")
        drawn, signed, reference = [], [], []
        for number in range(ROUNDS + 1):
            own = _rate(lambda facts: draw_certificate(facts, fonts), certificates)
            whole = _rate(lambda facts: sign_pdf(draw_certificate(facts, fonts), signer, ISSUED_AT), certificates)
            theirs = _rate(lambda facts: other.print([facts]), certificates)
            if number:
                drawn.append(own)
                signed.append(whole)
                reference.append(theirs)
        pages = draw_certificate(certificates[0], fonts)
        sizes = len(pages), len(sign_pdf(pages, signer, ISSUED_AT)), len(other.print(certificates[:1]))
    yield paired(f"certificates of {RECORDS} records, drawn", "", 1, "1/s", drawn, reference)
    yield paired(f"certificates of {RECORDS} records, drawn and signed", "", 1, "1/s", signed, reference)
    yield paired("size of such a certificate", "", 1, "bytes", [sizes[0]], [sizes[2]])
    yield alone("size of it signed", "", 1, "bytes", [sizes[1]])
    yield from _measure_book(fonts, other)


def _measure_book(fonts: FontSet, other: "_Press") -> Iterator[Figure]:
    certificates = [_facts(serial) for serial in range(BOOK)]
    started = perf_counter()
    book = draw_book(certificates, fonts)
    own = BOOK / (perf_counter() - started)
    started = perf_counter()
    theirs = other.print(certificates[:BOOK_OF_WEASYPRINT])
    reference = BOOK_OF_WEASYPRINT / (perf_counter() - started)
    yield paired(f"pages of a book of {BOOK:,}", "", 1, "1/s", [own], [reference])
    yield paired("size of a page of a book", "", 1, "bytes", [len(book) / BOOK], [len(theirs) / BOOK_OF_WEASYPRINT])


class _Press:
    """WeasyPrint with its styles and fonts read once, as a server would keep them."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = FontConfiguration()
        self._styles = [CSS(string=STYLE + font_faces(fonts), font_config=self._fonts)]

    def print(self, certificates: Sequence[CertificateFacts]) -> bytes:
        page = f'<!doctype html><html lang="zh-CN"><title>证明</title><body>{"".join(map(sheet, certificates))}'
        printed = HTML(string=page).write_pdf(stylesheets=self._styles, font_config=self._fonts, pdf_variant="pdf/a-2b")
        assert printed is not None
        return printed


def _rate(draw: Callable[[CertificateFacts], bytes], certificates: Sequence[CertificateFacts]) -> float:
    started = perf_counter()
    for facts in certificates:
        draw(facts)
    return len(certificates) / (perf_counter() - started)


def _facts(serial: int) -> CertificateFacts:
    lines = tuple(
        CertificateLine(
            served_on=date(2026, 3, 1) + timedelta(days=30 * place),
            activity_title=f"第 {serial + place} 次清理汉江边的白色垃圾",
            content="生态环保",
            minutes=90 + place,
            place="汉江滨江公园东门",
        )
        for place in range(RECORDS)
    )
    number = make_certificate_number(serial.to_bytes(11, "big"))
    return CertificateFacts(
        number=number,
        holder_name=f"{FAMILY[serial % len(FAMILY)]}{GIVEN[serial * 7 % len(GIVEN)]}{GIVEN[serial // 3 % len(GIVEN)]}",
        volunteer_number=f"420606202600{serial:05d}",
        issuer_name="樊城区邻里守望志愿服务队",
        period_from=date(2026, 1, 1),
        period_to=date(2026, 12, 31),
        total_minutes=sum(line.minutes for line in lines),
        lines=lines,
        issued_on=date(2026, 11, 22),
        verify_url=f"https://zhiyuantai.example/certificates/verify/{number}",
        office_name="襄阳市文明办",
        product_name="志愿台",
    )
