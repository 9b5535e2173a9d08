"""The marks (字号) in numbers of orders and bulletins, which say whose a number is. Pure.

Our decision (docs/office.md). Each office counts from 1 each year, and one list shows those of many offices. So the
number begins with the office's area, the first letter alone being too short for a city whose districts share it
(襄阳市, 襄城区, 襄州区).
"""

from collections.abc import Sequence

from volunteer.areas.rules import AreaLevel

LONGEST = 60
_KEPT = ("自治县", "自治州", "新区", "林区", "特区", "开发区", "管理区", "示范区", "风景区")
_LONGEST_SUBJECT = 4


def mark_for(level: AreaLevel, names: Sequence[str], office_name: str, ending: str) -> str:
    """Return the mark of an office: 襄阳文明督, 樊城文明督, 谷城城关镇督.

    `names` are those of its area and all above it, the city's first. `office_name` is what the city calls its own
    office: 市文明办 gives 文明. Below the districts an area's own name stands beside its district's.
    """
    own = _short(names[0]) if level is AreaLevel.CITY else _district(names[0], names[1]) + "".join(names[2:])
    subject = _subject(names[0], office_name) if level in (AreaLevel.CITY, AreaLevel.DISTRICT) else ""
    return (own + subject)[: LONGEST - len(ending)] + ending


def _district(city: str, district: str) -> str:
    """Return a district's short name; its whole one where the short one is its city's too (抚顺市, 抚顺县)."""
    short = _short(district)
    return district if short == _short(city) else short


def _short(name: str) -> str:
    if name.endswith(_KEPT) or len(name) <= len("樊城"):
        return name
    return name[:-1] if name[-1] in "市区县" else name


def _subject(city: str, office_name: str) -> str:
    """Return what an office is for, where its name says it shortly."""
    name = office_name.removeprefix(city).removeprefix("市")
    subject = name.removesuffix("办公室").removesuffix("办")
    return subject if subject != name and len(subject) <= _LONGEST_SUBJECT else ""
