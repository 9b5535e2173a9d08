"""A volunteer takes the record along, and a stranger with the published key alone checks it."""

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import insert, select

from config import ROOT
from models.audit import AuditEvent
from models.base import db
from models.hours import Entry
from models.records import Training
from tests.client import Browser
from tests.factories.tree import grow_tree
from tests.integration.records.conftest import Scene
from volunteer.hours.operations import reverse_entry
from volunteer.hours.stars import settle_due
from volunteer.kernel import clock
from volunteer.ledger import keys, marks
from volunteer.ledger.leaves import canonical
from volunteer.ledger.notes import sign_statement, verifier_keys
from volunteer.records.rules import TAKING_LIMIT
from volunteer.verifier.notes import read_key
from volunteer.verifier.records import BadRecord, Fault, check_record
from volunteer.volunteers.rules import Relation

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def _no_mark(app: Flask) -> None:
    with app.app_context():
        marks.mark_file().unlink(missing_ok=True)


def grow(app: Flask) -> None:
    """Take everything into the tree and sign it, as the jobs do."""
    with app.app_context():
        grow_tree()


def take(browser: Browser, scene: Scene, **ticks: str) -> bytes:
    path = f"/records/{scene.volunteer.public_id}/take"
    response = browser.post(path, {"kind": "json", **ticks}, expect=200)
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.get_data()


@pytest.fixture
def taken(app: Flask, browser: Browser, scene: Scene) -> Record:
    """The record of somebody with two services that stand, one taken back, and one that is not in the tree yet."""
    scene.serve(5, minutes=60)
    undone = scene.serve(7, minutes=45)
    scene.serve(9, scene.stranger)
    with app.app_context():
        reverse_entry(db.session.get_one(Entry, undone), reason="记错了", made_by=scene.keeper.id, checked_by=None)
        db.session.commit()
    grow(app)
    scene.serve(1, minutes=30)
    record: Record = json.loads(take(browser.sign_in(scene.volunteer.account_id), scene))
    return record


def vkey(app: Flask) -> str:
    with app.app_context():
        return verifier_keys(keys.ring(), keys.origin())[0]


def signed_anew(app: Flask, record: Record) -> bytes:
    """Sign an altered record with the city's own key: what is left to find is what the tree finds."""
    document = {name: value for name, value in record.items() if name != "signature"}
    with app.app_context():
        digest = sha256(canonical(document)).digest()
        note = sign_statement(keys.ring(), keys.origin(), "record", digest)
    return json.dumps({**document, "signature": note}).encode()


def test_a_stranger_checks_it_in_a_process_of_their_own(app: Flask, taken: Record, tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(taken, ensure_ascii=False))
    asked = [sys.executable, "-m", "volunteer.verifier", str(file), "--vkey", vkey(app)]
    found = subprocess.run(asked, capture_output=True, cwd=ROOT, timeout=60, check=False)
    told = found.stdout.decode()
    assert found.returncode == 0, told + found.stderr.decode()
    assert "2 次服务都在账本里，合计 180 分钟（3.00 小时）" in told
    assert "另有 30 分钟" in told
    assert "龚䶮" in told
    file.write_text(json.dumps({**taken, "person": {**taken["person"], "name": "龚某"}}, ensure_ascii=False))
    found = subprocess.run(asked, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert found.returncode == 1
    assert "签名以后被改过" in found.stdout.decode()


def test_it_holds_everything_recorded_and_says_what_is_not_in_the_tree_yet(app: Flask, taken: Record) -> None:
    assert [service["leaf"]["act"] for service in taken["services"]] == ["credit"] * 3 + ["reversal"]
    assert [one["minutes"] for one in taken["not_in_tree_yet"]] == [30]
    assert taken["totals"] == {"minutes_proven": 180, "minutes_not_in_tree_yet": 30}
    about = taken["services"][0]["about"]
    assert (about["activity"], about["contact"]) == ("周末清洁护城河", "王主任")
    with app.app_context():
        act = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "records.take")).one()
        assert act.details == {"form": "json", "services": 5}


def test_other_people_are_not_in_it(taken: Record, scene: Scene) -> None:
    whole = json.dumps(taken, ensure_ascii=False)
    assert {"person"} == {field for service in taken["services"] for field in service["openings"]}
    for other in (scene.stranger.number, scene.stranger.name, scene.keeper.public_id, "王建国"):
        assert other not in whole


def test_the_phone_and_the_birthday_are_there_only_when_they_were_ticked(
    browser: Browser, scene: Scene, taken: Record
) -> None:
    assert set(taken["person"]) == {"name", "number", "document"}
    assert taken["person"]["document"]["masked"] == "420***********001X"
    ticked = json.loads(take(browser, scene, phone="y", birth="y", home="y", skills="y"))
    assert ticked["person"]["phone"] == scene.volunteer.phone
    assert ticked["person"]["birth_on"] == "1990-05-01"


