"""What every form shares: CSRF, safe text, and domain errors that land on their field."""

from collections.abc import Callable
from typing import Any
from unicodedata import category

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextArea

from volunteer.kernel.errors import DomainError
from volunteer.kernel.widths import narrow
from volunteer.web.words import say

LINE_LENGTH = 300
TEXT_LENGTH = 4000
LONGEST_FILE_NAME = 200


def file_name(given: object) -> str:
    """Return what an uploaded file is called, without its folder and without what cannot be seen or stored."""
    name = str(given or "").replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable())[:LONGEST_FILE_NAME]


class Form(FlaskForm):
    """Base of all forms."""

    def blame(self, error: DomainError) -> None:
        """Put `error` on the field that it names, or on the form."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(say(error.words))
        else:
            field.errors = [*field.errors, say(error.words)]

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong, on a field or on the form."""
        return bool(self.errors or self.form_errors)


def obeys(check: Callable[..., object]) -> Callable[[Form, Field], None]:
    """Return a validator that asks a rule, `check(typed, field=name)`, so that all wrong fields are told at once.

    A field that is already wrong or empty is left as it is.
    """

    def validate(form: Form, field: Field) -> None:
        if field.data and not field.errors:
            try:
                check(field.data, field=field.short_name)
            except DomainError as error:
                raise ValidationError(say(error.words)) from error

    return validate


def _printable(text: str) -> str:
    return "".join(character for character in text if character in "\n\r\t" or category(character) != "Cc")


def _refuse_unprintable(form: Form, field: Field) -> None:
    if field.data and _printable(field.data) != field.data:
        raise ValidationError(_l("这里有看不见的控制字符，请重新输入"))


def _limit(length: int) -> Callable[[Form, Field], None]:
    def check(form: Form, field: Field) -> None:
        if field.data and len(field.data) > length:
            raise ValidationError(
                _l("最多 %(limit)d 个字，现在是 %(length)d 个字", limit=length, length=len(field.data))
            )

    return check


def _required(form: Form, field: Field) -> None:
    if not field.data:
        raise ValidationError(_l("请填写%(label)s", label=field.label.text))


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# Marks that turn the direction of what follows: nobody sees them, and they make a text read as another one.
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def _straight(value: Any) -> Any:
    return value.translate(_TURNS) if isinstance(value, str) else value


class LineField(StringField):
    """One line of text, trimmed, without control characters, at most `length` characters."""

    def __init__(self, label: Any, *, required: bool = True, length: int = LINE_LENGTH, **options: Any) -> None:
        checks = [_refuse_unprintable, _limit(length), *options.pop("validators", [])]
        if required:
            checks.insert(0, _required)
        super().__init__(label, validators=checks, filters=[*options.pop("filters", []), _stripped], **options)
        if required:
            self.flags.required = True
        self.flags.maxlength = length

    def _value(self) -> str:
        """Return what was typed as a page can hold it: no page may carry a control character."""
        return _printable(super()._value())


class TextField(LineField):
    """Several lines of text, trimmed, without control characters or turned directions, at most `length` letters."""

    widget = TextArea()

    def __init__(self, label: Any, *, required: bool = True, length: int = TEXT_LENGTH, **options: Any) -> None:
        super().__init__(label, required=required, length=length, filters=[_straight], **options)


class DayField(DateField):
    """A day; refused in words where it is none. Full-width digits are digits."""

    def __init__(self, label: Any, *, required: bool = True, **options: Any) -> None:
        super().__init__(label, format=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"], **options)
        if required:
            self.flags.required = True

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; nothing typed is None."""
        typed = narrow(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            super().process_formdata([typed])
        except ValueError:
            raise ValueError(_l("请填写日期，比如 2026-11-22")) from None

    def pre_validate(self, form: Form) -> None:
        """Ask for a day where one must be."""
        if self.flags.required and self.data is None and not self.process_errors:
            raise ValidationError(_l("请填写%(label)s", label=self.label.text))
