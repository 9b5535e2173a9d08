"""Identity documents: each kind's own check, and a mask instead of the number wherever one is shown.

The address part of a number is never compared with a list of areas: areas change, numbers do not.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_, Words
from volunteer.kernel.widths import compact

FIELD = "document_number"
EARLIEST_BIRTH_YEAR = 1900
_LONGEST_TYPED = 60


class DocumentKind(StrEnum):
    """What a person proves their identity with."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE = "hmt_residence"
    FOREIGN_PERMANENT = "foreign_permanent"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"

    @property
    def label(self) -> str:
        """The kind's name, for the catalogue."""
        return DOCUMENT_LABELS[self]


DOCUMENT_LABELS = {
    DocumentKind.RESIDENT_ID: N_("居民身份证"),
    DocumentKind.HMT_RESIDENCE: N_("港澳台居民居住证"),
    DocumentKind.FOREIGN_PERMANENT: N_("外国人永久居留身份证"),
    DocumentKind.HK_MACAO_PERMIT: N_("港澳居民来往内地通行证"),
    DocumentKind.TAIWAN_PERMIT: N_("台湾居民来往大陆通行证"),
    DocumentKind.PASSPORT: N_("护照"),
}


class Gender(StrEnum):
    """As the documents of the mainland record it."""

    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return GENDER_LABELS[self]


GENDER_LABELS = {Gender.MALE: N_("男"), Gender.FEMALE: N_("女")}


@dataclass(frozen=True, slots=True, repr=False)
class CheckedDocument:
    """A number that passed its check, in the one form in which it is compared.

    `birth_on` and `gender` are what the number says, None where it says nothing. `str` and `repr` show the mask.
    """

    kind: DocumentKind
    number: str
    birth_on: date | None = None
    gender: Gender | None = None

    @property
    def mask(self) -> str:
        """The number as it may be shown."""
        return mask_document(self.number)

    def __str__(self) -> str:
        return self.mask

    def __repr__(self) -> str:
        return f"CheckedDocument({self.kind.value}, {self.mask})"


def check_document(kind: DocumentKind, typed: str, today: date) -> CheckedDocument:
    """Return the checked document of a kind, or raise Invalid on the field "document_number".

    Full-width digits, a small x, spaces and dashes are accepted. `today` bounds the date of birth.
    """
    if len(typed) > _LONGEST_TYPED:
        raise _invalid(N_("证件号码太长，请只填号码"))
    number = compact(typed).upper()
    if not number:
        raise _invalid(N_("请填写证件号码"))
    match kind:
        case DocumentKind.RESIDENT_ID | DocumentKind.HMT_RESIDENCE:
            return _check_eighteen(kind, number, today)
        case DocumentKind.FOREIGN_PERMANENT:
            return _check_foreign_permanent(number, today)
        case DocumentKind.HK_MACAO_PERMIT:
            return _check_hk_macao_permit(number)
        case DocumentKind.TAIWAN_PERMIT:
            return _check_taiwan_permit(number)
        case DocumentKind.PASSPORT:
            return _check_passport(number)


def mask_document(number: str) -> str:
    """Return a number with its middle starred: 420***********…21; short ones keep less, the shortest nothing."""
    head, tail = (3, 2) if len(number) >= 15 else (1, 2) if len(number) >= 8 else (0, 1) if len(number) >= 5 else (0, 0)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def check_character(digits: str) -> str:
    """Return the 18th character of a number whose first 17 are `digits` (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return "10X98765432"[total % 11]


def old_foreign_check_digit(first_fourteen: str) -> str:
    """Return the 15th character of an old foreigner's card: weights 7-3-1 as in travel documents, A = 10."""
    total = sum(int(character, 36) * (7, 3, 1)[place % 3] for place, character in enumerate(first_fourteen))
    return str(total % 10)


def _check_eighteen(kind: DocumentKind, number: str, today: date) -> CheckedDocument:
    _check_shape(kind, number)
    _check_beginning(kind, number)
    birth_on = _birth_date(number[6:14], today)
    if check_character(number[:17]) != number[17]:
        raise _invalid(N_("证件号码第 18 位不对，请再核对一遍"))
    gender = Gender.MALE if int(number[16]) % 2 else Gender.FEMALE
    return CheckedDocument(kind, number, birth_on, gender)


def _check_shape(kind: DocumentKind, number: str) -> None:
    if kind is DocumentKind.RESIDENT_ID and re.fullmatch("[0-9]{15}", number):
        raise _invalid(N_("15 位的旧号码已停用，请填身份证上的 18 位号码"))
    if len(number) != 18:
        raise _invalid(N_("证件号码应是 18 位，现在是 %(count)s 位，请再核对一遍"), count=len(number))
    for place, character in enumerate(number[:17], start=1):
        if character not in "0123456789":
            raise _invalid(N_("证件号码第 %(place)s 位应是数字"), place=place)
    if number[17] not in "0123456789X":
        raise _invalid(N_("证件号码第 18 位应是数字或 X"))


