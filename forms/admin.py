"""What the office's pages ask."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import ValidationError

from forms.area_choices import CHOOSE, AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField, TextField
from volunteer.kernel.permissions import ROLE_LABELS, Role

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


class StarScaleForm(Form):
    """From when which hours are worth how many stars."""

    hours = LineField(_l("各星级要多少小时"), length=100)
    effective_on = DayField(_l("从哪天起用"))
