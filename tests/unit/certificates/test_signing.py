"""What signs documents, and the signature in the file."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from pikepdf import pdfa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import SignatureCoverageLevel
from reportlab.pdfgen.canvas import Canvas

from config import Settings
from tests.databases import settings_for
from tests.signers import OFFICE, PRODUCT, judged, signer, signer_folder
from tests.unit.certificates.test_documents import draw, facts
from volunteer.certificates.signing import (
    CHAIN_FILE,
    KEY_FILE,
    FileSigner,
    SignerTrouble,
    make_signer,
    read_chain,
    sign_pdf,
    signer_of,
    trouble_with,
)
from volunteer.kernel import clock
from volunteer.verifier import cms

AT = datetime(2026, 11, 22, 6, tzinfo=UTC)


def page(text: str = "a page") -> bytes:
    held = BytesIO()
    canvas = Canvas(held, invariant=1)
    canvas.drawString(72, 720, text)
    canvas.save()
    return held.getvalue()


def settings_in(folder: Path) -> Settings:
    return settings_for("sqlite://", folder, signer_folder=folder / "signer")


def test_a_signature_is_valid_covers_all_and_allows_no_changes() -> None:
    signed = sign_pdf(page(), signer(), AT)
    found = PdfFileReader(BytesIO(signed)).embedded_signatures
    assert len(found) == 1
    status = judged(found[0], signer())
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert found[0].docmdp_level is MDPPerm.NO_CHANGES
    assert status.signer_reported_dt == AT


def test_what_was_drawn_stays_byte_for_byte_and_is_signed_in_one_way() -> None:
    drawn = page()
    signed = sign_pdf(drawn, signer(), AT)
    assert signed.startswith(drawn)
    assert signed == sign_pdf(drawn, signer(), AT)
    assert signed != sign_pdf(drawn, signer(), AT + timedelta(seconds=1))
    assert len(signed) == len(sign_pdf(drawn, signer("another"), AT))


def test_what_is_no_pdf_is_not_signed() -> None:
    for content in (b"", b"%PDF-1.7", b"PK\x03\x04", page()[:200]):
        with pytest.raises(ValueError, match="not a PDF"):
            sign_pdf(content, signer(), AT)


def test_a_signer_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "signer"
    assert make_signer(folder, office=OFFICE, product=PRODUCT, at=AT)
    before = (folder / KEY_FILE).read_bytes()
    assert not make_signer(folder, office=OFFICE, product=PRODUCT, at=AT)
    assert (folder / KEY_FILE).read_bytes() == before
    assert folder.stat().st_mode & 0o077 == 0
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in (KEY_FILE, CHAIN_FILE))
    assert [file.name for file in folder.parent.iterdir()] == ["signer"]
    (own,) = read_chain(folder / CHAIN_FILE)
    told = x509.Certificate.load(own)
    assert told.subject.native["common_name"] == f"{OFFICE} {PRODUCT}"
    assert told.key_usage_value.native == {"digital_signature", "non_repudiation"}
    assert told.public_key.bit_size == 3072
    assert not told.ca


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "signer"
    folder.mkdir()
    (folder / KEY_FILE).write_text("an authority's")
    assert not make_signer(folder, office=OFFICE, product=PRODUCT, at=AT)
    assert [file.name for file in folder.iterdir()] == [KEY_FILE]


def test_a_key_that_others_can_read_or_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    for name in (KEY_FILE, CHAIN_FILE):
        (tmp_path / name).write_bytes((signer_folder() / name).read_bytes())
    with pytest.raises(SignerTrouble, match="read by others"):
        FileSigner(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o600)
    assert FileSigner(tmp_path).chain == signer().chain
    (tmp_path / CHAIN_FILE).write_bytes((signer_folder("another") / CHAIN_FILE).read_bytes())
    with pytest.raises(SignerTrouble, match="is not that of"):
        FileSigner(tmp_path)
    (tmp_path / CHAIN_FILE).write_text("no certificate")
    with pytest.raises(SignerTrouble, match="cannot be read"):
        FileSigner(tmp_path)


def test_one_for_trying_out_makes_its_own_and_production_does_not(tmp_path: Path) -> None:
    with pytest.raises(SignerTrouble, match="make-signer"):
        signer_of(settings_for("sqlite://", tmp_path, production=True, signer_folder=tmp_path / "none"))
    local = settings_in(tmp_path)
    assert signer_of(local) is signer_of(local)
    assert trouble_with(local, clock.now()) == ""


def test_a_certificate_that_ends_soon_is_spoken_of() -> None:
    settings = settings_for("sqlite://", Path("unused"))
    ends_at = signer().ends_at
    assert trouble_with(settings, ends_at - timedelta(days=91)) == ""
    assert "将于" in trouble_with(settings, ends_at - timedelta(days=89))
    assert "到期" in trouble_with(settings, ends_at)


def test_a_signed_certificate_is_still_pdf_a_2b() -> None:
    """The checker knows no forms and says so; ISO 19005-2 rules for them (6.3.3, 6.4.1, 6.4.3) are looked at here."""
    drawn = draw(facts())
    signed = sign_pdf(drawn, signer(), AT)
    report = pdfa.validate_written(BytesIO(signed), "2b")
    assert {finding.kind for finding in report.findings} == {"unsupported"}
    assert {finding.message.split()[0] for finding in report.findings} == {"interactive", "permissions"}
    with pikepdf.open(BytesIO(signed)) as document, pikepdf.open(BytesIO(drawn)) as before:
        assert document.pdf_version == before.pdf_version
        assert document.trailer.ID[0] == before.trailer.ID[0]
        assert document.Root.get("/Version") is None
        (field,) = document.Root.AcroForm.Fields
        assert list(field.Rect) == [0, 0, 0, 0]
        assert field.F == 4 | 128
        assert "/A" not in field
        assert "/AA" not in field
        assert "/NeedAppearances" not in document.Root.AcroForm
        assert document.Root.Perms.DocMDP == field.V
        assert field.V.SubFilter == "/ETSI.CAdES.detached"
        del document.Root.AcroForm, document.Root.Perms, document.pages[0].Annots
        bare = BytesIO()
        document.save(bare)
    assert pdfa.validate_written(bare, "2b").passed


@pytest.mark.parametrize("length", [64, 65, 256, 384, 512])
def test_a_container_from_its_mould_is_one_that_was_encoded(length: int) -> None:
    chain, digest, signature = signer().chain, bytes(range(32)), bytes(place % 251 for place in range(length))
    assert cms.container(chain, digest, signature) == cms._container(chain, digest, signature)
    assert cms.to_be_signed(chain, digest) == cms._attributes(chain, digest).dump()
