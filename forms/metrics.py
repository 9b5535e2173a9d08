"""What is chosen at the top of the dashboard and kept in the address: date, window, total."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import DateField, RadioField, SelectField

from forms.base import Form
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.widths import narrow
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.web.words import say

_CHOOSE = _l("没有这个选项，请从列表里选一项")


class AsOfField(DateField):
    """A day of the calendar; 30 February is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; full-width digits are digits."""
        try:
            super().process_formdata([narrow(typed).strip() for typed in valuelist])
        except ValueError:
            raise ValueError(_l("没有这一天，请按 2026-11-22 的样子填写")) from None


class FigureForm(Form):
    """The choices of the dashboard; what the address leaves out is today, this year, all service."""

    class Meta:
        """A form that is only read needs no token: its choices live in an address that people share."""

        csrf = False

    as_of = AsOfField(_l("截至日期"))
    window = SelectField(_l("统计期"), invalid_choice_message=_CHOOSE)
    total = RadioField(_l("口径"), invalid_choice_message=_CHOOSE)

    def __init__(self, today: date, more: Mapping[str, str] | None = None) -> None:
        given = {name: typed for name, typed in request.args.items() if typed}
        usual: dict[str, Any] = {
            "as_of": today.isoformat(),
            "window": WindowKind.CALENDAR_YEAR.value,
            "total": Total.INCLUSIVE.value,
        }
        super().__init__(MultiDict(usual | dict(more or {}) | given))
        self.window.choices = [(kind.value, say(kind.label)) for kind in WindowKind]
        self.total.choices = [(total.value, say(total.label)) for total in Total]

    @property
    def address(self) -> dict[str, str]:
        """Return the choices as parts of an address."""
        return {"as_of": self.as_of.data.isoformat(), "window": self.window.data, "total": self.total.data}


BY_LAG = "lag"


class RankingForm(FigureForm):
    """The choices of the ranking: by which indicator or three together, which level, whether all, those with data or
    not met."""

    by = SelectField(_l("按哪个指标"), invalid_choice_message=_CHOOSE)
    level = SelectField(_l("排哪一级"), invalid_choice_message=_CHOOSE)
    only = SelectField(_l("看哪些"), invalid_choice_message=_CHOOSE)
    order = SelectField(_l("次序"), invalid_choice_message=_CHOOSE)

    def __init__(self, today: date, levels: Sequence[AreaLevel]) -> None:
        usual = {"by": IndicatorCode.ACTIVE_SHARE, "level": levels[-1].value, "only": "known", "order": "best"}
        super().__init__(today, usual)
        by_one = [(code.value, say(one.short_name)) for code, one in INDICATORS.items()]
        self.by.choices = [*by_one, (BY_LAG, _l("三项合起来"))]
        self.level.choices = [(level.value, say(level.label)) for level in levels]
        self.only.choices = [("known", _l("有数据的")), ("not_met", _l("未达标的")), ("all", _l("全部"))]
        self.order.choices = [("best", _l("好的在前")), ("worst", _l("落后的在前"))]

    @property
    def choices(self) -> dict[str, str]:
        """Return what is chosen beside the basis, as parts of an address."""
        return {name: self[name].data for name in ("by", "level", "only", "order")}
