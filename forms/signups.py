"""What signing up asks."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Form


class SignupForm(Form):
    """Who takes part."""

    volunteers = SelectMultipleField(
        _l("谁来参加"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=True
    )

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """Offer the volunteers who may take part, as (public id, name); a single one is chosen already."""
        self.volunteers.choices = choices
        if not self.is_submitted() and len(choices) == 1:
            self.volunteers.data = [choices[0][0]]
