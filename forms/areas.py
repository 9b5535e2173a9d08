"""What the pages of areas and populations ask."""

from datetime import date
from typing import cast

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField

from forms.area_choices import AreaChoices, offer_areas, require_choice
from forms.base import DayField, Form, LineField, TextField, file_name
from volunteer.areas.population_rules import LONGEST_SOURCE
from volunteer.areas.tables import LONGEST_REASON, RowError, RowErrors
from volunteer.kernel.errors import DomainError


class FileForm(Form):
    """A table to read; `row_errors` are what is wrong in it, cell by cell."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择一个文件"))])
    row_errors: tuple[RowError, ...] = ()

    def blame(self, error: DomainError) -> None:
        """Put `error` on its field and keep the faults of single rows for the list below."""
        self.row_errors = error.errors if isinstance(error, RowErrors) else ()
        super().blame(error)

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return bytes(self.file.data.read())

    def file_name(self) -> str:
        """Return what the file is called, without its folder and without what cannot be seen."""
        return file_name(self.file.data.filename)


class ConfirmForm(Form):
    """What was shown with what it changes, until its reader confirms: carried by the page, or the id of a kept file."""

    packed = HiddenField()
    kept = HiddenField()
    seen = HiddenField()


class PopulationForm(Form):
    """One community's figure for one year."""

    residents = LineField(_l("常住人口"), length=20)
    is_built_up = SelectField(
        _l("是否建成区"),
        choices=[("yes", _l("在建成区")), ("no", _l("不在建成区"))],
        default="yes",
        invalid_choice_message=_l("请选择一项"),
    )
    source = LineField(_l("来源"), length=LONGEST_SOURCE)


class MoveForm(Form):
    """A community that comes under another street from a day on."""

    to_code = SelectField(_l("新的街道乡镇"), validators=[require_choice], invalid_choice_message=_l("请选择一项"))
    effective_on = DayField(_l("从哪天起"))
    reason = TextField(_l("依据"), length=LONGEST_REASON)

    def __init__(self, streets: AreaChoices, today: date) -> None:
        super().__init__()
        offer_areas(self.to_code, streets)
        self.effective_on.render_kw = {"max": today.isoformat()}

    @property
    def day(self) -> date:
        """Return the day that was chosen, of a form that is valid."""
        return cast(date, self.effective_on.data)
