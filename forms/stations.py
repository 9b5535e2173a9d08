"""What this room asks: why a record is left out."""

from flask_babel import lazy_gettext as _l

from forms.base import Form, TextField

REASON_LENGTH = 300


class DismissForm(Form):
    """Why a record of a station is not recorded."""

    reason = TextField(_l("为什么不记"), length=REASON_LENGTH)
