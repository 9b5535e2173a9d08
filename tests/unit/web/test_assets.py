"""Third-party assets are copied once under names that change with their content; our own addresses do the same."""

import gzip
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from fontTools.ttLib import TTFont

from tests.paper import build_font
from volunteer.kernel.categories import ServiceCategory
from volunteer.web import assets

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose npm brings every file of the white list; counts its runs in `npm-runs`."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "static").mkdir()

    def install(command: list[str], *, cwd: Path, **_options: object) -> None:
        assert command[1] == "ci"
        with (cwd / "npm-runs").open("a") as runs:
            runs.write("x")
        for item in assets.WHITE_LIST:
            target = cwd / "node_modules" / item.source
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".woff":
                _wrap_font(target)
            else:
                target.write_text(f"/* {item.name} */" * 20)

    monkeypatch.setattr(subprocess, "run", install)
    return tmp_path


def _wrap_font(target: Path) -> None:
    with TTFont(build_font(target.with_suffix(".ttf"), "志愿")) as font:
        font.flavor = "woff"
        font.save(target)


def silent(_words: str) -> None:
    """Hear nothing."""


def npm_runs(project: Path) -> int:
    return len((project / "npm-runs").read_text())


def test_everything_on_the_white_list_is_copied_and_nothing_else(project: Path) -> None:
    manifest = assets.build(project, progress=silent)
    vendor = project / "static" / "vendor"
    assert set(manifest.files) == {item.name for item in assets.WHITE_LIST}
    expected = {*manifest.files.values(), "manifest.json"}
    copied = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert {path for path in copied if not path.endswith((".br", ".gz"))} == expected


def test_texts_have_compressed_siblings_and_fonts_have_none(project: Path) -> None:
    manifest = assets.build(project, progress=silent)
    vendor = project / "static" / "vendor"
    style = vendor / manifest.files["bootstrap.css"]
    assert brotli.decompress(style.with_name(style.name + ".br").read_bytes()) == style.read_bytes()
    assert gzip.decompress(style.with_name(style.name + ".gz").read_bytes()) == style.read_bytes()
    font = vendor / manifest.files["fonts/noto-serif-sc-regular.ttf"]
    assert not font.with_name(font.name + ".br").exists()


def test_a_web_font_is_kept_as_the_true_type_that_it_wraps(project: Path) -> None:
    vendor = project / "static" / "vendor"
    name = assets.build(project, progress=silent).files["fonts/lxgw-wenkai-medium.ttf"]
    with TTFont(vendor / name) as font:
        assert font.flavor is None
        assert set(font.getBestCmap()) == set(map(ord, "志愿"))
    (vendor / name).unlink()
    assert assets.build(project, progress=silent).files["fonts/lxgw-wenkai-medium.ttf"] == name


def test_a_second_build_returns_at_once(project: Path) -> None:
    first = assets.build(project, progress=silent)
    assert assets.build(project, progress=silent) == first
    assert npm_runs(project) == 1


def test_a_changed_lock_builds_again(project: Path) -> None:
    assets.build(project, progress=silent)
    (project / "package-lock.json").write_text('{"changed": true}')
    assets.build(project, progress=silent)
    assert npm_runs(project) == 2


def test_a_lost_file_builds_again(project: Path) -> None:
    manifest = assets.build(project, progress=silent)
    (project / "static" / "vendor" / manifest.files["htmx.js"]).unlink()
    assets.build(project, progress=silent)
    assert npm_runs(project) == 2


def test_a_damaged_manifest_counts_as_none(tmp_path: Path) -> None:
    for damage in ("", "[]", '{"stamp": "x"}', "{"):
        (tmp_path / "manifest.json").write_text(damage)
        assert assets.read_manifest(tmp_path) == assets.Manifest()


def test_progress_is_told_in_words(project: Path) -> None:
    told: list[str] = []
    assets.build(project, progress=told.append)
    assert told == ["installing third-party assets with npm", "copying third-party assets"]


def test_a_machine_without_npm_gets_one_into_the_virtual_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr("shutil.which", lambda _name, path=None: None)
    install = subprocess.run

    def note(command: list[str], **options: Any) -> None:
        commands.append(command)
        if "ci" in command:
            install(command, **options)

    monkeypatch.setattr(subprocess, "run", note)
    told: list[str] = []
    assets.build(project, progress=told.append)
    assert commands[0][1:] == ["-m", "pip", "install", "--quiet", assets.NODE_WHEEL]
    assert told[0].startswith("npm is not here")


