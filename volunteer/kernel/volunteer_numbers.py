"""The volunteer number, a person's public identity: V, six digits of area, year and month, six of serial, a check.

The check character is that of GB 32100 (weights 3^n modulo 31; the alphabet has no I, O, S, V, Z): it finds every
wrong character and every two exchanged ones. Our decision.
"""

import re
from datetime import date

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.widths import compact

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NUMBER_LENGTH = 18
LARGEST_SERIAL = 999_999
_LONGEST_TYPED = 60
_SHAPE = re.compile(rf"V[0-9]{{6}}[0-9]{{2}}(?:0[1-9]|1[0-2])[0-9]{{6}}[{ALPHABET}]")


def number_prefix(area_code: str, on: date) -> str:
    """Return what all numbers given in one county or district (6 digits) and month begin with."""
    if not re.fullmatch("[0-9]{6}", area_code):
        raise ValueError("a volunteer number begins with the six digits of a county or district")
    return f"V{area_code}{on:%y%m}"


def make_volunteer_number(area_code: str, on: date, serial: int) -> str:
    """Return the number of the `serial`-th volunteer (1 to 999999) of a county or district in the month of `on`."""
    if not 1 <= serial <= LARGEST_SERIAL:
        raise ValueError("a serial runs from 1 to 999999")
    body = f"{number_prefix(area_code, on)}{serial:06d}"
    return body + check_character(body[1:])


def check_volunteer_number(typed: str, *, field: str = "number") -> str:
    """Return a volunteer number as it is kept, or raise Invalid; small letters, O for 0 and I for 1 are mended."""
    number = compact(typed[: _LONGEST_TYPED + 1]).upper().replace("O", "0").replace("I", "1")
    if not number:
        raise Invalid(N_("请填写志愿者编号"), field=field)
    if len(number) != NUMBER_LENGTH:
        raise Invalid(N_("志愿者编号是 V 开头的 18 位，请照志愿者卡再核对一遍"), field=field)
    if not _SHAPE.fullmatch(number) or check_character(number[1:-1]) != number[-1]:
        raise Invalid(N_("志愿者编号不对，请照志愿者卡再核对一遍"), field=field)
    return number


def check_character(digits: str) -> str:
    """Return the check character of the 16 digits between the V and it."""
    total = sum(ALPHABET.index(digit) * pow(3, place, 31) for place, digit in enumerate(digits))
    return ALPHABET[-total % 31]
