"""Names of people: every character of GB 18030, bent ones repaired, all others refused by name."""

import re
import unicodedata

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.widths import narrow

LONGEST_NAME = 50
MIDDLE_DOT = "\u00b7"

# GBK row FE50-FEA0 lived at U+E815-U+E864 until Unicode took its characters in; GB 18030-2022 has moved all of them.
_GBK_ROW = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌"
    "龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
_PRIVATE_USE = {0xE815 + place: character for place, character in enumerate(_GBK_ROW)} | {0xE7C7: "ḿ", 0xE7C8: "ǹ"}
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF))
_VARIANTS = {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x2010: "-", 0x2011: "-", 0x2013: "-"}
_DOTS = dict.fromkeys((0x30FB, 0xFF65, 0x2022, 0x2027, 0x2219, 0x22C5, 0x16EB), MIDDLE_DOT)
_HAN_RANGES = (
    (0x3007, 0x3007),
    (0x2E80, 0x2EF3),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAD9),
    (0x20000, 0x2EE5D),
    (0x2F800, 0x2FA1D),
    (0x30000, 0x33479),
)
_HAN = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _HAN_RANGES) + "]"
_FULL_STOP_BETWEEN_HAN = re.compile(rf"(?<={_HAN}) *\. *(?={_HAN})")
_SPACE_BETWEEN_HAN = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_DOT_RUN = re.compile(rf" *{MIDDLE_DOT}[ {MIDDLE_DOT}]*")
_PUNCTUATION = frozenset(f"{MIDDLE_DOT}-'. \u0f0b")
_MOST_MARKS = 3


def check_name(typed: str, *, field: str = "name") -> str:
    """Return a person's name in the form in which it is kept (1 to 50 code points), or raise Invalid.

    Repaired: private-use code points of GBK, every form of the dot in 阿卜杜·热西提 (kept as U+00B7), full-width
    letters, spaces inside 张 三, radicals copied out of a PDF. Anything else is refused with its name.
    """
    if len(typed.strip()) > 4 * LONGEST_NAME:
        raise _too_long(typed, field)
    name = _tidy(typed)
    if not name:
        raise Invalid(N_("请填写姓名"), field=field)
    for character in name:
        _check_character(character, field)
    _check_ends(name, field)
    if len(name) > LONGEST_NAME:
        raise _too_long(name, field)
    return name


# Stands in the place of a name that was erased.
ERASED_NAME = "已注销"


def mask_name(name: str) -> str:
    """Return a name as strangers see it: the first character and one or two stars (张*, 欧**, J**)."""
    if name == ERASED_NAME:
        return name
    return name[:1] + "*" * min(2, len(name) - 1) if len(name) > 1 else "*" * len(name)


def repair_private_use(text: str) -> str:
    """Return `text` with the private-use code points that stood for GBK characters as those characters."""
    return text.translate(_PRIVATE_USE)


def is_han(character: str) -> bool:
    """Return whether a character is a Chinese one, on any plane, also where Python's own tables are older."""
    return any(first <= ord(character) <= last for first, last in _HAN_RANGES)


def code_point(character: str) -> str:
    """Return a character's code point as it is written: U+4E00."""
    return f"U+{ord(character):04X}"


def _tidy(typed: str) -> str:
    text = repair_private_use(typed.translate(_UNSEEN)).translate(_VARIANTS).translate(_DOTS)
    text = "".join(_from_radical(character) for character in unicodedata.normalize("NFC", narrow(text)))
    text = re.sub(r"[^\S\r\n\x1c-\x1f]+", " ", text).strip()
    text = _FULL_STOP_BETWEEN_HAN.sub(MIDDLE_DOT, text)
    return _SPACE_BETWEEN_HAN.sub("", _DOT_RUN.sub(MIDDLE_DOT, text).lstrip())


def _from_radical(character: str) -> str:
    return unicodedata.normalize("NFKC", character) if "\u2f00" <= character <= "\u2fdf" else character


def _check_character(character: str, field: str) -> None:
    if is_han(character) or character in _PUNCTUATION:
        return
    category = unicodedata.category(character)
    if category[0] in "LM":
        return
    if category == "Co":
        raise Invalid(
            N_("姓名里有一个没有统一编码的字（%(code)s），请用输入法重新打这个字"),
            field=field,
            code=code_point(character),
        )
    if category[0] in "CZ":
        raise Invalid(N_("姓名里有看不见的字符（%(code)s），请删掉重填"), field=field, code=code_point(character))
    if category == "Nd":
        raise Invalid(N_("姓名里不能有数字 %(character)s"), field=field, character=character)
    raise Invalid(N_("姓名里不能有 %(character)s"), field=field, character=character)


def _check_ends(name: str, field: str) -> None:
    if name[0] in _PUNCTUATION or unicodedata.category(name[0])[0] == "M":
        raise Invalid(N_("姓名不能以 %(character)s 开头"), field=field, character=name[0])
    if name[-1] in {MIDDLE_DOT, "-"}:
        raise Invalid(N_("姓名不能以 %(character)s 结尾"), field=field, character=name[-1])
    if _longest_run_of_marks(name) > _MOST_MARKS:
        raise Invalid(N_("姓名里叠加的符号太多，请照证件上的填"), field=field)


def _longest_run_of_marks(name: str) -> int:
    longest = run = 0
    for character in name:
        run = run + 1 if unicodedata.category(character)[0] == "M" else 0
        longest = max(longest, run)
    return longest


def _too_long(name: str, field: str) -> Invalid:
    return Invalid(
        N_("姓名最多 %(most)s 个字，现在是 %(count)s 个"), field=field, most=LONGEST_NAME, count=len(name.strip())
    )
