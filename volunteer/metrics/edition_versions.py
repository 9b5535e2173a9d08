"""An edition as its history keeps it, whole, and what changed from one saving to the next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from volunteer.kernel.text import N_, Words
from volunteer.metrics.editions import Clause, Edition, MaterialKind
from volunteer.metrics.rules import INDICATORS, IndicatorCode

Content = Mapping[str, Any]

_HEAD = {
    "name": N_("名称"),
    "series": N_("系列"),
    "city_kind": N_("适用城市"),
    "effective_from": N_("生效日期"),
    "effective_to": N_("截止日期"),
}
_CITY_KINDS = {"prefecture_and_above": N_("地级以上"), "county": N_("县级")}


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed, and what it said before and after; None: was not there."""

    what: Words
    before: str | None
    after: str | None


def content_of(edition: Edition, clauses: Sequence[Clause]) -> dict[str, Any]:
    """Return an edition as it is kept: days as ISO texts, thresholds and floors as exact fractions ("1/10")."""
    return {
        "name": edition.name,
        "series": edition.series,
        "city_kind": edition.city_kind.value,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": edition.effective_to.isoformat() if edition.effective_to else None,
        "standards": {
            code.value: {
                "label": standard.label,
                "clause": standard.clause,
                "threshold": str(standard.threshold),
                "grades": {grade.name: str(grade.floor) for grade in standard.grades},
            }
            for code, standard in edition.standards.items()
        },
        "clauses": {
            clause.code: {
                "title": clause.title,
                "words": clause.words,
                "wants": [kind.value for kind in clause.wants],
                "indicator": clause.indicator.value if clause.indicator else "",
            }
            for clause in clauses
        },
    }


def changes(before: Content, after: Content) -> list[Change]:
    """Return what differs between two savings of one edition: its head, its standards, its clauses."""
    head = [
        Change(Words(label), _head_text(key, before[key]), _head_text(key, after[key]))
        for key, label in _HEAD.items()
        if before[key] != after[key]
    ]
    return [*head, *_standard_changes(before["standards"], after["standards"]), *_clause_changes(before, after)]


def _head_text(key: str, value: str | None) -> str | None:
    return _CITY_KINDS.get(value or "", value) if key == "city_kind" else value


def _standard_changes(before: Content, after: Content) -> list[Change]:
    found = []
    for code in IndicatorCode:
        was, now = _standard_texts(code, before.get(code)), _standard_texts(code, after.get(code))
        found += [
            Change(Words(msgid, {"name": INDICATORS[code].name}), was.get(msgid), now.get(msgid))
            for msgid in {**was, **now}
            if was.get(msgid) != now.get(msgid)
        ]
    return found


def _standard_texts(code: IndicatorCode, standard: Content | None) -> dict[str, str]:
    if standard is None:
        return {}
    unit = INDICATORS[code].unit
    texts = {
        N_("%(name)s：标准"): unit.threshold_text(Fraction(standard["threshold"])),
        N_("%(name)s：叫法"): standard["label"],
        N_("%(name)s：依据条款"): standard["clause"],
    }
    if standard["grades"]:
        grades = {name: unit.threshold_text(Fraction(floor)) for name, floor in standard["grades"].items()}
        texts[N_("%(name)s：等级")] = " · ".join(f"{name} ≥ {floor}" for name, floor in grades.items())
    return texts


def _clause_changes(before: Content, after: Content) -> list[Change]:
    was, now = before.get("clauses", {}), after.get("clauses", {})
    codes = [*was, *(code for code in now if code not in was)]
    return [
        Change(Words(N_("条款 %(code)s"), {"code": code}), _clause_text(was.get(code)), _clause_text(now.get(code)))
        for code in codes
        if was.get(code) != now.get(code)
    ]


def _clause_text(clause: Content | None) -> str | None:
    if clause is None:
        return None
    wants = "、".join(MaterialKind(kind).label for kind in clause["wants"])
    indicator = INDICATORS[IndicatorCode(clause["indicator"])].short_name if clause["indicator"] else ""
    return "｜".join(part for part in (clause["title"], clause["words"], wants, indicator) if part)
