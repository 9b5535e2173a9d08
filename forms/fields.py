"""Fields for numbers, coordinates and moments as people type them, and rows that repeat."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from wtforms import FieldList, StringField

from volunteer.kernel.clock import LOCAL_ZONE, to_local
from volunteer.kernel.widths import narrow

_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def _shown(typed: str) -> str:
    """Return what was typed without what a page cannot hold."""
    return "".join(letter for letter in typed if letter.isprintable())


class _TypedNumber(StringField):
    """A number that is shown as it was typed, right or wrong."""

    def _value(self) -> str:
        return _shown(self.raw_data[0]) if self.raw_data else "" if self.data is None else str(self.data)


class NumberField(_TypedNumber):
    """A whole number; full-width digits are taken as digits. Empty gives None."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number, or say what is wrong with it."""
        self.data = None
        typed = narrow(valuelist[0]).strip() if valuelist else ""
        if not typed:
            return
        if not re.fullmatch(r"-?[0-9]+", typed):
            raise ValueError(_("请填整数，比如 20"))
        if len(typed) > 6:
            raise ValueError(_("这个数太大了"))
        self.data = int(typed)


class CoordinateField(_TypedNumber):
    """Degrees as a decimal number within ±`limit`. Empty gives None; NaN and infinities are no numbers here."""

    def __init__(self, label: Any, *, limit: int, **options: Any) -> None:
        super().__init__(label, **options)
        self.limit = limit

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the degrees, or say what is wrong."""
        self.data = None
        typed = narrow(valuelist[0]).strip() if valuelist else ""
        if not typed:
            return
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,15})?", typed) or abs(float(typed)) > self.limit:
            raise ValueError(_("坐标要填 -%(limit)d 到 %(limit)d 之间的小数", limit=self.limit))
        self.data = float(typed)


class MomentField(StringField):
    """A local day and time such as 2026-11-28T09:00, read as Asia/Shanghai. Empty gives None."""

    def _value(self) -> str:
        if self.raw_data:
            return _shown(self.raw_data[0])
        return f"{to_local(self.data):%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the moment, or say what is wrong."""
        self.data = None
        typed = narrow(valuelist[0]).strip().replace(" ", "T") if valuelist else ""
        if not typed:
            return
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", typed):
            raise ValueError(_("请选日期和时间，比如 2026-11-28 09:00"))
        try:
            moment = datetime.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("没有这个日期或时间，请重新选")) from None
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError(_("年份不对，请重新选"))
        self.data = moment.replace(second=0, tzinfo=LOCAL_ZONE)


class Rows(FieldList):
    """Rows whose numbers are short; the library takes ² for a digit and stumbles over it."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        row = re.compile(rf"{prefix}-([0-9]{{1,4}})-")
        return (int(found.group(1)) for name in formdata if (found := row.match(name)))
