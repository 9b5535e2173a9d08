"""Certificates a second: seven records, drawn in the fonts that the product prints with."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from time import perf_counter

from reportlab.pdfgen.canvas import Canvas

from tests.bench.figures import Figure, alone, paired
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.rules import CertificateFacts, CertificateLine, make_certificate_number
from volunteer.web.assets import document_fonts

ROUNDS, DRAWN_A_ROUND, RECORDS = 5, 20, 7


def measure() -> Iterator[Figure]:
    """Yield how many a second one thread draws, beside a bare Latin page of as many lines, and how large one is."""
    fonts = document_fonts()
    certificates = iter([_facts(serial) for serial in range((ROUNDS + 1) * DRAWN_A_ROUND)])
    size = len(draw_certificate(_facts(0), fonts))
    rates, bare = [], []
    for number in range(ROUNDS + 1):
        own = _rate(lambda: draw_certificate(next(certificates), fonts))
        reference = _rate(_draw_bare_page)
        if number:
            rates.append(own)
            bare.append(reference)
    yield paired(f"certificates of {RECORDS} records", "", 1, "1/s", rates, bare)
    yield alone("size of such a certificate", "", 1, "bytes", [size])


def _rate(draw: Callable[[], bytes]) -> float:
    started = perf_counter()
    for _ in range(DRAWN_A_ROUND):
        draw()
    return DRAWN_A_ROUND / (perf_counter() - started)


def _draw_bare_page() -> bytes:
    held = BytesIO()
    canvas = Canvas(held)
    for line in range(RECORDS * 4):
        canvas.drawString(72, 720 - 20 * line, f"line {line} of a page without fonts, codes or frames")
    canvas.save()
    return held.getvalue()


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
        holder_name="李晓梅",
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
