"""Forms of the dossier: one for each kind of item, withdrawing one, saying who owes a clause."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, RadioField, SelectField, SelectMultipleField

from forms.base import DayField, Form, LineField, TextField, obeys
from forms.fields import NumberField
from volunteer.areas.rules import AreaLevel
from volunteer.evidence.rules import (
    FACT_LENGTH,
    Caption,
    DocumentFacts,
    Facts,
    ListFacts,
    NoteFacts,
    OwnTableFacts,
    TableFacts,
    check_as_of,
    check_dated_on,
    check_taken_on,
    check_telling,
)
from volunteer.evidence.subjects import Subject
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.editions import MaterialKind
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

NOTE_LENGTH = 8000
Choices = Sequence[tuple[str, str]]


class ItemForm(Form):
    """What every kind shares. `clauses` are (code, words); an item that is changed keeps its clause and its file."""

    clause = SelectField(_l("条款"), invalid_choice_message=_l("请从列表里选条款"))
    file_name = ""

    def __init__(self, *args: Any, clauses: Choices, year: int, today: date, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.year, self.today = year, today
        if not is_new:
            for name in ("clause", self.file_name):
                if name:
                    del self[name]
        else:
            self.clause.choices = list(clauses)

    def facts(self) -> Facts:
        """Return what was typed, once it is valid."""
        raise NotImplementedError


def _told(label: Any, length: int = FACT_LENGTH) -> LineField:
    return LineField(label, length=length, validators=[obeys(check_telling)])


def _day(field: Field) -> Any:
    return field.data


class DocumentForm(ItemForm):
    """A 规范文件."""

    file_name = "file"
    title = LineField(_l("文件标题"))
    number = LineField(_l("文号"), length=FACT_LENGTH)
    issuer = _told(_l("发文单位"))
    dated_on = DayField(_l("发文日期"))
    file = FileField(_l("PDF 文件"), validators=[FileRequired(_l("请选一个 PDF 文件"))])

    def validate_dated_on(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_dated_on(day, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return what identifies the document."""
        return DocumentFacts(self.number.data, self.issuer.data, _day(self.dated_on))


class NoteForm(ItemForm):
    """A 情况说明."""

    title = LineField(_l("标题"))
    unit = _told(_l("撰写单位"))
    dated_on = DayField(_l("撰写日期"))
    words = TextField(_l("正文"), length=NOTE_LENGTH)

    def validate_dated_on(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_dated_on(day, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return who wrote it, and when."""
        return NoteFacts(self.unit.data, _day(self.dated_on))


class PictureForm(ItemForm):
    """A 实景图片 with its caption."""

    file_name = "picture"
    picture = FileField(_l("图片"), validators=[FileRequired(_l("请选一张图片"))])
    taken_on = DayField(_l("时间（哪天拍的）"))
    place = _told(_l("地点"))
    people = _told(_l("人物"))
    theme = _told(_l("主题"))
    event = _told(_l("事由"))

    def validate_taken_on(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_taken_on(day, self.year, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return the caption."""
        return Caption(_day(self.taken_on), *(self[name].data for name in ("place", "people", "theme", "event")))


class TableForm(ItemForm):
    """A 统计表格: which figures it shows. `levels` are (value, words) of the areas below."""

    indicator = SelectField(_l("指标"))
    level = SelectField(_l("按哪一级分行"))
    as_of = DayField(_l("截至"))
    window = SelectField(_l("统计期"))
    total = SelectField(_l("口径"))

    def __init__(
        self, *args: Any, indicators: Choices, levels: Choices, windows: Choices, totals: Choices, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.indicator.choices, self.level.choices = list(indicators), list(levels)
        self.window.choices, self.total.choices = list(windows), list(totals)

    def validate_as_of(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_as_of(day, self.year, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return which figures it shows."""
        indicator = IndicatorCode(self.indicator.data) if self.indicator.data else None
        level, kind, total = AreaLevel(self.level.data), WindowKind(self.window.data), Total(self.total.data)
        return TableFacts(indicator, level, _day(self.as_of), kind, total)


class ListForm(ItemForm):
    """A 统计表格 of records; `total` and `themes` only where they matter."""

    as_of = DayField(_l("截至"))
    window = SelectField(_l("统计期"))
    total = SelectField(_l("口径"))
    themes = SelectMultipleField(_l("活动类别"))

    def __init__(
        self, *args: Any, subject: Subject, windows: Choices, totals: Choices, themes: Choices, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.subject = subject
        self.window.choices, self.total.choices, self.themes.choices = list(windows), list(totals), list(themes)
        if not subject.has_total:
            del self.total
        if subject is not Subject.ACTIVITIES:
            del self.themes

    def validate_as_of(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_as_of(day, self.year, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return which records it shows."""
        total = Total(self.total.data) if "total" in self else Total.INCLUSIVE
        chosen = set(self.themes.data or ()) if "themes" in self else set()
        themes = tuple(theme for theme in ServiceCategory if theme.value in chosen)
        return ListFacts(self.subject, _day(self.as_of), WindowKind(self.window.data), total, themes)


class OwnTableForm(ItemForm):
    """A 统计表格 that somebody made elsewhere."""

    file_name = "file"
    title = LineField(_l("表名"))
    unit = _told(_l("填表单位"))
    counted_to = DayField(_l("统计截至"))
    source = _told(_l("数字来源"))
    file = FileField(_l("Excel 或 CSV 文件"), validators=[FileRequired(_l("请选一个 Excel 或 CSV 文件"))])

    def validate_counted_to(self, field: Field) -> None:
        """Ask the rule about the day."""
        obeys(lambda day, field: check_as_of(day, self.year, self.today, field=field))(self, field)

    def facts(self) -> Facts:
        """Return who filled it in, until when, and from what."""
        return OwnTableFacts(self.unit.data, _day(self.counted_to), self.source.data)


class PackForm(Form):
    """For whom a package is made."""

    tells_lacks = RadioField(
        _l("给谁看"),
        choices=[("", _l("给测评员")), ("1", _l("自己查漏"))],
        default="",
    )


FORMS: dict[MaterialKind, type[ItemForm]] = {
    MaterialKind.DOCUMENT: DocumentForm,
    MaterialKind.NOTE: NoteForm,
    MaterialKind.PICTURE: PictureForm,
    MaterialKind.TABLE: TableForm,
}


class OpenForm(Form):
    """Opens the dossier of an area and year; `areas` are (code, name)."""

    area = SelectField(_l("哪里的档案"), invalid_choice_message=_l("请从列表里选"))
    year = SelectField(_l("年份"), coerce=int)

    def __init__(self, *args: Any, areas: Choices, years: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.area.choices, self.year.choices = list(areas), [(year, str(year)) for year in years]


class WithdrawForm(Form):
    """Why an item is taken out."""

    reason = _told(_l("为什么撤下"), 300)


class DutyForm(Form):
    """Who owes the materials of a clause, until when, and how many pictures; `people` are (public id, name)."""

    unit = LineField(_l("责任单位"), length=FACT_LENGTH)
    holder = SelectField(_l("由谁催办"), default="", invalid_choice_message=_l("请从列表里选"))
    due_on = DayField(_l("期限"), required=False)
    pictures = NumberField(_l("要几张实景图片"))

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.holder.choices = [("", _l("管这本档案的人都通知")), *people]