def _check_beginning(kind: DocumentKind, number: str) -> None:
    """Send a number that belongs to another kind of card to that kind (GB 11643 and the 2018, 2023 card rules)."""
    belongs_to = _kind_by_beginning(number)
    if belongs_to is None:
        raise _invalid(N_("证件号码开头不对，请再核对一遍"))
    if belongs_to is not kind:
        raise _invalid(N_("这是%(label)s的号码，请改选证件类型"), label=Words(belongs_to.label))


def _kind_by_beginning(number: str) -> DocumentKind | None:
    if number[0] in "1234567":
        return DocumentKind.RESIDENT_ID
    if number[:2] in {"81", "82", "83"}:
        return DocumentKind.HMT_RESIDENCE
    return DocumentKind.FOREIGN_PERMANENT if number[0] == "9" else None


def _birth_date(digits: str, today: date) -> date:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if year < EARLIEST_BIRTH_YEAR:
        raise _invalid(N_("证件号码里的出生年份 %(year)s 太早，请再核对一遍"), year=digits[:4])
    try:
        birth_on = date(year, month, day)
    except ValueError:
        if (month, day) == (2, 29):
            raise _invalid(N_("证件号码里的出生日期 %(year)s 年 2 月 29 日不存在"), year=year) from None
        raise _invalid(N_("证件号码里的出生日期 %(month)s 月 %(day)s 日不存在"), month=month, day=day) from None
    if birth_on > today:
        raise _invalid(
            N_("证件号码里的出生日期 %(year)s 年 %(month)s 月 %(day)s 日还没到，请再核对一遍"),
            year=year,
            month=month,
            day=day,
        )
    return birth_on


def _check_foreign_permanent(number: str, today: date) -> CheckedDocument:
    """Check the form since 2023 (18 digits from 9) or the older one (nationality, place, birth, serial, check)."""
    if not number[0].isalpha():
        return _check_eighteen(DocumentKind.FOREIGN_PERMANENT, number, today)
    if not re.fullmatch("[A-Z]{3}[0-9]{12}", number):
        raise _invalid(N_("旧版外国人永久居留身份证号码是 3 个字母加 12 位数字，请照证件上的填"))
    birth_on = _birth_date_of_two_digit_year(number[7:13], today)
    if old_foreign_check_digit(number[:14]) != number[14]:
        raise _invalid(N_("证件号码第 15 位不对，请再核对一遍"))
    return CheckedDocument(DocumentKind.FOREIGN_PERMANENT, number, birth_on)


def _birth_date_of_two_digit_year(digits: str, today: date) -> date | None:
    """Return the date of birth, or None where both centuries are possible and the person has to be asked."""
    possible = []
    for century in ("19", "20"):
        try:
            birth_on = date(int(century + digits[:2]), int(digits[2:4]), int(digits[4:]))
        except ValueError:
            continue
        if birth_on <= today:
            possible.append(birth_on)
    if not possible:
        raise _invalid(
            N_("证件号码里的出生日期 %(month)s 月 %(day)s 日不存在"), month=int(digits[2:4]), day=int(digits[4:])
        )
    return possible[0] if len(possible) == 1 else None


def _check_hk_macao_permit(number: str) -> CheckedDocument:
    """Keep the nine characters that stay for life; the old booklet adds two digits that count its renewals."""
    found = re.fullmatch("([HM][0-9]{8})(?:[0-9]{2})?|([HM]A[0-9]{7})", number)
    if not found:
        raise _invalid(N_("通行证号码是 H 或 M 开头加 8 位数字（非中国籍是 HA 或 MA 加 7 位），请照证件上的填"))
    return CheckedDocument(DocumentKind.HK_MACAO_PERMIT, found[1] or found[2])


def _check_taiwan_permit(number: str) -> CheckedDocument:
    """Keep the eight digits that stay for life; the old booklet adds two that count renewals and a letter."""
    found = re.fullmatch(r"([0-9]{8})(?:[0-9]{2}(?:\(?[A-Z]\)?)?)?", number)
    if not found:
        raise _invalid(N_("台湾居民来往大陆通行证号码是 8 位数字，请照证件上的填"))
    return CheckedDocument(DocumentKind.TAIWAN_PERMIT, found[1])


def _check_passport(number: str) -> CheckedDocument:
    """Check only the alphabet and length: no country's own pattern holds for the others."""
    if not re.fullmatch("[A-Z0-9]{5,17}", number):
        raise _invalid(N_("护照号码是 5 到 17 位字母或数字，请照证件上的填"))
    if number.isalpha():
        raise _invalid(N_("护照号码里应有数字，请照证件上的填"))
    return CheckedDocument(DocumentKind.PASSPORT, number)


def _invalid(msgid: str, **params: object) -> Invalid:
    return Invalid(msgid, field=FIELD, **params)
