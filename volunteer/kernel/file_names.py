"""Names of files, ours and strangers', so that every file system and every header takes them. Pure."""

import unicodedata

_REFUSED = frozenset('<>:"/\\|?*')
_LONGEST_BYTES = 120
_LONGEST_ENDING = 8


def safe_name(*parts: str) -> str:
    """Return `parts` joined by "-" as a file name that every file system takes and that leads nowhere.

    No control and direction marks, no separators, no dot or space at an end, at most 120 bytes in UTF-8. The first
    part has to be plain: a name of letters alone could be one that Windows keeps for itself.
    """
    text = unicodedata.normalize("NFC", "-".join(parts))
    kept = "".join("_" if character in _REFUSED else character for character in text if _is_harmless(character))
    cut = kept.encode("utf-8", "ignore")[:_LONGEST_BYTES].decode("utf-8", "ignore")
    return " ".join(cut.split()).strip(" .") or "_"


def safe_file_name(name: str) -> str:
    """Return a whole file name made safe; however long it is, its ending stays."""
    stem, ending = split_name(name)
    return f"{safe_name(stem)}.{ending}" if ending else safe_name(name)


def split_name(name: str) -> tuple[str, str]:
    """Return a file name's stem and its ending without the dot; "" where what follows the last dot is none."""
    stem, dot, ending = name.rpartition(".")
    is_ending = dot and ending.isascii() and ending.isalnum() and len(ending) <= _LONGEST_ENDING
    return (stem, ending) if is_ending else (name, "")


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
