"""What the pages of areas and populations ask."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField

from forms.base import Form, LineField
from volunteer.areas.population_rules import LONGEST_SOURCE
from volunteer.areas.tables import RowError, RowErrors
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


class ConfirmForm(Form):
    """A table that was shown with what it changes, carried by the page until its reader confirms."""

    packed = HiddenField()
    seen = HiddenField()


class PopulationForm(Form):
    """One community's figure for one year."""

    residents = LineField(_l("常住人口"), length=20)
    source = LineField(_l("来源"), length=LONGEST_SOURCE)
