"""A thousand genuine certificates and fifteen kinds of forged ones, asked about in the three ways that people have.

The file way: the file is brought to the page, which says genuine or not. The offline way: the stand-alone verifier,
with the published certificates and key, the file and its proof. The paper way: somebody reads what is printed and scans
the code, compares the address with the one that our page names, each fact with the page that opens, and types the name
in. So the paper way judges print: it is asked where a forgery prints something else than the genuine one.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.certificates import Certificate, CertificateFile
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.databases import prepared
from tests.factories.tree import grow_tree
from tests.forgeries import FORGER, KINDS, ON_PAPER, Forge, Genuine, Workshop
from tests.integration.certificates.test_certificates import credit
from tests.paper import codes_on, page_pictures, pdf_text
from tests.signers import judged, signer, signer_folder
from volunteer.certificates import inspection, opened
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.inspection import Outcome
from volunteer.certificates.operations import issue_certificate
from volunteer.certificates.press import open_press
from volunteer.certificates.proving import proofs_of_certificates
from volunteer.certificates.record_table import chinese_day, hours_and_minutes
from volunteer.certificates.rules import CertificateFacts, CertificateLine, Order
from volunteer.certificates.signing import CHAIN_FILE, sign_pdf
from volunteer.kernel import clock
from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.names import mask_name
from volunteer.kernel.speech import hours_text
from volunteer.ledger import keys
from volunteer.ledger.notes import Checkpoint, open_note, sign_note, verifier_keys
from volunteer.verifier.__main__ import FAILS, HOLDS, main
from volunteer.verifier.notes import NoteKey, read_key
from volunteer.verifier.pdf import Faulty, check_file
from volunteer.verifier.proofs import Unproven, check_proof
from volunteer.web.assets import document_fonts

GENUINE, A_KIND, SAMPLE, PHOTOGRAPHED = 1_000, 100, 50, 25
NAMES = ("李晓梅", "龚䶮", "王守信", "欧阳建国", "𬱖文", "𠮷田", "阿卜杜热依木·买买提")
HOST = "localhost"


@dataclass(frozen=True, slots=True)
class City:
    """What was given out, with the proofs of all, and what is published."""

    app: Flask
    genuine: tuple[Genuine, ...]
    proofs: tuple[dict[str, Any], ...]
    workshop: Workshop
    chains: list[tuple[bytes, ...]]
    published: list[NoteKey]
    folder: Path


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with prepared("sqlite", "forgeries") as (app, database):
        database.reset(app)
        cast = Cast(app)
        organization = cast.organization()
        holders = [cast.volunteer(name=name) for name in NAMES]
        for holder in holders:
            credit(cast, holder, organization, 125)
        with app.app_context():
            genuine, ids = _issue(holders, organization)
            grow_tree()
            proofs = proofs_of_certificates(ids)
            lines = verifier_keys(keys.ring(), keys.origin())
        workshop = Workshop(cache(lambda facts: draw_certificate(facts, document_fonts())), tuple(genuine[-SAMPLE:]))
        folder = tmp_path_factory.mktemp("published")
        (folder / "keys.txt").write_text("\n".join(lines) + "\n")
        yield City(
            app=app,
            genuine=tuple(genuine),
            proofs=tuple(proofs[number] for number in ids),
            workshop=workshop,
            chains=[signer().chain],
            published=[read_key(line) for line in lines],
            folder=folder,
        )


def _issue(holders: Sequence[Volunteer], organization: Organization) -> tuple[list[Genuine], list[int]]:
    press, today = open_press(), clock.today()
    order = Order(today - timedelta(days=30), today)
    for number in range(GENUINE):
        holder = db.session.get_one(Volunteer, holders[number % len(holders)].id)
        issuer = db.session.get_one(Organization, organization.id)
        issue_certificate(holder, issuer, order, press=press, account_id=holder.account_id)
        if number % 100 == 99:
            db.session.commit()
    rows = db.session.execute(
        select(Certificate, CertificateFile.pdf)
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .order_by(Certificate.id)
    ).all()
    return [Genuine(pdf, _facts(certificate.facts)) for certificate, pdf in rows], [row[0].id for row in rows]


def _facts(stored: dict[str, Any]) -> CertificateFacts:
    """Return the facts that a certificate keeps as JSON."""
    days = {name: date.fromisoformat(stored[name]) for name in ("period_from", "period_to", "issued_on")}
    lines = [{**line, "served_on": date.fromisoformat(line["served_on"])} for line in stored["lines"]]
    return CertificateFacts(**{**stored, **days, "lines": tuple(CertificateLine(**line) for line in lines)})


# --- the three ways ---


def file_way(city: City, file: bytes, number: str = "") -> Outcome:
    """Return what the page of verifying says about a file."""
    with city.app.app_context():
        return inspection.inspect(file, city.chains, number).outcome


def offline_way(city: City, file: bytes, proof: dict[str, Any]) -> bool:
    """Return whether the verifier accepts a file and its proof."""
    try:
        check_proof(proof, city.published, check_file(file, city.chains).digest)
    except (Faulty, Unproven):
        return False
    return True


def paper_way(city: City, printed: CertificateFacts, serial: int, *, types_name: bool = True) -> bool:
    """Return whether who holds a print is told nothing that contradicts it."""
    address = urlsplit(printed.verify_url)
    if address.netloc != HOST:
        return False
    client = city.app.test_client()
    page = client.get(address.path)
    told = page.get_data(as_text=True)
    facts = (
        "证明有效",
        f"<dd>{hours_and_minutes(printed.total_minutes)}，即 {hours_text(printed.total_minutes)} 小时</dd>",
        f"<dd>{chinese_day(printed.period_from)}至 {chinese_day(printed.period_to)}</dd>",
        f"<dd>{chinese_day(printed.issued_on)}</dd>",
        f"<bdi>{printed.issuer_name}</bdi>",
        f"<dd>{printed.number}</dd>",
        f"<bdi>{mask_name(printed.holder_name)}</bdi>",
    )
    if page.status_code != 200 or not all(fact in told for fact in facts):
        return False
    if not types_name:
        return True
    somewhere = {"REMOTE_ADDR": f"10.1.{serial // 250}.{serial % 250}"}
    named = client.post(address.path, data={"holder_name": printed.holder_name}, environ_base=somewhere)
    return "姓名一致" in named.get_data(as_text=True)


def offline_command(city: City, file: bytes, proof: dict[str, Any]) -> int:
    """Return the exit code of the verifier's command."""
    brought, beside = city.folder / "brought.pdf", city.folder / "proof.json"
    brought.write_bytes(file)
    beside.write_text(json.dumps(proof, ensure_ascii=False), encoding="utf-8")
    chain, line = str(signer_folder() / CHAIN_FILE), str(city.folder / "keys.txt")
    return main([str(brought), "--chain", chain, "--proof", str(beside), "--vkey", line])


