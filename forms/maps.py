"""What is asked of whoever uploads boundaries."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from forms.base import Form, LineField
from volunteer.kernel.errors import DomainError
from volunteer.maps.reading import FaultyFile
from volunteer.web.words import say


class BoundaryForm(Form):
    """A GeoJSON file, where it comes from, and which of its properties hold codes and names."""

    file = FileField(_l("边界文件"), validators=[FileRequired(_l("请选择一个文件"))])
    source = LineField(_l("来源"), length=300)
    code_key = LineField(_l("放代码的字段"), required=False, length=100)
    name_key = LineField(_l("放名称的字段"), required=False, length=100)

    def blame(self, error: DomainError) -> None:
        """Put every fault of a file on its field."""
        if isinstance(error, FaultyFile):
            self.file.errors = [*self.file.errors, *map(say, error.faults)]
        else:
            super().blame(error)

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return bytes(self.file.data.read())
