"""What the page of tokens asks."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from forms.area_choices import CHOOSE, AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField


class TokenForm(Form):
    """What a token is for, which area it reads, and its last day."""

    name = LineField(_l("给哪个系统用"), length=100)
    area = SelectField(_l("能读的范围"), validators=[require_choice], invalid_choice_message=CHOOSE)
    ends_on = DayField(_l("用到哪天"))

    def __init__(self, areas: AreaChoices, **options: Any) -> None:
        super().__init__(**options)
        offer_areas(self.area, areas)
