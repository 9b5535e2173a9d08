"""What the pages of signals ask."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import ValidationError

from forms.base import Form, TextField
from volunteer.signals.rules import Verdict

USUAL_DRAW = 3
DRAWS = (1, 3, 5, 10, 20)


class VerdictForm(Form):
    """What a person makes of a signal; `stands` is the verdict that they were shown, "" for none."""

    verdict = RadioField(
        _l("您怎么看"),
        choices=[SelectChoice(one.value, _l(one.label)) for one in Verdict],
        validate_choice=False,
    )
    note = TextField(_l("说明"), required=False, length=300)
    stands = HiddenField(default="")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.verdict.flags.required = True

    def validate_verdict(self, field: RadioField) -> None:
        """Ask for one of the two."""
        if field.data not in set(Verdict):
            raise ValidationError(_l("请选择一项"))

    @property
    def stood(self) -> Verdict | None:
        """Return the verdict that the reader was shown; anything else typed there is none."""
        return Verdict(self.stands.data) if self.stands.data in set(Verdict) else None


class DrawForm(Form):
    """How many of those who are in are drawn."""

    count = SelectField(
        _l("抽几个人"),
        choices=[SelectChoice(str(one), str(one)) for one in DRAWS],
        default=str(USUAL_DRAW),
        invalid_choice_message=_l("请选择一项"),
    )
