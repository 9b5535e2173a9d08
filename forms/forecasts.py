"""What is chosen on the page of a forecast, and the activities that are tried out: all of it in the address."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.validators import ValidationError

from forms.base import Form
from forms.metrics import FigureForm
from volunteer.forecasts.rules import WhatIf, material_ends, what_if
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.speech import say_date, say_month
from volunteer.kernel.widths import narrow
from volunteer.web.words import say


class ForecastForm(FigureForm):
    """From which day one looks ahead, to the end of the year or of a material period, and by which total."""

    until = SelectField(_l("看到哪天"), invalid_choice_message=_l("没有这个选项，请从列表里选一项"))

    def __init__(self, today: date) -> None:
        super().__init__(today, {"until": ""})
        self.window.validate_choice = False
        ends = material_ends(self.as_of.data or today)
        self.until.choices = [("", _l("今年年底"))] + [(day.isoformat(), _material(day)) for day in ends]

    @property
    def ends_on(self) -> date | None:
        """Return the last day of the material period that was chosen; None for the year."""
        return date.fromisoformat(self.until.data) if self.until.data else None

    @property
    def address(self) -> dict[str, str]:
        """Return the choices as parts of an address."""
        parts = {"as_of": self.as_of.data.isoformat(), "total": self.total.data}
        return parts | ({"until": self.until.data} if self.until.data else {})


def _material(ends_on: date) -> str:
    """Return a material period by its last day and the month of the test, the one after it."""
    month = say(say_month((ends_on + ONE_DAY).month))
    return _("材料期到 %(day)s（%(month)s测评）", day=say(say_date(ends_on)), month=month)


def _whole(form: Form, field: StringField) -> None:
    if not re.fullmatch("[0-9]{1,9}", narrow(field.data or "").strip()):
        raise ValidationError(_l("要填整数，比如 2"))


def _decimal(form: Form, field: StringField) -> None:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", narrow(field.data or "").strip()):
        raise ValidationError(_l("要填数，最多两位小数，比如 2.5"))


class WhatIfForm(Form):
    """Activities on top of what is expected; nothing typed, nothing tried."""

    class Meta:
        """A form that is only read needs no token: its choices live in an address that people share."""

        csrf = False

    activities = StringField(_l("再加几场活动"), validators=[_whole])
    people = StringField(_l("每场来多少人"), validators=[_whole])
    hours = StringField(_l("每人几小时"), validators=[_decimal])
    new_percent = StringField(_l("其中今年没参加过的占百分之几"), validators=[_whole])

    def __init__(self) -> None:
        usual = {"people": "30", "hours": "2", "new_percent": "20"}
        given = {name: typed for name, typed in request.args.items() if name in {*usual, "activities"}}
        self.is_given = bool(given)
        super().__init__(MultiDict(given if given else usual))

    def read(self) -> WhatIf | None:
        """Return what is to be tried, None for nothing, or after putting what is wrong on its field."""
        if not self.is_given or not self.validate():
            return None
        activities, people, new = (
            int(narrow(one.data).strip()) for one in (self.activities, self.people, self.new_percent)
        )
        try:
            return what_if(activities, people, Fraction(Decimal(narrow(self.hours.data).strip())), new)
        except Invalid as error:
            self.blame(error)
            return None

    @property
    def address(self) -> dict[str, str]:
        """Return what was typed as parts of an address."""
        names = ("activities", "people", "hours", "new_percent")
        return {name: self[name].data or "" for name in names} if self.is_given else {}
