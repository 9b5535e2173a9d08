"""What a change means to those who signed up: which fields changed, whether it matters, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from volunteer.activities.rules import RISK_LEVEL_LABELS, RiskLevel
from volunteer.kernel.speech import say_time
from volunteer.kernel.text import N_, Words
from volunteer.volunteers.rules import YOUNGEST


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """What of an activity, and of one shift of it, is compared when it changes."""

    title: str = ""
    place: str = ""
    description: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    bring: str = ""
    requirements: str = ""
    minimum_age: int = YOUNGEST
    risk: RiskLevel = RiskLevel.ORDINARY
    risks: str = ""
    insurance: str = ""
    task: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    break_minutes: int = 0
    capacity: int = 1


FIELD_LABELS = {
    "title": N_("活动名称"),
    "place": N_("地点"),
    "description": N_("活动说明"),
    "contact_name": N_("联系人"),
    "contact_phone": N_("联系电话"),
    "bring": N_("携带物品"),
    "requirements": N_("参加要求"),
    "minimum_age": N_("最低年龄"),
    "risk": N_("风险"),
    "risks": N_("风险说明"),
    "insurance": N_("保险"),
    "task": N_("岗位"),
    "starts_at": N_("开始时间"),
    "ends_at": N_("结束时间"),
    "break_minutes": N_("休息分钟数"),
    "capacity": N_("名额"),
}
# What happens to a shift as a whole, told with one value.
_EVENTS = {
    "cancelled": N_("这个班次取消了：%(after)s"),
    "extended_until": N_("这个班次延长到 %(after)s"),
}
# A longer description or a larger capacity changes nothing for somebody who has a place.
_MATTERS_LITTLE = frozenset({"description", "capacity"})
_TOO_LONG_TO_QUOTE = frozenset({"description", "requirements", "risks", "insurance"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed; values are as stored: texts, numbers, ISO 8601 for moments."""

    field: str
    before: str | int
    after: str | int

    @property
    def matters(self) -> bool:
        """Whether those who signed up must be shown it."""
        return self.field not in _MATTERS_LITTLE

    def words(self, now: datetime) -> Words:
        """Return what changed, in words: 地点由 东门 改为 西门."""
        if self.field in _EVENTS:
            return Words(_EVENTS[self.field], {"after": self._said(self.after, now)})
        what = Words(FIELD_LABELS[self.field])
        if self.field in _TOO_LONG_TO_QUOTE:
            return Words(N_("%(what)s有改动"), {"what": what})
        params = {"what": what, "before": self._said(self.before, now), "after": self._said(self.after, now)}
        if self.before == "":
            return Words(N_("%(what)s新增：%(after)s"), params)
        if self.after == "":
            return Words(N_("%(what)s已删去：%(before)s"), params)
        return Words(N_("%(what)s由 %(before)s 改为 %(after)s"), params)

    def _said(self, value: str | int, now: datetime) -> Words | str | int:
        if self.field in ("starts_at", "ends_at", "extended_until") and value:
            return say_time(datetime.fromisoformat(str(value)), now)
        if self.field == "risk":
            return Words(RISK_LEVEL_LABELS[RiskLevel(str(value))])
        return value

    def to_json(self) -> dict[str, Any]:
        """Return the change as it is stored."""
        return {"field": self.field, "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Change":
        """Return the change that `to_json` stored."""
        return cls(stored["field"], stored["before"], stored["after"])


def changes(before: ActivityFacts, after: ActivityFacts) -> list[Change]:
    """Return what differs, in the order in which a page shows it."""
    pairs = ((field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(ActivityFacts))
    return [Change(name, _storable(old), _storable(new)) for name, old, new in pairs if old != new]


def _storable(value: str | int | datetime | None) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else value
