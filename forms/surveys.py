"""What the pages about surveys ask."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from forms.area_choices import CHOOSE, AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.widths import narrow
from volunteer.surveys.questions import QUESTION_SETS, QuestionSet
from volunteer.surveys.sampling import Plan

_MOST_COUNTED = 100_000_000
_MOST_RESERVE = 300


class CountField(StringField):
    """A whole number of things, from 0; `count` is it once the form is valid."""

    count = 0

    def __init__(self, label: Any, *, required: bool = True, **options: Any) -> None:
        super().__init__(label, **options)
        self.flags.required = required

    def pre_validate(self, form: Form) -> None:
        """Read the number; separators and full-width digits are understood."""
        typed = narrow(self.data or "").replace(" ", "").replace(",", "")
        if not typed and not self.flags.required:
            return
        if not typed:
            raise ValidationError(_l("请填写%(label)s", label=self.label.text))
        if not re.fullmatch("[0-9]{1,12}", typed) or int(typed) > _MOST_COUNTED:
            raise ValidationError(_l("要填整数，比如 1200"))
        self.count = int(typed)


class _SurveyForm(Form):
    """What is asked of every survey: where it is held, and by whom."""

    area = SelectField(_l("调查范围"), validators=[require_choice], invalid_choice_message=CHOOSE)

    def __init__(self, areas: AreaChoices, **options: Any) -> None:
        super().__init__(**options)
        offer_areas(self.area, areas)

    def validate_kind(self, field: RadioField) -> None:
        """Ask for one of the two kinds."""
        if field.data not in ("official", "self"):
            raise ValidationError(CHOOSE)


class ResultForm(_SurveyForm):
    """The result of one survey."""

    held_on = DayField(_l("调查日期"))
    supporting = CountField(_l("表示认同和支持的答卷"))
    valid_answers = CountField(_l("有效答卷"))
    kind = RadioField(
        _l("谁做的调查"),
        choices=[SelectChoice("official", _l("正式测评")), SelectChoice("self", _l("自查自测"))],
        default="self",
        validate_choice=False,
    )
    source = LineField(_l("来源"))


class CampaignForm(_SurveyForm):
    """A campaign's plan: where, when, who conducts it, how many people and in which communities."""

    title = LineField(_l("名称"), length=60)
    kind = RadioField(
        _l("谁做的调查"),
        choices=[SelectChoice("official", _l("正式测评")), SelectChoice("self", _l("自测（不作正式依据）"))],
        default="self",
        validate_choice=False,
    )
    conducted_by = LineField(_l("由哪家单位实施"), required=False, length=100)
    opens_on = DayField(_l("开始日期"))
    closes_on = DayField(_l("截止日期"))
    population_year = CountField(_l("按哪一年的常住人口"))
    wanted = CountField(_l("样本总数（份）"), required=False)
    margin = LineField(_l("允许的误差（百分点）"), required=False, length=10)
    communities = CountField(_l("抽几个社区"), required=False)
    least = CountField(_l("每个社区至少（份）"), default="1")
    reserve = CountField(_l("答题票多印百分之几"), default="30")

    def validate_reserve(self, field: CountField) -> None:
        """A reserve is a part of the quota, at most as many tickets again."""
        if field.count > _MOST_RESERVE:
            raise ValidationError(_l("最多多印 %(most)s%%", most=_MOST_RESERVE))

    def plan(self) -> Plan:
        """Return what was typed as a plan."""
        return Plan(
            title=self.title.data or "",
            is_official=self.kind.data == "official",
            conducted_by=self.conducted_by.data or "",
            opens_on=cast(date, self.opens_on.data),
            closes_on=cast(date, self.closes_on.data),
            population_year=self.population_year.count,
            wanted=self.wanted.count if self.wanted.data else None,
            margin=_percentage(self.margin.data or "", "margin"),
            communities=self.communities.count if self.communities.data else None,
            least=self.least.count,
            reserve_percent=self.reserve.count,
        )


class LeaveOutForm(Form):
    """That a survey is frozen without the answers that do not open, of which there are `count`, and why."""

    count = HiddenField()
    why = LineField(_l("为什么不等了"), length=200)

    @property
    def number(self) -> int:
        """Return how many were shown; 0 for what is no number."""
        typed = self.count.data or ""
        return int(typed) if re.fullmatch("[0-9]{1,9}", typed) else 0


class QuotasForm(Form):
    """The quotas of a campaign's communities, one box each under its code; `wanted` is what was typed, by code."""

    quotas = HiddenField()

    def wanted(self, typed: Mapping[str, str]) -> dict[str, int]:
        """Return the numbers; raise Invalid where one is none."""
        found = {}
        for code, text in typed.items():
            plain = narrow(text).strip()
            if not re.fullmatch("[0-9]{1,6}", plain):
                raise Invalid(N_("配额要填整数，比如 12"), field="quotas")
            found[code] = int(plain)
        return found


class TicketsForm(Form):
    """For which communities tickets are printed."""

    area = SelectField(_l("哪个社区或街道"), validators=[require_choice], invalid_choice_message=CHOOSE)

    def __init__(self, areas: AreaChoices, **options: Any) -> None:
        super().__init__(**options)
        offer_areas(self.area, areas)


class PassForm(TicketsForm):
    """Who asks people in which community."""

    name = LineField(_l("访问员姓名"), length=40)
    area = SelectField(_l("去哪个社区"), validators=[require_choice], invalid_choice_message=CHOOSE)


class CodeForm(Form):
    """The code on a ticket."""

    code = LineField(_l("答题票上的编码"), length=40)


class AnswerForm(Form):
    """The questions of a set, each answered by one tick; made by `answer_form`."""

    key = HiddenField()

    def sent(self) -> dict[str, object]:
        """Return what was ticked, by question."""
        return {name: field.data for name, field in self._fields.items() if isinstance(field, RadioField)}


@cache
def _form_of(code: str) -> type[AnswerForm]:
    fields: dict[str, Any] = {}
    for question in QUESTION_SETS[code].questions:
        offered = [SelectChoice(choice.code, _l(choice.words)) for choice in question.choices]
        checks = [_require_tick] if question.is_required else []
        fields[question.code] = RadioField(
            _l(question.words), choices=offered, validators=checks, validate_choice=False
        )
    return type("AnswersTo", (AnswerForm,), fields)


def answer_form(questions: QuestionSet, **options: Any) -> AnswerForm:
    """Return an empty or sent form that asks a set of questions."""
    form = _form_of(questions.code)(**options)
    for question in questions.questions:
        form[question.code].flags.required = question.is_required
    return form


def _require_tick(form: Form, field: RadioField) -> None:
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(_l("请选一个答案"))


def _percentage(typed: str, field: str) -> Fraction | None:
    text = narrow(typed).replace(" ", "").removesuffix("%")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text):
        raise Invalid(N_("误差要填数字，比如 3"), field=field)
    return Fraction(text) / 100
