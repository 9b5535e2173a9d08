"""Choosing an area of the tree from those that the reader may see."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import ValidationError

from forms.base import Form

CHOOSE = _l("请选择一项")
AreaChoices = Mapping[str, Sequence[tuple[str, str]]]


def offer_areas(field: SelectField, areas: AreaChoices) -> None:
    """Offer areas as (code, name), grouped by district; none is chosen beforehand."""
    field.flags.required = True
    offered = [SelectChoice(code, name, optgroup=group) for group, found in areas.items() for code, name in found]
    field.choices = [SelectChoice("", _l("请选择")), *offered]


def require_choice(form: Form, field: SelectField) -> None:
    """Ask that something be chosen."""
    if not field.data:
        raise ValidationError(CHOOSE)
