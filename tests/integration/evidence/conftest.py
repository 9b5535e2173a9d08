"""A dossier of the small city, and what is put into it."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from models.base import db
from tests.cast import Cast
from volunteer.evidence.operations import open_dossier
from volunteer.evidence.rules import Caption
from volunteer.metrics.edition_operations import ensure_shipped_edition

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
CAPTION = Caption(
    date(2026, 3, 5), "樊城区邵家巷社区广场", "社区志愿者 20 人", "学雷锋志愿服务集市", "为居民磨刀、理发"
)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def edition(app: Flask) -> None:
    with app.app_context():
        ensure_shipped_edition()
        db.session.commit()


@pytest.fixture
def dossier_id(app: Flask, cast: Cast, edition: None) -> str:
    """Return the public id of the dossier of 襄城区 for 2026."""
    area = cast.area("420602")
    with app.app_context():
        dossier = open_dossier(area, 2026, account_id=None)
        db.session.commit()
        return dossier.public_id


def pdf(words: str = "page", pages: int = 2) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(pages):
        canvas.drawString(100, 700, f"{words} {page + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture(colour: str = "teal") -> bytes:
    image = Image.new("RGB", (900, 600), colour)
    ImageDraw.Draw(image).ellipse((200, 100, 500, 400), fill="white")
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()
