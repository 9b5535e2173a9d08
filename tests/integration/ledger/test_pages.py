"""What everybody may see: the page, the notes, the feed, the tiles, and proofs that an outside keeper checks."""

from base64 import b64decode
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask

from models.base import db
from models.ledger import LedgerDue, LedgerTile
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger
from tests.factories.tree import grow_tree
from volunteer.kernel.errors import Conflict
from volunteer.ledger import queries
from volunteer.ledger.export import export_tree
from volunteer.ledger.rules import LeafKind
from volunteer.verifier.tree import verify_consistency

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def ledger(app: Flask, cast: Cast) -> Ledger:
    return Ledger(app, cast)


def grow(app: Flask, ledger: Ledger, count: int, *, month: int = 1) -> None:
    """Take in `count` more rows and sign; the first time they open the tree, later ones are sealed by nobody."""
    person = ledger.volunteer("420602001001")
    for day in range(1, count + 1):
        ledger.serve(person, date(2026, month, day))
    with app.app_context():
        grow_tree()


def test_before_the_first_checkpoint_the_page_says_so(browser: Browser) -> None:
    assert "还没有签过存证点" in browser.get("/ledger/").get_data(as_text=True)
    browser.get("/ledger/checkpoint", expect=404)
    browser.get("/ledger/checkpoints.atom")
    assert browser.get("/ledger/keys.txt").get_data(as_text=True).startswith("localhost/ledger+")


def test_the_page_shows_the_note_that_is_sent(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 3)
    note = browser.get("/ledger/checkpoint").get_data(as_text=True)
    page = browser.get("/ledger/").get_data(as_text=True)
    assert note.startswith("localhost/ledger\n4\n")
    assert note.splitlines()[2] in page
    assert "4 条" in page
    assert browser.get("/ledger/checkpoints/4").get_data(as_text=True) == note
    browser.get("/ledger/checkpoints/3", expect=404)
    browser.get("/ledger/checkpoints/99999999999999999999999", expect=404)


def test_what_a_keeper_kept_is_compared_however_it_was_pasted(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 3)
    note = browser.get("/ledger/checkpoint").get_data(as_text=True)
    for pasted in (note, note.replace("\n", "\r\n"), "\n  " + note.replace("\n\n", "\n") + "  "):
        assert "对得上" in browser.get("/ledger/", query_string={"note": pasted}).get_data(as_text=True)
    for forged in (note.replace("\n4\n", "\n3\n"), "随便写的", note.splitlines()[0], "— \n" * 40, "<script>"):
        page = browser.get("/ledger/", query_string={"note": forged}).get_data(as_text=True)
        assert "这不是本平台签的存证点" in page


def test_a_rewritten_past_is_told_to_who_kept_a_checkpoint(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 3)
    note = browser.get("/ledger/checkpoint").get_data(as_text=True)
    with app.app_context():
        tile = db.session.get_one(LedgerTile, (0, 0))
        is_sqlite = db.engine.dialect.name == "sqlite"
        guard = "ledger_tile_refuses_change" if is_sqlite else "ledger_tile_only_grows ON ledger_tile"
        db.session.execute(db.text(f"DROP TRIGGER {guard}"))
        tile.hashes = bytes(32) + tile.hashes[32:]
        db.session.commit()
    page = browser.get("/ledger/", query_string={"note": note}).get_data(as_text=True)
    assert "和现在的前 4 条不一样" in page
    assert browser.get("/readyz", expect=503).json["wrong"].count("ledger_mark") == 1


def test_consistency_is_proved_and_bad_sizes_are_told(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 5)
    proof = browser.get("/ledger/consistency?from=3&to=6").json
    path = [b64decode(one) for one in proof["path"]]
    with app.app_context():
        old, new = queries.tree_of(3).root(), queries.tree_of(6).root()
    assert verify_consistency(3, 6, path, old, new)
    for wrong in ("", "?from=3", "?from=0&to=6", "?from=7&to=6", "?from=1&to=7", "?from=-1&to=6", "?from=1&to=1e9"):
        assert browser.get(f"/ledger/consistency{wrong}", expect=400).json["error"]
    browser.get(f"/ledger/consistency?from=1&to={'9' * 40}", expect=400)
    browser.get("/ledger/consistency?from=３&to=6", expect=400)