def test_trainings_are_there_when_ticked_and_never_when_withdrawn(app: Flask, browser: Browser, scene: Scene) -> None:
    kept = {
        "volunteer_id": scene.volunteer.id,
        "organization_id": scene.organization.id,
        "content": "心肺复苏",
        "minutes": 60,
        "held_by": "红十字会",
        "held_on": clock.today(),
        "recorded_by": scene.keeper.id,
        "recorded_at": clock.now(),
    }
    scene.cast.add(Training(name="急救", **kept))
    scene.cast.add(Training(name="撤回的", withdrawn_at=clock.now(), withdrawn_by=scene.keeper.id, **kept))
    browser.sign_in(scene.volunteer.account_id)
    assert [one["name"] for one in json.loads(take(browser, scene, kept="y"))["trainings"]] == ["急救"]
    assert json.loads(take(browser, scene))["trainings"] == []


def alter(change: Callable[[Record], object]) -> Callable[[Record], Record]:
    def altered(record: Record) -> Record:
        copy: Record = json.loads(json.dumps(record))
        change(copy)
        return copy

    return altered


def _sums(record: Record) -> None:
    minutes = sum(service["leaf"]["minutes"] for service in record["services"])
    record["totals"]["minutes_proven"] = minutes


def _drop_credit(record: Record) -> None:
    record["services"].pop(2)
    _sums(record)


def _twice(record: Record) -> None:
    record["services"].append(record["services"][0])
    _sums(record)


ALTERED = [
    (alter(lambda r: r["services"][0]["leaf"].update(minutes=720)), Fault.NOT_PROVEN),
    (alter(lambda r: r["services"].pop(0)), Fault.BAD_TOTAL),
    (alter(lambda r: r["services"].pop()), Fault.BAD_TOTAL),
    (alter(_drop_credit), Fault.BAD_REVERSAL),
    (alter(_twice), Fault.TWICE),
    (alter(lambda r: r["person"].update(number="V420602261100000")), Fault.OTHER_PERSON),
    (alter(lambda r: r["services"][0].update(position=r["services"][1]["position"])), Fault.NOT_PROVEN),
    (alter(lambda r: r["services"][0]["openings"].clear()), Fault.OTHER_PERSON),
    (alter(lambda r: r["services"][0]["openings"]["person"]["value"].update(document="0" * 64)), Fault.NOT_PROVEN),
    (alter(lambda r: r["totals"].update(minutes_not_in_tree_yet=3000)), Fault.BAD_TOTAL),
    (alter(lambda r: r["services"][0]["path"].pop()), Fault.NOT_PROVEN),
    (alter(lambda r: r.update(checkpoint=None)), Fault.NOT_PROVEN),
    (alter(lambda r: r.pop("person")), Fault.UNREADABLE),
    (alter(lambda r: r.update(extra=1)), Fault.UNREADABLE),
]


def test_altered_records_are_refused_for_their_signature_and_by_the_tree_without_it(app: Flask, taken: Record) -> None:
    known = [read_key(vkey(app))]
    assert check_record(signed_anew(app, taken), known).minutes == 180, "the control: signed anew and unchanged"
    for change, fault in ALTERED:
        altered = change(taken)
        with pytest.raises(BadRecord) as unsigned:
            check_record(json.dumps(altered).encode(), known)
        assert unsigned.value.fault in (Fault.NOT_SIGNED, Fault.UNREADABLE)
        with pytest.raises(BadRecord) as refused:
            check_record(signed_anew(app, altered), known)
        assert refused.value.fault is fault


def test_the_proof_of_someone_elses_service_is_refused(
    app: Flask, browser: Browser, scene: Scene, taken: Record
) -> None:
    theirs = Browser(app).sign_in(scene.stranger.account_id)
    path = f"/records/{scene.stranger.public_id}/take"
    other = json.loads(theirs.post(path, {"kind": "json"}, expect=200).get_data())
    assert other["checkpoint"] == taken["checkpoint"]
    taken["services"].append(other["services"][0])
    _sums(taken)
    with pytest.raises(BadRecord) as refused:
        check_record(signed_anew(app, taken), [read_key(vkey(app))])
    assert refused.value.fault is Fault.OTHER_PERSON


