"""What the pages about surveys ask."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from forms.area_choices import CHOOSE, AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField
from volunteer.kernel.widths import narrow

_MOST_COUNTED = 100_000_000


class CountField(StringField):
    """A whole number of things, from 0; `count` is it once the form is valid."""

    count = 0

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, **options)
        self.flags.required = True

    def pre_validate(self, form: Form) -> None:
        """Read the number; separators and full-width digits are understood."""
        typed = narrow(self.data or "").replace(" ", "").replace(",", "")
        if not typed:
            raise ValidationError(_l("请填写%(label)s", label=self.label.text))
        if not re.fullmatch("[0-9]{1,12}", typed) or int(typed) > _MOST_COUNTED:
            raise ValidationError(_l("要填整数，比如 1200"))
        self.count = int(typed)


class ResultForm(Form):
    """The result of one survey."""

    area = SelectField(_l("调查范围"), validators=[require_choice], invalid_choice_message=CHOOSE)
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

    def __init__(self, areas: AreaChoices, **options: Any) -> None:
        super().__init__(**options)
        offer_areas(self.area, areas)

    def validate_kind(self, field: RadioField) -> None:
        """Ask for one of the two kinds."""
        if field.data not in ("official", "self"):
            raise ValidationError(CHOOSE)
