"""What the office's pages ask."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import ValidationError

from forms.area_choices import CHOOSE, AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField, TextField
from volunteer.kernel.errors import Invalid
from volunteer.kernel.permissions import ROLE_LABELS, Role
from volunteer.kernel.ratio import plain
from volunteer.kernel.text import N_
from volunteer.kernel.widths import narrow
from volunteer.metrics.editions import CityKind, Edition, Standard
from volunteer.metrics.rules import INDICATORS, Unit, threshold_from
from volunteer.web.words import say

OFFICE_ROLE_ORDER = (Role.OFFICE_ADMIN, Role.OFFICE_STAFF, Role.ASSESSOR)


class DecisionForm(Form):
    """Why an organization is returned or suspended."""

    reason = TextField(_l("原因"), required=False, length=300)


class GrantForm(Form):
    """Who gets which role for which area."""

    phone = LineField(_l("手机号"), length=40)
    role = RadioField(
        _l("角色"),
        choices=[SelectChoice(role.value, _l(ROLE_LABELS[role])) for role in OFFICE_ROLE_ORDER],
        validate_choice=False,
    )
    area = SelectField(_l("管理范围"), validators=[require_choice], invalid_choice_message=CHOOSE)

    def __init__(self, areas: AreaChoices, **options: Any) -> None:
        super().__init__(**options)
        offer_areas(self.area, areas)
        self.role.flags.required = True

    def validate_role(self, field: RadioField) -> None:
        """Ask for one of the roles."""
        if field.data not in {role.value for role in OFFICE_ROLE_ORDER}:
            raise ValidationError(CHOOSE)


class EditionForm(Form):
    """An edition: its name, its days, and for each indicator a label, a clause and a threshold."""

    name = LineField(_l("名称"), length=100)
    city_kind = SelectField(
        _l("适用城市"),
        choices=[SelectChoice(kind.value, _l(kind.label)) for kind in CityKind],
        invalid_choice_message=CHOOSE,
    )
    effective_from = DayField(_l("生效日期"))
    effective_to = DayField(_l("截止日期"), required=False)

    def standard_fields(self) -> list[tuple[Any, Any, Any, Any]]:
        """Return for each indicator the indicator and its fields: label, clause, threshold."""
        return [
            (indicator, *(self[f"{code}_{part}"] for part in ("label", "clause", "threshold")))
            for code, indicator in INDICATORS.items()
        ]

    def edition(self) -> Edition:
        """Return what was typed as an edition; raise Invalid on the field that is wrong."""
        standards = {}
        for indicator, label, clause, threshold in self.standard_fields():
            if not threshold.data:
                continue
            value = threshold_from(indicator.unit, _decimal(threshold.data, threshold.name), field=threshold.name)
            standards[indicator.code] = Standard(
                label=label.data or say(indicator.name), clause=clause.data or "", threshold=value
            )
        if not standards:
            first = f"{next(iter(INDICATORS))}_threshold"
            raise Invalid(N_("至少要填一项指标的标准"), field=first)
        return Edition(
            name=self.name.data,
            city_kind=CityKind(self.city_kind.data),
            effective_from=cast(date, self.effective_from.data),
            effective_to=self.effective_to.data,
            standards=standards,
        )


for _code in INDICATORS:
    setattr(EditionForm, f"{_code}_label", LineField(_l("名称"), required=False, length=100))
    setattr(EditionForm, f"{_code}_clause", LineField(_l("依据条款"), required=False))
    setattr(EditionForm, f"{_code}_threshold", LineField(_l("标准"), required=False, length=20))


class StarScaleForm(Form):
    """From when which hours are worth how many stars."""

    hours = LineField(_l("各星级要多少小时"), length=100)
    effective_on = DayField(_l("从哪天起用"))


def typed_edition(edition: Edition) -> dict[str, Any]:
    """Return an edition as the form shows it."""
    typed: dict[str, Any] = {
        "name": edition.name,
        "city_kind": edition.city_kind.value,
        "effective_from": edition.effective_from,
        "effective_to": edition.effective_to,
    }
    for code, standard in edition.standards.items():
        scale = 100 if INDICATORS[code].unit is Unit.PERCENT else 1
        typed[f"{code}_label"] = standard.label
        typed[f"{code}_clause"] = standard.clause
        typed[f"{code}_threshold"] = plain(standard.threshold * scale)
    return typed


def _decimal(typed: str, field: str) -> Decimal:
    text = narrow(typed).replace(" ", "").removesuffix("%")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise Invalid(N_("标准要填大于 0 的数字，比如 10"), field=field)
    return Decimal(text)
