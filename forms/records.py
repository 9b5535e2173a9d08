"""What recording beside service asks, and what goes into a portable record."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import InputRequired

from forms.base import DayField, Form, LineField, TextField
from forms.fields import NumberField
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.sheets import read_sheet
from volunteer.kernel.text import N_
from volunteer.records.rules import (
    GRADE_LABELS,
    MOST_PEOPLE,
    NAME_LENGTH,
    PEOPLE_FIELD,
    WORDS_LENGTH,
    CommendationTyped,
    EvaluationTyped,
    Grade,
    Line,
    LineError,
    LinesRefused,
    TrainingTyped,
    check_numbers,
    read_numbers,
)

HEADINGS = {"志愿者编号": "number", "编号": "number", "volunteer number": "number", "number": "number"}
# As many numbers as may be typed, each on its line.
_NUMBERS_LENGTH = MOST_PEOPLE * 24


class PeopleForm(Form):
    """About whom something is recorded: numbers typed, or a file of them. `seen` is set by the preview."""

    numbers = TextField(_l("志愿者编号"), required=False, length=_NUMBERS_LENGTH)
    file = FileField(_l("或者上传名单"))
    seen = HiddenField()
    line_errors: tuple[LineError, ...] = ()

    def blame(self, error: DomainError) -> None:
        """Put `error` on its field and keep the faults of single lines for the list below."""
        self.line_errors = error.errors if isinstance(error, LinesRefused) else ()
        super().blame(error)

    def lines(self) -> list[Line]:
        """Return who is meant; raise Invalid or LinesRefused. A file counts in place of what was typed."""
        data = self.file.data.read() if self.file.data else b""
        if not data:
            return read_numbers(self.numbers.data or "")
        if (self.numbers.data or "").strip():
            raise Invalid(N_("编号和名单只能用一种，请把编号清空，或不选文件"), field=PEOPLE_FIELD)
        rows = read_sheet(data, HEADINGS)
        if not rows or "number" not in rows[0]:
            raise Invalid(N_("名单的第一行要有“志愿者编号”这一列"), field="file")
        cells = [(place, str(row.get("number") or "").strip()) for place, row in enumerate(rows, 2)]
        return check_numbers([Line(place, cell) for place, cell in cells if cell])


class TrainingForm(PeopleForm):
    """A training that one or many completed."""

    name = LineField(_l("培训名称"), length=NAME_LENGTH)
    taught = TextField(_l("培训内容"), length=WORDS_LENGTH)
    minutes = NumberField(_l("学习时长（分钟）"), validators=[InputRequired(_l("请填写学习时长，按分钟"))])
    held_by = LineField(_l("举办单位"), length=NAME_LENGTH)
    held_on = DayField(_l("日期"))

    def typed(self) -> TrainingTyped:
        """Return what was typed, once the form is valid."""
        data = self.data
        return TrainingTyped(data["name"], data["taught"], data["minutes"], data["held_by"], data["held_on"])


class CommendationForm(PeopleForm):
    """An honour that one or many were given."""

    name = LineField(_l("表彰名称"), length=NAME_LENGTH)
    given_by = LineField(_l("授予单位"), length=NAME_LENGTH)
    given_on = DayField(_l("日期"))

    def typed(self) -> CommendationTyped:
        """Return what was typed, once the form is valid."""
        data = self.data
        return CommendationTyped(data["name"], data["given_by"], data["given_on"])


class WithdrawForm(Form):
    """Why a record is taken back; the volunteer reads it."""

    reason = TextField(_l("撤回的原因"), length=WORDS_LENGTH)


class DisputeForm(Form):
    """What a volunteer holds against a record."""

    text = TextField(_l("哪里不对"), length=WORDS_LENGTH)


class FindForm(Form):
    """Whose record the office looks for; read from the address, changes nothing."""

    class Meta:
        """It is sent by GET."""

        csrf = False

    number = LineField(_l("志愿者编号"), length=60)


class PurposeForm(Form):
    """For what somebody else's record is read."""

    purpose = LineField(_l("为什么要看"), length=WORDS_LENGTH)


class TakeForm(Form):
    """What goes into a portable record beside what always does; the button pressed says in which form it comes."""

    kept = BooleanField(_l("培训、表彰和评价"), default=True)
    skills = BooleanField(_l("专业技能和服务类别"), default=True)
    birth = BooleanField(_l("性别和出生日期"))
    home = BooleanField(_l("居住区域"))
    phone = BooleanField(_l("手机号"))
    kind = SelectField(_l("文件"), choices=["json", "html", "pdf"], invalid_choice_message=_l("请选一种文件"))

    def parts(self) -> frozenset[str]:
        """Return the names of the parts that were ticked."""
        return frozenset(name for name in ("kept", "skills", "birth", "home", "phone") if self[name].data)


class GradesForm(Form):
    """A grade and words for each of those who served on a shift and have none yet; `numbers` are theirs."""

    def typed(self) -> list[EvaluationTyped]:
        """Return the grades that were chosen."""
        return [
            EvaluationTyped(number, Grade(self[f"grade-{number}"].data), self[f"words-{number}"].data or "")
            for number in self.numbers
            if self[f"grade-{number}"].data
        ]

    numbers: Sequence[str] = ()


def grades_form(numbers: Sequence[str]) -> GradesForm:
    """Return the form with a line for each of these volunteers."""
    choices = [("", _l("先不评")), *((grade.value, label_of(grade)) for grade in GRADE_LABELS)]
    fields: dict[str, Any] = {"numbers": tuple(numbers)}
    for number in numbers:
        fields[f"grade-{number}"] = SelectField(
            _l("评价"), choices=choices, default="", invalid_choice_message=_l("请从列表里选一项")
        )
        fields[f"words-{number}"] = LineField(_l("说明"), required=False, length=WORDS_LENGTH)
    form: GradesForm = type("ShiftGradesForm", (GradesForm,), fields)()
    return form


def label_of(grade: Grade) -> Any:
    """Return the word for a grade, spoken when the page is drawn."""
    return _l(grade.label)