def read_code(city: City, file: bytes) -> str:
    """Return what the code on the first page holds, photographed at 110 dots an inch."""
    (code,) = codes_on(page_pictures(file, city.folder, dots=110)[0])
    return code


@contextmanager
def reading_at_hand() -> Iterator[None]:
    """Read pages in this process: a process for each of thousands of files would take an hour."""

    def open_up(file: bytes) -> opened.Opened:
        try:
            told = opened.read(file)
        except Exception:
            return opened.Opened(opened.State.UNREADABLE)
        pages = tuple(opened.Page(**page) for page in told.get("pages", ()))
        return opened.Opened(opened.State(told["state"]), pages, told.get("title", ""))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "open_up", open_up)
        yield


@contextmanager
def not_reading() -> Iterator[None]:
    """Leave pages unread; whether a file is genuine does not hang on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "open_up", lambda _file: opened.Opened(opened.State.UNREADABLE))
        yield


# --- genuine ---


def test_all_genuine_ones_are_accepted_in_all_three_ways(city: City) -> None:
    assert len({one.file for one in city.genuine}) == GENUINE
    for serial, (one, proof) in enumerate(zip(city.genuine, city.proofs, strict=True)):
        assert file_way(city, one.file) is Outcome.GENUINE
        assert offline_way(city, one.file, proof)
        assert paper_way(city, one.facts, serial, types_name=serial % 10 == 0)


def test_the_code_and_the_words_are_on_the_page(city: City) -> None:
    for one in city.genuine[:: GENUINE // PHOTOGRAPHED]:
        assert read_code(city, one.file) == one.facts.verify_url
        assert one.facts.number in pdf_text(one.file)
        assert one.facts.holder_name in pdf_text(one.file)


def test_a_reader_of_others_agrees_and_finds_the_whole_file_signed(city: City, tmp_path: Path) -> None:
    own = x509.load_der_x509_certificate(signer().chain[0]).subject.rfc4514_string()
    for one in city.genuine[:: GENUINE // SAMPLE]:
        file = tmp_path / "certificate.pdf"
        file.write_bytes(one.file)
        told = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, check=True, text=True).stdout
        for words in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "SHA-256", own[:10]):
            assert words in told


def test_the_command_accepts_genuine_ones(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    for one, proof in zip(city.genuine[:5], city.proofs, strict=False):
        assert offline_command(city, one.file, proof) == HOLDS
        told = capsys.readouterr().out
        assert all(words in told for words in (one.facts.holder_name, one.facts.number, "125 分钟", "只能在线查"))


# --- forged ---


@pytest.mark.parametrize("kind", KINDS)
def test_no_forged_one_is_accepted_in_any_way(city: City, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    forge: Forge = KINDS[kind]
    made = set()
    for serial in range(A_KIND):
        genuine, proof = city.genuine[serial % 10], city.proofs[serial % 10]
        forged = forge(genuine, city.workshop, serial)
        assert forged != genuine.file
        made.add((serial % 10, forged))
        with reading_at_hand() if serial % 20 == 0 else not_reading():
            assert file_way(city, forged, genuine.facts.number) is not Outcome.GENUINE, serial
            assert file_way(city, forged) is not Outcome.GENUINE, serial
        assert not offline_way(city, forged, proof), serial
        if serial % 25 == 0:
            assert offline_command(city, forged, proof) == FAILS, serial
    assert len(made) >= A_KIND // 2, "the forged ones are hardly different"
    assert "不是真的" in capsys.readouterr().out


@pytest.mark.parametrize("kind", sorted(ON_PAPER))
def test_what_a_forged_one_prints_is_contradicted(city: City, kind: str) -> None:
    forge = KINDS[kind]
    printed: list[CertificateFacts] = []
    press = city.workshop.draw

    def note(facts: CertificateFacts) -> bytes:
        printed.append(facts)
        return press(facts)

    workshop = replace(city.workshop, draw=note)
    for serial in range(A_KIND):
        genuine = city.genuine[serial % 10]
        forged = forge(genuine, workshop, serial)
        facts = printed[-1]
        assert facts != genuine.facts
        assert not paper_way(city, facts, serial), serial
        if serial % 25 == 0:
            assert read_code(city, forged) == facts.verify_url
            assert facts.holder_name in pdf_text(forged)
            assert hours_text(facts.total_minutes) in pdf_text(forged)


def test_every_byte_of_the_signature_and_of_what_surrounds_it_counts(city: City) -> None:
    genuine = city.genuine[0]
    start, end = genuine.span
    used = start + len(genuine.container) * 2
    places = [
        *range(0, len(genuine.drawn), 509),
        *range(len(genuine.drawn), start),
        *range(start, used, 7),
        *range(used, end, 97),
        *range(end, len(genuine.file)),
    ]
    chance = Random(7)
    for place in places:
        file = bytearray(genuine.file)
        file[place] ^= chance.randrange(1, 256)
        with pytest.raises(Faulty):
            check_file(bytes(file), city.chains)


# --- forged proofs beside a genuine file ---


def another_proof(city: City, serial: int) -> dict[str, Any]:
    return city.proofs[serial + 1]


def another_signer_of_the_checkpoint(city: City, serial: int) -> dict[str, Any]:
    proof = city.proofs[serial]
    with city.app.app_context():
        origin, ring = keys.origin(), keys.ring()
    checkpoint = open_note(ring, origin, proof["checkpoint"])
    own = KeyRing((Key(ring.current.id, serial.to_bytes(32, "big")),))
    return {**proof, "checkpoint": sign_note(own, Checkpoint(origin, checkpoint.size + serial % 2, checkpoint.root))}


def leaf_altered(city: City, serial: int) -> dict[str, Any]:
    proof = city.proofs[serial]
    changes: tuple[dict[str, Any], ...] = (
        {"minutes": 9_999},
        {"period_to": "2027-01-01"},
        {"organization": "a" * 20},
        {"issued_at": "2020-01-01T00:00:00Z"},
        {"extra": serial},
    )
    return {**proof, "leaf": {**proof["leaf"], **changes[serial % 5]}}


def path_altered(city: City, serial: int) -> dict[str, Any]:
    proof = city.proofs[serial]
    path = list(proof["path"])
    step = serial % len(path)
    other = city.proofs[-1 - serial]["path"][-1]
    path[step] = other if other != path[step] else path[step - 1]
    shapes = (path, proof["path"][:-1], [*proof["path"], proof["path"][0]], proof["path"][::-1])
    shifted = {"position": proof["position"] + 1} if serial % 5 == 4 else {"path": shapes[serial % 4]}
    return {**proof, **shifted}


def opening_altered(city: City, serial: int) -> dict[str, Any]:
    proof = city.proofs[serial]
    person = proof["openings"]["person"]
    value = {**person["value"], ("name", "number", "document")[serial % 3]: "别人"}
    return {**proof, "openings": {"person": {**person, "value": value}}}


@pytest.mark.parametrize(
    "forge",
    [another_proof, another_signer_of_the_checkpoint, leaf_altered, path_altered, opening_altered],
    ids=lambda forge: forge.__name__,
)
def test_no_forged_proof_is_accepted_beside_a_genuine_file(city: City, forge: Any) -> None:
    for serial in range(A_KIND):
        file, proof = city.genuine[serial].file, forge(city, serial)
        assert proof != city.proofs[serial]
        assert not offline_way(city, file, proof), serial
        if serial % 25 == 0:
            assert offline_command(city, file, proof) == FAILS


# --- controls ---


def test_without_the_exact_comparison_respelled_signatures_would_pass(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What libraries accept, and why we compare bytes: the control of `check_file`."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    forged = KINDS["hexadecimal_in_small_letters"](city.genuine[0], city.workshop, 5)
    status = judged(PdfFileReader(BytesIO(forged)).embedded_signatures[0], signer())
    assert status.bottom_line
    with pytest.raises(Faulty):
        check_file(forged, city.chains)


def test_the_forger_could_forge_with_our_key(city: City) -> None:
    """The forger's press is good: with our key in hand the verifier is deceived, so it is the key that it goes by."""
    facts = replace(city.genuine[0].facts, holder_name="赵德芳")
    forged = sign_pdf(city.workshop.draw(facts), signer(), clock.now())
    assert check_file(forged, city.chains).chain == city.chains[0]
    with pytest.raises(Faulty):
        check_file(sign_pdf(city.workshop.draw(facts), signer(FORGER), clock.now()), city.chains)