def test_a_third_party_file_is_found_by_our_name(project: Path) -> None:
    manifest = assets.build(project, progress=silent)
    static = project / "static"
    assert assets.locate("bootstrap.css", static) == (f"vendor/{manifest.files['bootstrap.css']}", "")
    font = "fonts/noto-serif-sc-bold.ttf"
    assert assets.vendor_path(font, static) == static / "vendor" / manifest.files[font]


def test_our_own_file_carries_a_version_that_follows_its_content(tmp_path: Path) -> None:
    own = tmp_path / "own.css"
    own.write_text("a{}")
    path, before = assets.locate("own.css", tmp_path)
    own.write_text("b{color:red}")
    assert path == "own.css"
    assert assets.locate("own.css", tmp_path)[1] != before


def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        assets.locate("no-such.css", tmp_path)
    with pytest.raises(FileNotFoundError, match="flask assets build"):
        assets.vendor_path("fonts/noto-serif-sc-bold.ttf", tmp_path)


def test_pages_render_before_the_assets_are_built(tmp_path: Path) -> None:
    assert assets.locate("bootstrap.css", tmp_path) == ("vendor/bootstrap.css", "")


def test_an_address_carries_the_version() -> None:
    app = Flask("look", static_folder=str(ROOT / "static"), static_url_path="/static")
    with app.test_request_context():
        version = assets.locate("css/theme.css")[1]
        assert assets.asset_url("css/theme.css") == f"/static/css/theme.css?v={version}"


def test_the_lock_pins_every_version_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    wanted = json.loads((ROOT / "package.json").read_text())
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
    assert "http" not in "".join(entry.get("resolved", "") for entry in lock["packages"].values())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
        assert version[0].isdigit()


def test_every_icon_that_a_page_may_name_is_in_the_sprite_once() -> None:
    sprite = (ROOT / "static" / "img" / "icons.svg").read_text(encoding="utf-8")
    names = [part.split('"')[0] for part in sprite.split('<symbol id="')[1:]]
    assert len(names) == len(set(names))
    assert {"calendar", "ticket", "qr", "person", "check", "alert", "close", "clock"} <= set(names)


@pytest.mark.parametrize("category", ServiceCategory)
def test_every_kind_of_service_has_its_drawing(category: ServiceCategory) -> None:
    assert (ROOT / "static" / "img" / "themes" / f"{category}.svg").is_file()
    listed = (ROOT / "templates" / "components" / "theme_picture.html").read_text(encoding="utf-8")
    assert f'"{category}"' in listed


class TestOwnTexts:
    @pytest.fixture
    def style(self, tmp_path: Path) -> Path:
        path = tmp_path / "css" / "theme.css"
        path.parent.mkdir()
        path.write_text("p { margin: 0 }\n" * 50)
        return path

    def test_have_siblings_that_hold_the_same(self, style: Path, tmp_path: Path) -> None:
        assets.compress_own(tmp_path)
        assert brotli.decompress(style.with_name("theme.css.br").read_bytes()) == style.read_bytes()
        assert gzip.decompress(style.with_name("theme.css.gz").read_bytes()) == style.read_bytes()
        assert assets.is_fresh(style.with_name("theme.css.br").stat(), style.stat())

    def test_a_changed_file_is_compressed_anew_and_an_unchanged_one_is_left(self, style: Path, tmp_path: Path) -> None:
        assets.compress_own(tmp_path)
        sibling = style.with_name("theme.css.br")
        before = sibling.stat().st_ino
        assets.compress_own(tmp_path)
        assert sibling.stat().st_ino == before
        style.write_text("h1 { margin: 0 }\n" * 50)
        os.utime(style, (1, 1))
        assert not assets.is_fresh(sibling.stat(), style.stat())
        assets.compress_own(tmp_path)
        assert brotli.decompress(sibling.read_bytes()) == style.read_bytes()

    def test_go_with_the_file_that_left(self, style: Path, tmp_path: Path) -> None:
        assets.compress_own(tmp_path)
        style.unlink()
        assets.compress_own(tmp_path)
        assert list(style.parent.iterdir()) == []

    def test_what_does_not_gain_has_none(self, tmp_path: Path) -> None:
        (tmp_path / "tiny.css").write_text("p{}")
        (tmp_path / "picture.png").write_bytes(bytes(5000))
        assets.compress_own(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"tiny.css", "picture.png"}
