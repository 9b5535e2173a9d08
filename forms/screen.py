"""What is asked of whoever makes a link to the wall's page."""

from flask_babel import lazy_gettext as _l

from forms.base import DayField, Form, LineField


class PassForm(Form):
    """Where the page will hang, and until when the link opens it."""

    name = LineField(_l("放在哪里"), length=100)
    ends_on = DayField(_l("用到哪天"))
