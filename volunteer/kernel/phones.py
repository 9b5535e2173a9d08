"""Mobile phone numbers of the mainland."""

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.widths import compact

_LONGEST_TYPED = 40
_BRACKETS = str.maketrans("", "", "().")


def check_phone(typed: str, *, field: str = "phone") -> str:
    """Return the 11 digits of a mobile number, or raise Invalid.

    Full-width digits, spaces, dashes and the prefixes +86, 0086 and 86 are accepted.
    """
    number = compact(typed[: _LONGEST_TYPED + 1]).translate(_BRACKETS)
    if not number:
        raise Invalid(N_("请填写手机号"), field=field)
    digits = _without_country(number)
    if strange := next((character for character in digits if character not in "0123456789"), None):
        raise Invalid(N_("手机号里只能有数字，不能有 %(character)s"), field=field, character=_shown(strange))
    if len(digits) != 11:
        raise Invalid(N_("手机号是 11 位数字，现在是 %(count)s 位"), field=field, count=_count(typed, digits))
    if digits[0] != "1" or digits[1] in "012":
        raise Invalid(N_("手机号要以 13 到 19 开头，请再核对一遍"), field=field)
    return digits


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle starred: 138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 else "*" * len(phone)


def _without_country(number: str) -> str:
    for prefix in ("+86", "0086"):
        if number.startswith(prefix):
            return number.removeprefix(prefix)
    return number[2:] if len(number) == 13 and number.startswith("86") else number


def _count(typed: str, digits: str) -> int:
    return len(typed) if len(typed) > _LONGEST_TYPED else len(digits)


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
