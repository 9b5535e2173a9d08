"""What is asked of records of service."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from forms.activities import MomentField
from forms.base import Form, LineField, TextField

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
    reason = TextField(_l("怎么忘了签退"), length=REASON_LENGTH)

    def __init__(self, *args: object, last_ends_at: datetime, **options: object) -> None:
        super().__init__(*args, data={"ended_at": last_ends_at}, **options)


class TypedEntryForm(Form):
    """Minutes that no scan proves; `shifts` are (public id, words) of what they may be of."""

    volunteer_number = LineField(_l("志愿者编号"), length=60)
    shift = SelectField(_l("哪个班次"), invalid_choice_message=_l("请从列表里选班次"))
    started_at = RequiredMomentField(_l("到达时间"))
    ended_at = RequiredMomentField(_l("离开时间"))
    reason = TextField(_l("补录原因"), length=REASON_LENGTH)
    evidence = TextField(_l("凭据"), length=REASON_LENGTH)

    def __init__(self, *args: object, shifts: Iterable[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)
        self.shift.choices = list(shifts)


class ReturnForm(Form):
    """Why a proposal is sent back."""

    reason = TextField(_l("退回原因"), length=REASON_LENGTH)


class ReversalForm(Form):
    """Why an entry is to be taken back."""

    reason = TextField(_l("冲销原因"), length=REASON_LENGTH)


class QuestionForm(Form):
    """What a volunteer asks about a record."""

    text = TextField(_l("哪里有疑问"), length=REASON_LENGTH)


class AnswerForm(Form):
    """What the organization answers."""

    answer = TextField(_l("答复"), length=REASON_LENGTH)


class ObjectionForm(Form):
    """What somebody objects to on a public notice."""

    objection = TextField(_l("哪里不对"), length=REASON_LENGTH)


class ConfirmForm(Form):
    """Nothing but the wish to confirm."""