def test_a_checkpoint_is_no_signature_of_a_record_and_another_citys_key_opens_nothing(
    app: Flask, taken: Record
) -> None:
    known = [read_key(vkey(app))]
    with pytest.raises(BadRecord) as refused:
        check_record(json.dumps({**taken, "signature": taken["checkpoint"]}).encode(), known)
    assert refused.value.fault is Fault.NOT_SIGNED
    from volunteer.kernel.keys import Key, KeyRing

    other = verifier_keys(KeyRing((Key("other", b"s" * 32),)), known[0].origin)[0]
    with pytest.raises(BadRecord) as refused:
        check_record(json.dumps(taken).encode(), [read_key(other)])
    assert refused.value.fault is Fault.NOT_SIGNED


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format":1,"format":2}', b"[" * 100_000])
def test_what_is_no_record_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(BadRecord) as refused:
        check_record(data, [])
    assert refused.value.fault is Fault.UNREADABLE


def test_before_the_first_checkpoint_everything_waits_and_is_signed_all_the_same(
    app: Flask, browser: Browser, scene: Scene
) -> None:
    data = take(browser.sign_in(scene.volunteer.account_id), scene)
    held = check_record(data, [read_key(vkey(app))])
    assert (held.services, held.minutes, held.minutes_not_in_tree_yet, held.checkpoint) == (0, 0, 120, None)


def test_stars_are_proven_and_told_as_their_leaves_tell_them(app: Flask, browser: Browser, scene: Scene) -> None:
    for days_ago in range(10, 19):
        scene.serve(days_ago, minutes=720)
    with app.app_context():
        settle_due()
        db.session.commit()
    grow(app)
    record = json.loads(take(browser.sign_in(scene.volunteer.account_id), scene))
    known = [read_key(vkey(app))]
    assert [(star["level"], star["hours"]) for star in record["stars"]] == [(1, 100)]
    check_record(signed_anew(app, record), known)
    record["stars"][0]["level"] = 5
    with pytest.raises(BadRecord) as refused:
        check_record(signed_anew(app, record), known)
    assert (refused.value.fault, refused.value.where) == (Fault.NOT_PROVEN, record["stars"][0]["id"])
    path = f"/records/{scene.volunteer.public_id}"
    assert "一星志愿者" in browser.get(path).get_data(as_text=True)
    assert "一星志愿者" in browser.client.post(f"{path}/take", data={"kind": "html"}).get_data(as_text=True)


def test_the_city_signs_for_nothing_that_was_put_in_beside_the_program(
    app: Flask, browser: Browser, scene: Scene, taken: Record
) -> None:
    with app.app_context():
        real = db.session.get_one(Entry, scene.entry_id)
        columns = {column.name: getattr(real, column.key) for column in Entry.__table__.columns}
        forged = {**columns, "public_id": "f" * 20, "minutes": 600, "seal": real.seal}
        del forged["id"]
        db.session.execute(insert(Entry).values(**forged))
        db.session.commit()
    record = json.loads(take(browser, scene))
    assert "f" * 20 not in json.dumps(record)
    assert record["totals"] == taken["totals"]
    grow(app)
    assert "f" * 20 not in take(browser, scene).decode()


def test_the_page_is_one_file_without_scripts_and_the_paper_is_chinese(
    app: Flask, browser: Browser, scene: Scene, taken: Record
) -> None:
    path = f"/records/{scene.volunteer.public_id}/take"
    page = browser.client.post(path, data={"kind": "html"}).get_data(as_text=True)
    assert "龚䶮" in page
    for needs in ("<script", "src=", "href=", "url("):
        assert needs not in page
    paper = browser.post(path, {"kind": "pdf"}, expect=200).get_data()
    words = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper)).pages)
    assert "龚䶮" in words
    assert "周末清洁护城河" in words


def test_only_the_account_takes_it_and_not_without_end(app: Flask, browser: Browser, scene: Scene) -> None:
    path = f"/records/{scene.volunteer.public_id}/take"
    for account in (scene.stranger.account_id, scene.keeper, scene.cast.office()):
        Browser(app).sign_in(account).post(path, {"kind": "json"}, expect=404)
    browser.sign_in(scene.volunteer.account_id).post(path, {"kind": "exe"}, expect=422)
    for _ in range(TAKING_LIMIT.most):
        take(browser, scene)
    browser.post(path, {"kind": "json"}, expect=422)


def test_who_was_erased_has_no_record_to_take(app: Flask, browser: Browser, scene: Scene) -> None:
    with app.app_context():
        volunteer = db.session.merge(scene.volunteer)
        volunteer.erased_at = clock.now()
        volunteer.relation = Relation.SELF
        db.session.commit()
    path = f"/records/{scene.volunteer.public_id}/take"
    response = browser.sign_in(scene.volunteer.account_id).client.post(path, data={"kind": "json"})
    assert response.status_code in (404, 422)
    assert b"leaf" not in response.get_data()
