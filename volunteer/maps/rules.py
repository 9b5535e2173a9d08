"""Which area a shape is of, and how a figure is told on a map. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from volunteer.kernel.text import N_
from volunteer.metrics.rules import Measurement

NEAR = Fraction(4, 5)
"""From which part of its threshold on a value counts as near it; our decision."""
_CODES = ("code", "adcode", "区划代码", "代码", "xzqdm", "dm", "gb", "id")
_NAMES = ("name", "名称", "fullname", "xzqmc", "mc")
_LEVELS = (6, 9, 12)


class Standing(StrEnum):
    """How an area stands, each with a colour, a pattern and a word of its own."""

    MET = "met"
    NEAR = "near"
    FAR = "far"
    PLAIN = "plain"
    NONE = "none"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _LABELS[self]


_LABELS = {
    Standing.MET: N_("达标"),
    Standing.NEAR: N_("未达标，到了标准的八成"),
    Standing.FAR: N_("未达标，不到标准的八成"),
    Standing.PLAIN: N_("只有数字，不判断是否达标"),
    Standing.NONE: N_("暂无数据"),
}


def standing(measurement: Measurement) -> Standing:
    """Return how a figure is told on a map."""
    value, threshold = measurement.value, measurement.threshold
    if value is None:
        return Standing.NONE
    if threshold is None or measurement.is_met is None:
        return Standing.PLAIN
    if measurement.is_met:
        return Standing.MET
    return Standing.NEAR if value >= threshold * NEAR else Standing.FAR


@dataclass(frozen=True, slots=True)
class Named:
    """An area as shapes are matched with it; `full_name` begins below the city: 樊城区汉江街道."""

    code: str
    name: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Which feature (by place in the file) is of which area; the labels of those of none, and those of one twice."""

    by_code: Mapping[str, int]
    unmatched: Sequence[str]
    doubled: Mapping[str, Sequence[str]]


def match(
    properties: Sequence[Mapping[str, str]], areas: Sequence[Named], code_key: str = "", name_key: str = ""
) -> Matched:
    """Return which features are of which areas, by code first, else by a name that one area alone bears.

    `code_key` and `name_key` say which properties hold them; by default those of the usual names. Two features of one
    area are of none: nobody can tell which is right.
    """
    codes = {area.code for area in areas}
    names: defaultdict[str, set[str]] = defaultdict(set)
    for area in areas:
        names[area.name].add(area.code)
        names[area.full_name].add(area.code)
    found: defaultdict[str, list[int]] = defaultdict(list)
    unmatched: list[str] = []
    labels = [label_of(one, place, name_key) for place, one in enumerate(properties, start=1)]
    for place, one in enumerate(properties):
        code = _by_code(one, codes, code_key) or _by_name(one, names, name_key)
        if code is None:
            unmatched.append(labels[place])
        else:
            found[code].append(place)
    once = {code: places[0] for code, places in found.items() if len(places) == 1}
    twice = {code: [labels[place] for place in places] for code, places in found.items() if len(places) > 1}
    return Matched(once, unmatched, twice)


def label_of(properties: Mapping[str, str], number: int, name_key: str = "") -> str:
    """Return by what people know a feature: its name, else its code, else its number in the file."""
    return next(_held(properties, name_key, _NAMES), "") or next(_held(properties, "", _CODES), "") or f"{number}"


def _by_code(properties: Mapping[str, str], codes: set[str], key: str) -> str | None:
    for typed in _held(properties, key, _CODES):
        for length in (len(typed), *_LEVELS):
            if typed[:length] in codes and not typed[length:].strip("0"):
                return typed[:length]
    return None


def _by_name(properties: Mapping[str, str], names: Mapping[str, set[str]], key: str) -> str | None:
    for typed in _held(properties, key, _NAMES):
        bearers = names.get(typed) or names.get(typed.replace(" ", ""))
        if bearers and len(bearers) == 1:
            return next(iter(bearers))
    return None


def _held(properties: Mapping[str, str], key: str, usual: Sequence[str]) -> Iterator[str]:
    if key:
        yield str(properties.get(key, "")).strip()
        return
    lower = {name.lower(): held for name, held in properties.items()}
    for name in usual:
        if name in lower:
            yield str(lower[name]).strip()
