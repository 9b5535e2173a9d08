"""What the pages of orders and bulletins ask."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import ValidationError

from forms.base import Form, LineField, TextField, file_name
from forms.fields import NumberField
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR
from volunteer.kernel.widths import narrow
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.supervision.bulletin_rules import LONGEST_REASON, LONGEST_TEXT
from volunteer.supervision.order_rules import LONGEST_ANSWER, LONGEST_DEMAND, USUAL_DAYS
from volunteer.supervision.order_rules import LONGEST_REASON as LONGEST_WHY
from volunteer.supervision.scores import Weights

_CHOOSE = _l("请从列表里选一项")


def _days_field(label: Any) -> SelectField:
    """Return a choice of working days; the form fills in each with the day that it gives."""
    return SelectField(label, coerce=int, default=USUAL_DAYS, invalid_choice_message=_CHOOSE)


class OrderForm(Form):
    """An order that is to be sent; `addressees` and `days` are (value, words)."""

    addressee = SelectField(_l("发给谁"), invalid_choice_message=_CHOOSE)
    title = LineField(_l("标题"))
    demand = TextField(_l("办理要求"), length=LONGEST_DEMAND)
    working_days = _days_field(_l("期限"))

    def __init__(self, *, addressees: Iterable[tuple[str, str]], days: Iterable[tuple[int, str]], **kw: Any) -> None:
        super().__init__(**kw)
        self.addressee.choices = list(addressees)
        self.working_days.choices = list(days)


class AnswerForm(Form):
    """An answer to an order, with its evidence."""

    text = TextField(_l("办理情况"), length=LONGEST_ANSWER)
    files = MultipleFileField(_l("佐证"))

    def uploads(self) -> list[tuple[str, bytes]]:
        """Return what was chosen: each name with its bytes."""
        return [(file_name(file.filename), file.read()) for file in self.files.data or () if file and file.filename]


class JudgeForm(Form):
    """What the sender's side makes of an answer."""

    verdict = RadioField(_l("审核意见"), choices=[("accept", _l("认可，办结")), ("return", _l("退回再办"))])
    text = TextField(_l("说明"), required=False, length=LONGEST_ANSWER)
    working_days = _days_field(_l("退回的，新的期限"))

    def __init__(self, *, days: Iterable[tuple[int, str]], **kw: Any) -> None:
        super().__init__(**kw)
        self.verdict.flags.required = True
        self.working_days.choices = list(days)

    def validate_text(self, field: TextField) -> None:
        """Ask why where an answer is returned."""
        if self.verdict.data == "return" and not field.data:
            raise ValidationError(_l("请写明哪里不够、还要办什么"))


class WithdrawForm(Form):
    """Why an order is taken back."""

    reason = TextField(_l("撤回的原因"), length=LONGEST_WHY)


class MonthField(StringField):
    """A month as 2026-10; `data` is its first day, None where it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; full-width digits are digits."""
        typed = narrow(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = date.fromisoformat(f"{typed}-01")
        except ValueError:
            raise ValueError(_l("请填写月份，比如 2026-10")) from None
        if not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            raise ValueError(_l("请填写月份，比如 2026-10"))

    def pre_validate(self, form: Form) -> None:
        """Ask for a month."""
        if self.data is None and not self.process_errors:
            raise ValidationError(_l("请填写月份，比如 2026-10"))

    def _value(self) -> str:
        if self.raw_data:
            return "".join(letter for letter in self.raw_data[0] if letter.isprintable())[:20]
        return self.data.strftime("%Y-%m") if self.data else ""


class DraftForm(Form):
    """Which bulletin is to be drafted; `areas` are (code, name)."""

    area = SelectField(_l("区划"), invalid_choice_message=_CHOOSE)
    month = MonthField(_l("月份"))

    def __init__(self, *, areas: Iterable[tuple[str, str]], **kw: Any) -> None:
        super().__init__(**kw)
        self.area.choices = list(areas)


class ReleaseForm(Form):
    """The texts that a person adds to a bulletin."""

    opening = TextField(_l("开头"), required=False, length=LONGEST_TEXT)
    closing = TextField(_l("结尾"), required=False, length=LONGEST_TEXT)


class DiscardForm(Form):
    """Why a draft is discarded."""

    reason = TextField(_l("作废的原因"), length=LONGEST_REASON)


class WeightsForm(Form):
    """Points of each part of a score."""

    registered_share = NumberField(_l(INDICATORS[IndicatorCode.REGISTERED_SHARE].name))
    active_share = NumberField(_l(INDICATORS[IndicatorCode.ACTIVE_SHARE].name))
    hours_per_head = NumberField(_l(INDICATORS[IndicatorCode.HOURS_PER_HEAD].name))
    support_share = NumberField(_l(INDICATORS[IndicatorCode.SUPPORT_SHARE].name))
    improvement = NumberField(_l("本月进步"))
    reason = LineField(_l("为什么这样定"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for every number."""
        is_valid = bool(super().validate(extra_validators))
        for field in self.points:
            field.flags.required = True
            if field.data is None and not field.errors:
                field.errors = [_l("请填整数，比如 20")]
                is_valid = False
        return is_valid

    @property
    def points(self) -> list[NumberField]:
        """Return the fields of the points, in their order."""
        return [*(self[code.value] for code in IndicatorCode), self.improvement]

    def weights(self) -> Weights:
        """Return what was typed."""
        return Weights({code: self[code.value].data for code in IndicatorCode}, self.improvement.data or 0)
