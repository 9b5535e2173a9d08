"""What issuing, verifying and revoking a certificate ask."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from forms.base import DayField, Form, LineField

_CHOOSE = _l("请从列表里选一项")


class IssueForm(Form):
    """Whose service, recorded by whom, in which period."""

    volunteer = SelectField(_l("志愿者"), invalid_choice_message=_CHOOSE)
    organization = SelectField(_l("记录单位"), invalid_choice_message=_CHOOSE)
    period_from = DayField(_l("开始日期"))
    period_to = DayField(_l("结束日期"))


class RevokeForm(Form):
    """Why a certificate is taken back."""

    reason = LineField(_l("撤销原因"))
