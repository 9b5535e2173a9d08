"""What an installation refuses to start with."""

import json
from pathlib import Path

import pytest

from config import KEY_PURPOSES, SIGNER_FILES, UnsafeSettings, complete_keys, load_settings, write_keys


def rings_in(folder: Path) -> tuple[dict[str, str], dict[str, list[dict[str, str]]]]:
    file = folder / "keys.json"
    write_keys(file)
    environ = {"ZHIYUANTAI_INSTANCE": str(folder), "ZHIYUANTAI_KEYS": str(file)}
    return environ, json.loads(file.read_text())


def load_with(environ: dict[str, str], rings: dict[str, list[dict[str, str]]]) -> None:
    Path(environ["ZHIYUANTAI_KEYS"]).write_text(json.dumps(rings))
    load_settings(environ)


def second_key(folder: Path) -> dict[str, str]:
    folder.mkdir()
    return {**rings_in(folder)[1]["index"][0], "id": "k2"}


def test_a_second_key_of_the_index_would_hide_every_document(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    rings["index"].insert(0, second_key(tmp_path / "other"))
    with pytest.raises(UnsafeSettings, match="index"):
        load_with(environ, rings)


def test_other_rings_may_hold_the_key_before(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    rings["document"].insert(0, second_key(tmp_path / "other"))
    load_with(environ, rings)


def test_two_purposes_never_share_a_key(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    rings["claim"] = rings["code"]
    with pytest.raises(UnsafeSettings, match="share a key"):
        load_with(environ, rings)


def test_a_key_that_a_newer_version_asks_for_is_added_and_the_others_stay(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    file = Path(environ["ZHIYUANTAI_KEYS"])
    kept = {purpose: rings[purpose] for purpose in KEY_PURPOSES if purpose != "ledger"}
    file.write_text(json.dumps(kept))
    assert complete_keys(file) == ("ledger",)
    completed = json.loads(file.read_text())
    assert {purpose: completed[purpose] for purpose in kept} == kept
    assert complete_keys(file) == ()
    assert file.stat().st_mode & 0o077 == 0


def test_production_never_makes_up_a_key_by_itself(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    with pytest.raises(UnsafeSettings, match="flask keys complete"):
        load_with({**environ, "ZHIYUANTAI_ENV": "production"}, {"cookie": rings["cookie"]})


def test_production_needs_what_signs_documents(tmp_path: Path) -> None:
    environ, rings = rings_in(tmp_path)
    environ |= {
        "ZHIYUANTAI_ENV": "production",
        "ZHIYUANTAI_PUBLIC_URL": "https://zhiyuantai.example",
        "ZHIYUANTAI_HOSTS": "zhiyuantai.example",
        "ZHIYUANTAI_SIGNER": str(tmp_path / "signer"),
    }
    with pytest.raises(UnsafeSettings, match="make-signer"):
        load_with(environ, rings)
    (tmp_path / "signer").mkdir()
    for name in SIGNER_FILES:
        (tmp_path / "signer" / name).touch()
    load_with(environ, rings)
