"""What signing up, signing in and changing a password ask."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField
from wtforms.validators import ValidationError

from forms.base import Form, LineField, obeys
from volunteer.accounts.rules import LONGEST_PASSWORD, check_password
from volunteer.kernel.errors import DomainError, TooMany
from volunteer.kernel.names import check_name
from volunteer.kernel.phones import check_phone
from volunteer.web.words import say

PHONE_LENGTH = 40
NAME_LENGTH = 200


def _is_filled(form: Form, field: PasswordField) -> None:
    if not field.data:
        raise ValidationError(_l("请填写%(label)s", label=field.label.text))


def _is_short_enough(form: Form, field: PasswordField) -> None:
    if field.data and len(field.data) > LONGEST_PASSWORD:
        raise ValidationError(_l("密码最多 %(most)d 个字符", most=LONGEST_PASSWORD))


class GuardedForm(Form):
    """A form whose tries are limited: it remembers how long a refused reader has to wait."""

    retry_after = 0

    def blame(self, error: DomainError) -> None:
        """Put `error` on its field and note the wait."""
        super().blame(error)
        if isinstance(error, TooMany):
            self.retry_after = error.retry_after


class SignUpForm(GuardedForm):
    """A new account."""

    phone = LineField(_l("手机号"), length=PHONE_LENGTH, validators=[obeys(check_phone)])
    display_name = LineField(_l("姓名"), length=NAME_LENGTH, validators=[obeys(check_name)])
    password = PasswordField(_l("密码"))
    consent = BooleanField(_l("我已阅读并同意隐私说明"))

    def validate_password(self, field: PasswordField) -> None:
        """Ask the rule, with the phone as far as it can be read."""
        try:
            phone = check_phone(self.phone.data or "")
        except DomainError:
            phone = None
        try:
            check_password(field.data or "", phone=phone)
        except DomainError as error:
            raise ValidationError(say(error.words)) from error

    def validate_consent(self, field: BooleanField) -> None:
        """Nothing is taken before it is agreed to."""
        if not field.data:
            raise ValidationError(_l("请先阅读并同意隐私说明"))


class SignInForm(GuardedForm):
    """Phone and password."""

    phone = LineField(_l("手机号"), length=PHONE_LENGTH, validators=[obeys(check_phone)])
    password = PasswordField(_l("密码"), validators=[_is_filled, _is_short_enough])


class ChangePasswordForm(GuardedForm):
    """The present password and a new one."""

    present = PasswordField(_l("现在的密码"), validators=[_is_filled, _is_short_enough])
    password = PasswordField(_l("新密码"))

    def validate_password(self, field: PasswordField) -> None:
        """Ask the rule."""
        try:
            check_password(field.data or "")
        except DomainError as error:
            raise ValidationError(say(error.words)) from error


class ResetPasswordForm(Form):
    """Whose password was lost; the office has looked at a document of the person who asks."""

    phone = LineField(_l("对方的手机号"), length=PHONE_LENGTH, validators=[obeys(check_phone)])
    is_checked = BooleanField(_l("我核对过对方的身份证件，是本人"))

    def validate_is_checked(self, field: BooleanField) -> None:
        """Nobody gets an account by asking for it."""
        if not field.data:
            raise ValidationError(_l("请先核对对方的身份证件"))
