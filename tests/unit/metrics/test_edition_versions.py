from dataclasses import replace
from datetime import date
from fractions import Fraction

from volunteer.metrics.edition_versions import changes, content_of
from volunteer.metrics.editions import SHIPPED_CLAUSES, SHIPPED_EDITION, Grade
from volunteer.metrics.rules import IndicatorCode

BEFORE = content_of(SHIPPED_EDITION, SHIPPED_CLAUSES)


def told(after) -> list[tuple[str, str | None, str | None]]:
    return [(str(one.what), one.before, one.after) for one in changes(BEFORE, after)]


def test_what_was_not_changed_is_not_told():
    assert told(BEFORE) == []


def test_thresholds_are_kept_exactly():
    assert BEFORE["standards"]["registered_share"]["threshold"] == "1/10"


def test_days_thresholds_and_grades_are_told_as_before_and_after():
    standards = dict(SHIPPED_EDITION.standards)
    share = standards[IndicatorCode.REGISTERED_SHARE]
    standards[IndicatorCode.REGISTERED_SHARE] = replace(
        share, threshold=Fraction(1, 8), grades=(Grade("A", Fraction(1, 5)), Grade("B", Fraction(1, 8)))
    )
    del standards[IndicatorCode.SUPPORT_SHARE]
    after = replace(SHIPPED_EDITION, effective_to=date(2026, 12, 31), standards=standards)
    assert told(content_of(after, SHIPPED_CLAUSES)) == [
        ("截止日期", None, "2026-12-31"),
        ("注册志愿者占常住人口比例：标准", "10%", "12.5%"),
        ("注册志愿者占常住人口比例：等级", None, "A ≥ 20% · B ≥ 12.5%"),
        ("市民认同和支持率：标准", "90%", None),
        ("市民认同和支持率：叫法", "市民认同和支持率", None),
        ("市民认同和支持率：依据条款", "三年行动计划（2018—2020）第四部分（九）4", None),
    ]


def test_clauses_are_told_whole():
    first, *others = SHIPPED_CLAUSES
    after = content_of(SHIPPED_EDITION, [replace(first, title="组织领导"), *others[:-1]])
    changed, removed = told(after)
    assert changed[0] == "条款 1.1"
    assert "组织协调机制" in (changed[1] or "")
    assert "组织领导" in (changed[2] or "")
    assert (removed[0], removed[2]) == ("条款 4.2", None)
