"""What is asked of an activity and its shifts. A draft may be incomplete; only what makes no sense is refused."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, HiddenField, RadioField, SelectField
from wtforms.validators import ValidationError

from forms.base import Form, LineField, TextField
from forms.fields import CoordinateField, MomentField, NumberField, Rows
from volunteer.activities.publishing_rules import (
    GATE_QUESTIONS,
    ActivityText,
    Draft,
    GateQuestion,
    NotReady,
    ShiftText,
    draft_problems,
)
from volunteer.activities.rules import RISK_LEVEL_LABELS, RiskLevel
from volunteer.activities.shift_rules import MOST_SHIFTS, check_shape
from volunteer.kernel.categories import CATEGORY_LABELS, ServiceCategory
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.organizations.rules import check_contact_phone
from volunteer.volunteers.rules import YOUNGEST
from volunteer.web.words import say

_CHOOSE = _l("请从列表里选一项")
_YES_NO = (("yes", _l("是")), ("no", _l("不是")))
_ROW = re.compile(r"shifts-(\d+)-(\w+)")


class ShiftForm(wtforms.Form):
    """One row: a time, a place for so many, a task. A row in which nothing is typed is no shift."""

    public_id = HiddenField()
    task = LineField(_l("岗位"), required=False, length=100)
    starts_at = MomentField(_l("开始"))
    ends_at = MomentField(_l("结束"))
    capacity = NumberField(_l("名额（人）"))
    break_minutes = NumberField(_l("中间休息（分钟）"), default=0)
    allows_walk_in = BooleanField(_l("没报名的人到现场也可以参加"))
    allows_poster = BooleanField(
        _l("可以用印出来的海报码签到"), description=_l("海报能被拍照转发，这样签的时长要第二个人确认")
    )

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed that would make a shift."""
        named = (self.public_id, self.task, self.starts_at, self.ends_at, self.capacity)
        return not any((field.raw_data or [""])[0] if field.raw_data else field.data for field in named)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for both times and the places of a row in which something is typed."""
        if self.is_blank:
            return True
        is_shaped, is_complete = super().validate(extra_validators), self._is_complete()
        if not (is_shaped and is_complete):
            return False
        try:
            typed = self.shift()
            check_shape(typed.plan, typed.capacity)
        except Invalid as error:
            self[error.field].errors = [say(error.words)]
            return False
        return True

    def _is_complete(self) -> bool:
        for field, words in (
            (self.starts_at, _("请选开始时间")),
            (self.ends_at, _("请选结束时间")),
            (self.capacity, _("请填要几个人")),
        ):
            if field.data is None and not field.errors:
                field.errors = [words]
        return not self.errors

    def shift(self) -> ShiftText:
        """Return what the row says; call it only on one that is not blank and whose shape is right."""
        if self.starts_at.data is None or self.ends_at.data is None or self.capacity.data is None:
            raise ValueError("a row without its times is no shift")
        return ShiftText(
            public_id=self.public_id.data or "",
            task=self.task.data or "",
            starts_at=self.starts_at.data,
            ends_at=self.ends_at.data,
            break_minutes=self.break_minutes.data or 0,
            capacity=self.capacity.data,
            allows_walk_in=self.allows_walk_in.data,
            allows_poster=self.allows_poster.data,
        )


class ActivityForm(Form):
    """An activity in four blocks with its shifts as rows; `is_whole` when it is to be published now."""

    organization = SelectField(_l("哪个组织发布"), invalid_choice_message=_CHOOSE)
    title = LineField(_l("活动名称"), required=False, length=100)
    category = SelectField(_l("服务类别"), invalid_choice_message=_CHOOSE, default=ServiceCategory.COMMUNITY.value)
    description = TextField(_l("做什么"), required=False)

    area_code = LineField(_l("在哪个区划"), required=False, length=60)
    place = LineField(_l("集合地点"), required=False, length=200)
    latitude = CoordinateField(_l("纬度"), limit=90)
    longitude = CoordinateField(_l("经度"), limit=180)
    shifts = Rows(FormField(ShiftForm), label=_l("班次"))

    minimum_age = NumberField(_l("最低年龄（岁）"), default=YOUNGEST)
    requirements = TextField(_l("参加要求"), required=False, length=1000)
    bring = LineField(_l("要带什么"), required=False, length=500)

    gate_own_job = RadioField(choices=_YES_NO, validate_choice=False)
    gate_paid = RadioField(choices=_YES_NO, validate_choice=False)
    gate_meeting = RadioField(choices=_YES_NO, validate_choice=False)
    gate_visit = RadioField(choices=_YES_NO, validate_choice=False)
    gate_team_building = RadioField(choices=_YES_NO, validate_choice=False)
    gate_internship = RadioField(choices=_YES_NO, validate_choice=False)
    risk = RadioField(_l("有没有人身危险"), default=RiskLevel.ORDINARY.value, invalid_choice_message=_CHOOSE)
    risks = TextField(_l("风险和防护"), required=False, length=1000)
    insurance = LineField(_l("保险"), required=False, length=300)
    contact_name = LineField(_l("联系人"), required=False, length=50)
    contact_phone = LineField(_l("联系电话"), required=False, length=40)

    def __init__(self, *args: Any, is_whole: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_whole = is_whole
        self.category.choices = [(one.value, say(CATEGORY_LABELS[one])) for one in ServiceCategory]
        self.risk.choices = [(one.value, say(RISK_LEVEL_LABELS[one])) for one in RiskLevel]
        for question, field in self.gate_fields():
            field.label.text = say(GATE_QUESTIONS[question])

    def offer_organizations(self, organizations: Sequence[tuple[str, str]]) -> None:
        """Let the reader choose among (public id, name); the first unless another was chosen."""
        self.organization.choices = list(organizations)
        if self.organization.data is None and organizations:
            self.organization.data = organizations[0][0]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the shape; where that is wrong and all is asked for, say at once what else is missing."""
        if super().validate(extra_validators):
            return True
        if self.is_whole and not self.risk.errors:
            for problem in draft_problems(self.draft()):
                if not self.errors.keys() & {problem.field}:
                    self._blame_one(problem)
        return False

    def draft(self) -> Draft:
        """Return what publishing checks, as far as it was typed."""
        text = self.text()
        return Draft(**{field.name: getattr(text, field.name) for field in dataclasses.fields(Draft)})

    def gate_fields(self) -> Iterator[tuple[GateQuestion, wtforms.Field]]:
        """Yield each question of the gate with its field."""
        for question in GateQuestion:
            yield question, self[f"gate_{question.value}"]

    def validate_contact_phone(self, field: wtforms.Field) -> None:
        """Take a mobile or a landline."""
        if field.data:
            try:
                field.data = check_contact_phone(field.data)
            except Invalid as error:
                raise ValidationError(say(error.words)) from error

    def validate_longitude(self, field: wtforms.Field) -> None:
        """Ask for both coordinates or none."""
        if (field.data is None) != (self.latitude.data is None) and not (field.errors or self.latitude.errors):
            raise ValidationError(_("纬度和经度要么都填，要么都不填"))

    def validate_shifts(self, field: wtforms.Field) -> None:
        """Keep the number of shifts within reason."""
        if len(self.rows()) > MOST_SHIFTS:
            raise ValidationError(_("一个活动最多 %(most)d 个班次", most=MOST_SHIFTS))

    def rows(self) -> list[ShiftForm]:
        """Return the rows in which something is typed, in the order of the page."""
        return [entry.form for entry in self.shifts.entries if not entry.form.is_blank]

    def add_row(self) -> None:
        """Add a blank row."""
        self.shifts.append_entry()

    def drop_row(self, name: str) -> None:
        """Take away the row whose fields are called `name`-…."""
        for index, entry in enumerate(self.shifts.entries):
            if entry.name == name:
                self.shifts.pop_entry(index)
                return

    def text(self) -> ActivityText:
        """Return what was typed of the activity, once its shape is right."""
        return ActivityText(
            title=self.title.data or "",
            category=ServiceCategory.COMMUNITY if self.category.errors else ServiceCategory(self.category.data),
            description=self.description.data or "",
            area_code=self.area_code.data or "",
            place=self.place.data or "",
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            contact_name=self.contact_name.data or "",
            contact_phone=self.contact_phone.data or "",
            bring=self.bring.data or "",
            requirements=self.requirements.data or "",
            minimum_age=YOUNGEST if self.minimum_age.data is None else self.minimum_age.data,
            risk=RiskLevel(self.risk.data),
            risks=self.risks.data or "",
            insurance=self.insurance.data or "",
            gate=self.gate_answers(),
        )

    def gate_answers(self) -> Mapping[str, bool | None]:
        """Return what was answered, by question; None where nothing was."""
        meant = {"yes": True, "no": False}
        return {question.value: meant.get(field.data) for question, field in self.gate_fields()}

    def shift_texts(self) -> list[ShiftText]:
        """Return the shifts that were typed, in the order of the page."""
        return [row.shift() for row in self.rows()]

    def blame(self, error: DomainError) -> None:
        """Put each problem on its field: in the row it belongs to, or on the question that decided the gate."""
        problems = error.problems if isinstance(error, NotReady) else (error,)
        for problem in problems:
            self._blame_one(problem)

    def _blame_one(self, error: DomainError) -> None:
        row = _ROW.fullmatch(error.field or "")
        if row is not None:
            form = self.rows()[int(row.group(1))]
            form[row.group(2)].errors = [say(error.words)]
            self.shifts.errors = [entry.errors for entry in self.shifts.entries]
        elif error.field == "gate":
            self._blame_gate(say(error.words))
        else:
            super().blame(error)

    def _blame_gate(self, words: str) -> None:
        answers = self.gate_answers()
        culprits = [field for question, field in self.gate_fields() if answers[question] is None] or [
            field for question, field in self.gate_fields() if answers[question]
        ]
        culprits[0].errors = [words]


class ReasonForm(Form):
    """Why something is cancelled; those who signed up read it."""

    reason = LineField(_l("原因"))


class ExtensionForm(Form):
    """Until when a shift goes on, and why."""

    extended_until = MomentField(_l("延长到"))
    extension_reason = LineField(_l("为什么延长"))

    def validate_extended_until(self, field: wtforms.Field) -> None:
        """Ask for a time."""
        if field.data is None and not field.errors:
            raise ValidationError(_("请选延长到几点"))
