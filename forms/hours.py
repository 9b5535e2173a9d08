"""What is asked of records of service."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, FormField, SelectField, StringField
from wtforms.validators import ValidationError

from forms.base import DayField, Form, LineField, TextField
from forms.fields import MomentField, NumberField, Rows
from volunteer.hours.paper_rules import MOST_ROWS, PaperRow, RowsRefused
from volunteer.kernel.errors import DomainError
from volunteer.kernel.widths import narrow
from volunteer.web.words import say

REASON_LENGTH = 300


def _chosen(form: Form, field: Field) -> None:
    if field.data is None:
        raise ValidationError(_l("请选日期和时间"))


class RequiredMomentField(MomentField):
    """A local day and time that must be given."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, validators=[_chosen], **options)
        self.flags.required = True

    @property
    def moment(self) -> datetime:
        """Return what was chosen, once the form is valid."""
        if self.data is None:
            raise ValueError("the form was not validated")
        return self.data


class ProposedEndForm(Form):
    """When a volunteer left who forgot to check out; opens at the end of the shift, `last_ends_at`."""

    ended_at = RequiredMomentField(_l("几点离开的"))
    reason = TextField(_l("为什么没签退"), length=REASON_LENGTH)

    def __init__(self, *args: object, last_ends_at: datetime, **options: object) -> None:
        super().__init__(*args, data={"ended_at": last_ends_at}, **options)


def _both_or_none(form: Form, field: Field) -> None:
    if (form.started_at.data is None) != (form.ended_at.data is None):
        _chosen(form, field)


class TypedEntryForm(Form):
    """Minutes that no scan proves; `shifts` are (public id, words) of what they may be of. No times: the planned."""

    volunteer_number = LineField(_l("志愿者编号"), length=60)
    shift = SelectField(_l("哪个班次"), invalid_choice_message=_l("请从列表里选班次"))
    started_at = MomentField(_l("到达时间"), validators=[_both_or_none])
    ended_at = MomentField(_l("离开时间"), validators=[_both_or_none])
    reason = TextField(_l("补录原因"), length=REASON_LENGTH)
    evidence = TextField(_l("凭据"), length=REASON_LENGTH)
    photo = FileField(_l("凭据照片"), validators=[FileRequired(_l("请选一张照片，或现场拍一张"))])

    def __init__(self, *args: object, shifts: Iterable[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)
        self.shift.choices = list(shifts)


class SheetForm(Form):
    """The photo of a signed sheet; `shifts` are (public id, words) of what it may be of."""

    shift = SelectField(_l("哪个班次"), invalid_choice_message=_l("请从列表里选班次"))
    photo = FileField(_l("签到表照片"), validators=[FileRequired(_l("请选一张照片，或现场拍一张"))])

    def __init__(self, *args: object, shifts: Iterable[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)
        self.shift.choices = list(shifts)


class WallTimeField(StringField):
    """A wall time such as 9:05, as it is written on paper. Empty gives None; full-width digits are digits."""

    def _value(self) -> str:
        if self.raw_data:
            return "".join(letter for letter in self.raw_data[0] if letter.isprintable())
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the time, or say what is wrong with it."""
        self.data: time | None = None
        typed = narrow(valuelist[0]).strip() if valuelist else ""
        if not typed:
            return
        found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?", typed)
        if found is None or int(found[1]) > 23 or int(found[2]) > 59:
            raise ValueError(_("请填时间，比如 14:00"))
        self.data = time(int(found[1]), int(found[2]))


class SheetRowForm(wtforms.Form):
    """One line of a sheet. A line counts when it is ticked, or when a number was typed that is on no list."""

    is_here = BooleanField(_l("来了"))
    volunteer_number = LineField(_l("志愿者编号"), required=False, length=60)
    started_at = WallTimeField(_l("到达"))
    ended_at = WallTimeField(_l("离开"))


class SheetRowsForm(Form):
    """What stands on a sheet: a line for everybody on the list, some for others, and why it was on paper.

    `listed`: the numbers on the list, which have a tick; `filled`: the data with which the lines open.
    """

    reason = TextField(_l("为什么用纸质签到"), length=REASON_LENGTH)
    rows = Rows(FormField(SheetRowForm), label=_l("人员"), max_entries=MOST_ROWS)

    def __init__(self, *args: object, listed: Iterable[str], filled: Sequence[dict[str, Any]], **options: object):
        super().__init__(*args, data={"rows": list(filled)}, **options)
        self.listed = frozenset(listed)

    def _counts(self, row: SheetRowForm) -> bool:
        number = row.volunteer_number.data
        return bool(number) and (bool(row.is_here.data) if number in self.listed else True)

    def validate(self, *args: Any, **options: Any) -> bool:
        """Ask for both times in the lines that count, of the others only that what is typed can be read."""
        is_valid = super().validate(*args, **options)
        for entry in self.rows.entries:
            for field in (entry.form.started_at, entry.form.ended_at):
                if self._counts(entry.form) and field.data is None and not field.errors:
                    field.errors = [_("请填时间")]
                    is_valid = False
        self._gather()
        return is_valid

    def taken(self) -> list[PaperRow]:
        """Return the lines that count, once the form is valid."""
        return [
            PaperRow(position, row.volunteer_number.data, row.started_at.data, row.ended_at.data)
            for position, row in enumerate(entry.form for entry in self.rows.entries)
            if self._counts(row)
        ]

    def blame(self, error: DomainError) -> None:
        """Put each problem on the field of the row that it belongs to."""
        if not isinstance(error, RowsRefused):
            super().blame(error)
            return
        for position, problem in error.problems:
            row = self.rows.entries[position].form
            row[problem.field or "started_at"].errors = [say(problem.words)]
        self._gather()

    def _gather(self) -> None:
        found = [entry.errors for entry in self.rows.entries]
        self.rows.errors = found if any(found) else []


class ReturnForm(Form):
    """Why a proposal is sent back."""

    reason = TextField(_l("退回原因"), length=REASON_LENGTH)


class ReversalForm(Form):
    """Why an entry is to be taken back."""

    reason = TextField(_l("冲销原因"), length=REASON_LENGTH)


class QuestionForm(Form):
    """What a volunteer asks about a record, and which times are right if they know."""

    text = TextField(_l("哪里不对"), length=REASON_LENGTH)
    wanted_from = MomentField(_l("实际几点到的"))
    wanted_to = MomentField(_l("实际几点离开的"))


class AnswerForm(Form):
    """What the organization answers, and the times that it puts right if it does."""

    wanted_from = MomentField(_l("到达时间"))
    wanted_to = MomentField(_l("离开时间"))
    answer = TextField(_l("怎么核实的"), length=REASON_LENGTH)
    photo = FileField(_l("凭据照片"))


class ObjectionForm(Form):
    """What somebody objects to on a public notice."""

    objection = TextField(_l("哪里不对"), length=REASON_LENGTH)


class ObjectionAnswerForm(Form):
    """What the organization, or the office, answers to an objection."""

    answer = TextField(_l("怎么核实的"), length=REASON_LENGTH)


class AllowanceForm(Form):
    """How many hours an organization may type in beyond its limit, until when and why."""

    hours = NumberField(_l("加多少小时"))
    until_on = DayField(_l("到哪天为止"))
    reason = TextField(_l("为什么"), length=REASON_LENGTH)


class ConfirmForm(Form):
    """Nothing but the wish to confirm."""