def test_tiles_are_sent_as_far_as_they_grew(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 3)
    with app.app_context():
        hashes = queries.read_tile(0, 0)
    assert browser.get("/ledger/tile/0/000.p/4").data == hashes
    assert browser.get("/ledger/tile/0/000.p/2").data == hashes[:64]
    for wrong in ("0/000", "0/000.p/5", "0/000.p/0", "0/000.p/256", "0/001.p/1", "0/0", "0/x000/000.p/4", "9/000.p/1"):
        browser.get(f"/ledger/tile/{wrong}", expect=404)
    browser.get("/ledger/tile/0/" + "x999/" * 9 + "999", expect=404)


def test_the_feed_carries_every_checkpoint(app: Flask, browser: Browser, ledger: Ledger) -> None:
    grow(app, ledger, 3)
    feed = ElementTree.fromstring(browser.get("/ledger/checkpoints.atom").data)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["4"]
    assert entries[0].findtext(f"{ATOM}content") == browser.get("/ledger/checkpoint").get_data(as_text=True)


def test_only_certificates_are_sent_of_the_signers_folder(app: Flask, browser: Browser) -> None:
    folder: Path = app.config["SETTINGS"].signer
    folder.mkdir(parents=True, exist_ok=True)
    one = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    kept = (folder / "chain.pem").read_text() if (folder / "chain.pem").exists() else None
    try:
        name = "friendlyName: 襄阳市文明办"  # As an authority's tool writes it around the certificate.
        (folder / "chain.pem").write_text(
            f"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n{name}\n{one}\n", encoding="utf-8"
        )
        sent = browser.get("/ledger/signer.pem").get_data(as_text=True)
    finally:
        (folder / "chain.pem").write_text(kept) if kept is not None else (folder / "chain.pem").unlink()
    assert sent == one + "\n"


def test_readiness_knows_the_tree(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not {"ledger", "ledger_mark"} & set(browser.get("/readyz", expect=503).json["wrong"])
    with app.app_context():
        db.session.add_all(LedgerDue(kind=LeafKind.ENTRY, row_id=row) for row in range(3))
        db.session.commit()
    monkeypatch.setattr("volunteer.ledger.health.MOST_DUE", 3)
    assert "ledger" in browser.get("/readyz", expect=503).json["wrong"]


def test_the_export_is_the_layout_of_others_and_is_never_written_over(
    app: Flask, ledger: Ledger, tmp_path: Path
) -> None:
    with app.app_context(), pytest.raises(Conflict):
        export_tree(tmp_path)
    grow(app, ledger, 3)
    with app.app_context():
        assert export_tree(tmp_path) == (4, 2)
        assert export_tree(tmp_path) == (4, 0)
        assert (tmp_path / "tile/0/000.p/4").read_bytes() == queries.read_tile(0, 0)
        assert (tmp_path / "checkpoint").read_text() == (tmp_path / "checkpoints/4").read_text()
        (tmp_path / "checkpoint").write_text("somebody else's\n9\n")
        with pytest.raises(Conflict):
            export_tree(tmp_path)
        assert (tmp_path / "checkpoint").read_text() == "somebody else's\n9\n"


def test_signing_by_command_tells_what_was_refused(app: Flask, ledger: Ledger) -> None:
    grow(app, ledger, 2)
    ledger.serve(ledger.volunteer("420602001002"), date(2026, 5, 5), 600)
    done = app.test_cli_runner().invoke(args=["ledger", "sign"])
    assert done.exit_code == 0
    assert "3 leaves" in done.output
    assert "the row has no seal" in done.output
    assert app.test_cli_runner().invoke(args=["ledger", "key"]).output.startswith("localhost/ledger+")
