"""Bulletins (通报): their states, months and numbers, and what is frozen of an area when one is drafted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import ONE_DAY, month_end, month_start
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.notices.rules import unpacked
from volunteer.supervision.scores import Row, Weights, kept_words

LONGEST_TEXT, LONGEST_REASON = 2000, 300


class BulletinStatus(StrEnum):
    """Where a bulletin is."""

    DRAFT = "draft"
    RELEASED = "released"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    BulletinStatus.DRAFT: N_("草稿"),
    BulletinStatus.RELEASED: N_("已发布"),
    BulletinStatus.DISCARDED: N_("已作废"),
}


def bulletin_number(mark: str, year: int, number: int) -> str:
    """Return a bulletin's number as it is written: 襄阳文明通报〔2026〕11 号."""
    return f"{mark}〔{year}〕{number} 号"


def number_of(mark: str, year: int | None, number: int | None) -> str:
    """Return a bulletin's number, "" while it has none."""
    return bulletin_number(mark, year, number) if year and number else ""


def last_month(today: date) -> date:
    """Return the first day of the month that ended last."""
    return month_start(month_start(today) - ONE_DAY)


def check_month(month: date, today: date) -> date:
    """Return the first day of a month that is over; raise Invalid on month for another one."""
    first = month_start(month)
    if month_end(first) >= today:
        raise Invalid(N_("这个月还没有过完，月底以后才能通报"), field="month")
    return first


# --- the whole ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCounts:
    """Orders in the area: sent and settled within the month, open and overdue at its end."""

    sent: int = 0
    settled: int = 0
    overdue: int = 0
    still_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a bulletin says beside its two texts, as it was when it was drafted.

    `groups` hold the areas of a level each, in their order of places. `edition` and `thresholds` are what was measured
    against; `figures_version` and `checkpoint_size` say from which figures, and how long the ledger was.
    """

    area_code: str
    area_name: str
    level: AreaLevel
    month: date
    first_on: date
    edition: str
    thresholds: Mapping[IndicatorCode, str]
    weights: Weights
    whole: Row
    sentences: tuple[Words, ...]
    groups: Mapping[AreaLevel, tuple[Row, ...]]
    orders: OrderCounts
    compared_with: str
    figures_version: int
    checkpoint_size: int
    made_at: str

    @property
    def as_of(self) -> date:
        """Return the day that all numbers are of."""
        return month_end(self.month)

    @property
    def levels(self) -> Sequence[AreaLevel]:
        """Return the levels that the bulletin ranks, from the top."""
        return [level for level in AreaLevel if self.groups.get(level)]

    def threshold(self, code: IndicatorCode) -> Words:
        """Return what an indicator is measured against, with its unit."""
        unit = INDICATORS[code].unit.suffix
        if not unit:
            return Words(self.thresholds[code])
        return Words(N_("%(value)s %(unit)s"), {"value": self.thresholds[code], "unit": Words(unit)})

    def places(self) -> dict[str, int | None]:
        """Return the place of every area, for next month's movement."""
        return {row.code: row.place for rows in self.groups.values() for row in rows}

    def ranked(self, level: AreaLevel) -> list[Row]:
        """Return those of a level that have a place, by place."""
        return [row for row in self.groups.get(level, ()) if row.place is not None]

    def unranked(self, level: AreaLevel) -> list[tuple[Words, list[Row]]]:
        """Return for each reason which areas of a level are not ranked, the reason of the most first."""
        reasons: dict[str, list[Row]] = {}
        for row in self.groups.get(level, ()):
            if row.place is None:
                reasons.setdefault(row.why_not_ranked.msgid, []).append(row)
        return [(Words(msgid), rows) for msgid, rows in sorted(reasons.items(), key=lambda one: -len(one[1]))]

    def best(self, level: AreaLevel) -> list[Row]:
        """Return who leads a level: at most three, and never more than a third of it; equal places together."""
        rows = self.ranked(level)
        count = _named(len(rows))
        return [row for row in rows if row.place is not None and row.place <= count][: 2 * count]

    def lagging(self, level: AreaLevel) -> list[Row]:
        """Return who lags behind, the last first: as many as lead, none whose indicators are all met."""
        count = _named(len(self.ranked(level)))
        last = [row for row in reversed(self.ranked(level)) if any(part.is_met is False for part in row.parts.values())]
        return last[:count]

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the bulletin."""
        return {
            "area_code": self.area_code,
            "area_name": self.area_name,
            "level": self.level.value,
            "month": self.month.isoformat(),
            "first_on": self.first_on.isoformat(),
            "edition": self.edition,
            "thresholds": {code.value: text for code, text in self.thresholds.items()},
            "weights": self.weights.to_json(),
            "whole": self.whole.to_json(),
            "sentences": [kept_words(one) for one in self.sentences],
            "groups": {level.value: [row.to_json() for row in rows] for level, rows in self.groups.items()},
            "orders": {name: getattr(self.orders, name) for name in ("sent", "settled", "overdue", "still_open")},
            "compared_with": self.compared_with,
            "figures_version": self.figures_version,
            "checkpoint_size": self.checkpoint_size,
            "made_at": self.made_at,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Content":
        """Return the content that `to_json` gave; its words speak of days as at the time when it was made."""
        made_at = datetime.fromisoformat(kept["made_at"])
        return cls(
            area_code=kept["area_code"],
            area_name=kept["area_name"],
            level=AreaLevel(kept["level"]),
            month=date.fromisoformat(kept["month"]),
            first_on=date.fromisoformat(kept["first_on"]),
            edition=kept["edition"],
            # Earlier ones kept the unit with the number.
            thresholds={IndicatorCode(code): text.split()[0] for code, text in kept["thresholds"].items()},
            weights=Weights.from_json(kept["weights"]),
            whole=Row.from_json(kept["whole"], made_at),
            sentences=tuple(unpacked(one["text"], one["params"], made_at) for one in kept["sentences"]),
            groups={
                AreaLevel(level): tuple(Row.from_json(row, made_at) for row in rows)
                for level, rows in kept["groups"].items()
            },
            orders=OrderCounts(**kept["orders"]),
            compared_with=kept["compared_with"],
            figures_version=kept["figures_version"],
            checkpoint_size=kept["checkpoint_size"],
            made_at=kept["made_at"],
        )


def _named(count: int) -> int:
    return min(3, max(1, count // 3)) if count > 1 else 0
