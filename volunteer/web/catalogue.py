"""The English catalogue: extracted from the sources, kept complete by a test, compiled where it is needed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "volunteer" / "web" / "translations"
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def compile_all(translations: Path = TRANSLATIONS) -> int:
    """Compile every catalogue that is newer than what was compiled of it; return how many were."""
    count = 0
    for source in sorted(translations.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with target.open("wb") as file:
            write_mo(file, read_catalogue(source))
        count += 1
    return count


def read_catalogue(source: Path) -> Catalog:
    """Return the catalogue kept in the file `source`."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parents[1].name)


def texts_in_sources(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Give every text for people in the sources, with the file that speaks it, in the order of files."""
    mappings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    for mapping in mappings:
        patterns = mapping["pattern"] if isinstance(mapping["pattern"], list) else [mapping["pattern"]]
        found = extract_from_dir(
            root,
            [(pattern, mapping["method"]) for pattern in patterns],
            keywords=KEYWORDS,
            directory_filter=lambda folder: Path(folder).name not in {".venv", "node_modules", "build", ".git"},
        )
        for filename, _line, message, *_rest in found:
            for text in message if isinstance(message, tuple) else (message,):
                yield text, filename
