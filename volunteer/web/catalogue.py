"""The English catalogue: extracted from the sources, kept complete by a test, compiled where it is needed."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

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


def update_all(translations: Path = TRANSLATIONS) -> dict[str, list[str]]:
    """Bring every catalogue to what the sources say: new texts empty, unsaid ones gone; return the empty by language.

    Entries stand by file without line numbers and the header holds no times, so a catalogue changes with its texts.
    """
    files = files_by_text()
    empty = {}
    for source in sorted(translations.glob("*/LC_MESSAGES/messages.po")):
        said = {str(message.id): str(message.string) for message in read_catalogue(source)}
        write_catalogue(source, {text: said.get(text, "") for text in files}, files)
        empty[source.parents[1].name] = [text for text in files if not said.get(text)]
    return empty


def write_catalogue(target: Path, translations: Mapping[str, str], files: Mapping[str, list[str]]) -> None:
    """Write `translations` (text to translation) to `target`; `files` says which files speak a text."""
    catalogue = Catalog(locale=target.parents[1].name)
    for text, translation in translations.items():
        catalogue.add(text, translation, locations=[(file, 0) for file in files[text]])
    header = _HEADER.format(language=catalogue.locale_identifier, plural_forms=catalogue.plural_forms)
    with target.open("wb") as file:
        file.write(header.encode())
        write_po(file, catalogue, width=120, omit_header=True, sort_by_file=True, include_lineno=False)


_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


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


def files_by_text(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the files that speak each text, in the order of files."""
    found: dict[str, list[str]] = {}
    for text, file in sorted(texts_in_sources(root), key=lambda pair: pair[1]):
        files = found.setdefault(text, [])
        if file not in files:
            files.append(file)
    return found
