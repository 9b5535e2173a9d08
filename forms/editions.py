"""What the pages of editions ask: days and standards, a clause, and which series an area is measured by."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from forms.area_choices import CHOOSE, require_choice
from forms.base import DayField, Form, LineField, TextField
from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import plain
from volunteer.kernel.text import N_
from volunteer.kernel.widths import narrow
from volunteer.metrics.editions import (
    GRADE_NAMES,
    SHIPPED_SERIES,
    CityKind,
    Clause,
    Edition,
    Grade,
    MaterialKind,
    Standard,
    check_grades,
)
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode, Unit, threshold_from
from volunteer.web.words import say

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class EditionForm(Form):
    """An edition: its name, its days, and for each indicator a label, a clause, a threshold and grades."""

    name = LineField(_l("名称"), length=100)
    series = LineField(_l("系列"), length=100, default=SHIPPED_SERIES)
    city_kind = SelectField(
        _l("适用城市"),
        choices=[SelectChoice(kind.value, _l(kind.label)) for kind in CityKind],
        invalid_choice_message=CHOOSE,
    )
    effective_from = DayField(_l("生效日期"))
    effective_to = DayField(_l("截止日期"), required=False)
    reason = LineField(_l("为什么要改"), required=False)

    def standard_fields(self) -> list[tuple[Any, Any, Any, Any, list[Any]]]:
        """Return for each indicator the indicator and its fields: label, clause, threshold, grades."""
        return [
            (
                indicator,
                *(self[f"{code}_{part}"] for part in ("label", "clause", "threshold")),
                [self[f"{code}_grade_{name.lower()}"] for name in GRADE_NAMES],
            )
            for code, indicator in INDICATORS.items()
        ]

    def edition(self) -> Edition:
        """Return what was typed as an edition; raise Invalid on the field that is wrong."""
        standards = {}
        for indicator, label, clause, threshold, grades in self.standard_fields():
            if not threshold.data:
                self._refuse_grades_alone(threshold, grades)
                continue
            standards[indicator.code] = Standard(
                label=label.data or say(indicator.name),
                clause=clause.data or "",
                threshold=_amount(indicator, threshold),
                grades=_grades(indicator, grades),
            )
        if not standards:
            first = f"{next(iter(INDICATORS))}_threshold"
            raise Invalid(N_("至少要填一项指标的标准"), field=first)
        return Edition(
            name=self.name.data,
            series=self.series.data,
            city_kind=CityKind(self.city_kind.data),
            effective_from=cast(date, self.effective_from.data),
            effective_to=self.effective_to.data,
            standards=standards,
        )

    def _refuse_grades_alone(self, threshold: Any, grades: Sequence[Any]) -> None:
        if any(grade.data for grade in grades):
            raise Invalid(N_("填了等级，也要填标准"), field=threshold.name)


# The summary of what is wrong names the fields: four thresholds are told apart by their indicator.
for _code, _indicator in INDICATORS.items():
    _name = _l(_indicator.short_name)
    setattr(EditionForm, f"{_code}_label", LineField(_l("%(name)s的叫法", name=_name), required=False, length=100))
    setattr(EditionForm, f"{_code}_clause", LineField(_l("%(name)s的依据条款", name=_name), required=False))
    setattr(EditionForm, f"{_code}_threshold", LineField(_l("%(name)s的标准", name=_name), required=False, length=20))
    for _grade in GRADE_NAMES:
        words = _l("%(name)s %(grade)s 级起点", name=_name, grade=_grade)
        field = LineField(words, required=False, length=20)
        setattr(EditionForm, f"{_code}_grade_{_grade.lower()}", field)


class ClauseForm(Form):
    """A clause: its number and words, the materials it wants, the indicator it speaks of."""

    code = LineField(_l("编号"), length=20)
    title = LineField(_l("标题"), length=100)
    words = TextField(_l("内容"), required=False, length=1000)
    wants = SelectMultipleField(
        _l("要交的材料"),
        choices=[SelectChoice(kind.value, _l(kind.label)) for kind in MaterialKind],
        validate_choice=False,
    )
    indicator = SelectField(_l("对应的指标"), invalid_choice_message=CHOOSE)
    reason = LineField(_l("为什么要改"), required=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.wants.flags.required = True
        names = [(code.value, say(indicator.name)) for code, indicator in INDICATORS.items()]
        self.indicator.choices = [("", _l("不对应指标")), *names]

    def validate_wants(self, field: SelectMultipleField) -> None:
        """Ask for at least one of the four kinds."""
        if not field.data or not set(field.data) <= set(MaterialKind):
            raise ValidationError(_l("请选择要交哪几类材料"))

    def clause(self) -> Clause:
        """Return what was typed as a clause."""
        return Clause(
            code=narrow(self.code.data),
            title=self.title.data,
            words=self.words.data or "",
            wants=tuple(kind for kind in MaterialKind if kind in self.wants.data),
            indicator=IndicatorCode(self.indicator.data) if self.indicator.data else None,
        )


class RemoveClauseForm(Form):
    """Why a clause is taken out."""

    reason = LineField(_l("为什么要删"), required=False)


class ChoiceForm(Form):
    """By which series an area is measured, from when on, and why."""

    area = SelectField(_l("区划"), validators=[require_choice], invalid_choice_message=CHOOSE)
    series = SelectField(_l("测评体系系列"), validators=[require_choice], invalid_choice_message=CHOOSE)
    effective_from = DayField(_l("从哪天起"))
    reason = LineField(_l("依据和原因"))

    def __init__(self, areas: Sequence[tuple[str, str]], series: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.area.choices = [("", _l("请选择")), *areas]
        self.series.choices = [("", _l("请选择")), *((name, name) for name in series)]
        self.area.flags.required = self.series.flags.required = True


def typed_edition(edition: Edition) -> dict[str, Any]:
    """Return an edition as the form shows it."""
    typed: dict[str, Any] = {
        "name": edition.name,
        "series": edition.series,
        "city_kind": edition.city_kind.value,
        "effective_from": edition.effective_from,
        "effective_to": edition.effective_to,
    }
    for code, standard in edition.standards.items():
        typed[f"{code}_label"] = standard.label
        typed[f"{code}_clause"] = standard.clause
        typed[f"{code}_threshold"] = _typed_amount(code, standard.threshold)
        for grade in standard.grades:
            typed[f"{code}_grade_{grade.name.lower()}"] = _typed_amount(code, grade.floor)
    return typed


def typed_clause(clause: Clause) -> dict[str, Any]:
    """Return a clause as the form shows it."""
    return {
        "code": clause.code,
        "title": clause.title,
        "words": clause.words,
        "wants": [kind.value for kind in clause.wants],
        "indicator": clause.indicator.value if clause.indicator else "",
    }


def _typed_amount(code: IndicatorCode, value: Fraction) -> str:
    return plain(value * (100 if INDICATORS[code].unit is Unit.PERCENT else 1))


def _grades(indicator: Indicator, fields: Sequence[Any]) -> tuple[Grade, ...]:
    grades = tuple(
        Grade(name, _amount(indicator, field)) for name, field in zip(GRADE_NAMES, fields, strict=True) if field.data
    )
    check_grades(indicator.code, grades)
    return grades


def _amount(indicator: Indicator, field: Any) -> Fraction:
    text = narrow(field.data).replace(" ", "").removesuffix("%")
    if not _NUMBER.fullmatch(text):
        raise Invalid(N_("标准要填大于 0 的数字，比如 10"), field=field.name)
    return threshold_from(indicator.unit, Decimal(text), field=field.name)
