"""Erasing a person: what goes, what stays and adds up, and who has to wait."""

import json
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from models.audit import AuditEvent
from models.base import db
from models.certificates import Certificate, CertificateFile
from models.hours import Entry, Proposal
from models.ledger import LedgerLeaf, VolunteerSecret
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.integration.ledger.conftest import Scene
from tests.integration.ledger.test_taking_in import settle
from volunteer.certificates.leaves import certificate_leaves, seal_certificate
from volunteer.certificates.rules import make_certificate_number
from volunteer.hours.leaves import entry_leaves, entry_openings
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.names import ERASED_NAME
from volunteer.ledger import jobs, keys, marks, queries
from volunteer.ledger.notes import open_note
from volunteer.ledger.rules import LeafKind
from volunteer.verifier.tree import leaf_hash, verify_inclusion


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def certify(scene: Scene, entry_id: int) -> int:
    """Issue a certificate with a file of a few bytes; return its id."""
    facts = {"holder_name": scene.volunteer.name, "masked_document": "420***", "total_minutes": 60}
    certificate = Certificate(
        public_id=new_public_id(),
        number=make_certificate_number(bytes(11)),
        volunteer_id=scene.volunteer.id,
        organization_id=scene.organization.id,
        period_from=date(2026, 1, 1),
        period_to=date(2026, 6, 30),
        minutes=60,
        facts=facts,
        pdf_digest="0" * 64,
        issued_at=clock.now(),
        issued_by=scene.volunteer.account_id,
    )
    seal_certificate(certificate)
    db.session.add(certificate)
    db.session.flush()
    db.session.add(CertificateFile(certificate_id=certificate.id, pdf=b"%PDF-"))
    db.session.flush()
    return certificate.id


def erase(browser: Browser, scene: Scene, name: str = "李晓梅", expect: int = 302) -> str:
    path = f"/volunteers/{scene.volunteer.public_id}/erase"
    return browser.sign_in(scene.volunteer.account_id).post(path, {"confirmation": name}, expect=expect).text


def test_nobody_can_tell_who_it_was_and_the_tree_still_proves_the_minutes(
    app: Flask, scene: Scene, browser: Browser
) -> None:
    with app.app_context():
        scene.opened()
        entry_id = scene.serve(90)
        certificate_id = certify(scene, entry_id)
        settle()
        jobs.sign()
        before = queries.proof_of(LeafKind.ENTRY, entry_id)
        assert entry_openings([entry_id])
    erase(browser, scene)
    with app.app_context():
        person = db.session.get_one(Volunteer, scene.volunteer.id)
        assert (person.name, person.phone, person.document_mask, person.document_cipher) == (ERASED_NAME, None, "", b"")
        assert person.document_digest != scene.volunteer.document_digest
        assert (person.birth_on, person.number) == (date(1990, 1, 1), scene.volunteer.number)
        assert db.session.scalar(select(func.count()).select_from(VolunteerSecret)) == 0
        after = queries.proof_of(LeafKind.ENTRY, entry_id)
        assert after is not None
        assert before == after
        signed = open_note(keys.ring(), keys.origin(), after.note)
        assert verify_inclusion(leaf_hash(after.content.encode()), after.position, signed.size, after.path, signed.root)
        assert entry_openings([entry_id]) == {}
        assert marks.mark_fault() == ""
        made = entry_leaves([entry_id])[entry_id]
        assert made.seal_holds
        hidden = {"person": "", "evidence": ""}
        assert made.content == json.loads(after.content) | hidden
        assert db.session.get_one(Entry, entry_id).minutes == 90
        certificate = db.session.get_one(Certificate, certificate_id)
        assert certificate.facts["holder_name"] == ERASED_NAME
        assert certificate.facts["masked_document"] == ""
        assert certificate.facts["total_minutes"] == 60
        assert certificate_leaves([certificate_id])[certificate_id].seal_holds
        assert db.session.get(CertificateFile, certificate_id) is None


def test_the_trail_and_the_leaves_hold_no_name(app: Flask, scene: Scene, browser: Browser) -> None:
    with app.app_context():
        scene.opened()
    erase(browser, scene)
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "volunteers.erase")).one()
        assert "李晓梅" not in json.dumps(event.details, ensure_ascii=False)
        assert not db.session.scalar(select(func.count()).where(LedgerLeaf.content.contains("李晓梅")))


def test_the_name_has_to_be_typed_and_the_page_says_what_stays(scene: Scene, browser: Browser) -> None:
    browser.sign_in(scene.volunteer.account_id)
    page = browser.get(f"/volunteers/{scene.volunteer.public_id}/erase").text
    for said in ("会删掉的", "会留下的", "看不到姓名", "名字也还在", "这个账号以后不能再补录、确认时长"):
        assert said in page
    for typed in ("", "李晓", "李晓梅梅"):
        erase(browser, scene, typed, expect=422)
    erase(browser, scene, " 李 晓梅 ")
    browser.get(f"/volunteers/{scene.volunteer.public_id}", expect=404)
    erase(browser, scene, "已注销", expect=404)


def test_who_is_at_a_shift_or_waits_for_minutes_cannot_leave_yet(
    app: Flask, cast: Cast, scene: Scene, browser: Browser
) -> None:
    cast.presence(scene.shift, scene.volunteer)
    assert "签退以后再来注销" in erase(browser, scene, expect=422)
    cast.presence(scene.shift, scene.volunteer, 2)
    starts_at = clock.now()
    proposal = cast.add(
        Proposal(
            volunteer_id=scene.volunteer.id,
            shift_id=scene.shift.id,
            organization_id=scene.organization.id,
            served_on=date(2026, 3, 1),
            started_at=starts_at,
            ended_at=starts_at + timedelta(hours=1),
            minutes=60,
            source=Source.MANUAL,
            state=ProposalState.ON_NOTICE,
            rules_version=RULES_VERSION,
            derivation={},
            cause=Cause.MANUAL,
            made_at=starts_at,
        )
    )
    assert "等有了结果再来注销" in erase(browser, scene, expect=422)
    with app.app_context():
        db.session.get_one(Proposal, proposal.id).state = ProposalState.RETURNED
        db.session.commit()
    erase(browser, scene)


def test_another_account_finds_nothing_to_erase(cast: Cast, scene: Scene, browser: Browser) -> None:
    path = f"/volunteers/{scene.volunteer.public_id}/erase"
    browser.sign_in(cast.account("张伟")).post(path, {"confirmation": "李晓梅"}, expect=404)


def test_the_guards_let_nobody_pass_who_was_not_erased(app: Flask, scene: Scene) -> None:
    with app.app_context():
        scene.opened()
        certificate_id = certify(scene, scene.serve())
        db.session.commit()
        for statement in (
            "UPDATE certificate SET facts = '{}' WHERE id = :id",
            "DELETE FROM certificate_file WHERE certificate_id = :id",
            "UPDATE certificate_file SET pdf = '' WHERE certificate_id = :id",
        ):
            with pytest.raises(DatabaseError, match="append-only"):
                db.session.execute(db.text(statement), {"id": certificate_id})
            db.session.rollback()
