"""What issuing, verifying and revoking certificates ask."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField

from forms.base import DayField, Form, LineField, TextField
from volunteer.certificates.rules import AUDIENCE_LABELS, LONGEST_TITLE, Audience, Order
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

_CHOOSE = _l("请从列表里选一项")
ALL, CHOSEN = "all", "chosen"
CHINESE, BILINGUAL = "zh", "bilingual"
Choices = Iterable[tuple[str, str]]


class LookForm(Form):
    """The period of a certificate and how it is to look; what it lists is asked in the forms below."""

    period_from = DayField(_l("开始日期"))
    period_to = DayField(_l("结束日期"))
    scope = RadioField(
        _l("写哪些活动"),
        choices=[(ALL, _l("这段时间的全部活动")), (CHOSEN, _l("只写选中的活动"))],
        default=ALL,
        invalid_choice_message=_CHOOSE,
    )
    language = RadioField(
        _l("文字"),
        choices=[(CHINESE, _l("中文")), (BILINGUAL, _l("中英对照"))],
        default=CHINESE,
        invalid_choice_message=_CHOOSE,
    )
    has_seal = BooleanField(_l("印上电子印章图样（不选就留出盖章的位置）"))

    def chosen(self) -> tuple[str, ...]:
        """Return the public ids of the activities that were chosen."""
        raise NotImplementedError

    def order(self) -> Order:
        """Return what is asked for, once the form is valid; raises Invalid when nothing was chosen."""
        first_on: Any = self.period_from.data
        last_on: Any = self.period_to.data
        return Order(
            first_on,
            last_on,
            self.chosen() if self.scope.data == CHOSEN else None,
            is_bilingual=self.language.data == BILINGUAL,
            has_seal=self.has_seal.data,
        )


class OrderForm(LookForm):
    """What is to be on one certificate; the activities to choose among are set once it is known whose they are."""

    activities = SelectMultipleField(
        _l("选中的活动"), choices=[], invalid_choice_message=_l("选中的活动在这段时间里没有记录，请重新选")
    )

    def validate(self, *args: Any, **options: Any) -> bool:
        """Leave out what was ticked before everything was asked for again."""
        if self.scope.data != CHOSEN:
            self.activities.data = []
        return super().validate(*args, **options)

    def chosen(self) -> tuple[str, ...]:
        """Return what was ticked."""
        return tuple(self.activities.data or ())


class IssueForm(OrderForm):
    """Whose service, recorded by whom; both are (public id, name). `seen` is whose certificate was last looked at."""

    volunteer = SelectField(_l("志愿者"), invalid_choice_message=_CHOOSE)
    organization = SelectField(_l("记录单位"), invalid_choice_message=_CHOOSE)
    seen = HiddenField()

    def __init__(self, *args: object, volunteers: Choices, organizations: Choices, **options: object) -> None:
        super().__init__(*args, **options)
        self.volunteer.choices = list(volunteers)
        self.organization.choices = list(organizations)


class IssueForForm(OrderForm):
    """Whose service, by number, and which of one's organizations certifies it; `seen` is the number last looked at."""

    volunteer_number = LineField(_l("志愿者编号"), length=60)
    organization = SelectField(_l("开具单位"), invalid_choice_message=_CHOOSE)
    seen = HiddenField()

    def __init__(self, *args: object, organizations: Choices, **options: object) -> None:
        super().__init__(*args, **options)
        self.organization.choices = list(organizations)


class BatchOrderForm(LookForm):
    """What is to be on the certificates of a batch; one activity may be all that they list."""

    title = LineField(_l("这一批叫什么"), length=LONGEST_TITLE)
    activity = SelectField(_l("哪项活动"), invalid_choice_message=_CHOOSE)

    def __init__(self, *args: object, activities: Choices, **options: object) -> None:
        super().__init__(*args, **options)
        self.scope.choices = [(ALL, _l("这段时间在本单位的全部活动")), (CHOSEN, _l("只写一项活动"))]
        self.activity.choices = [("", _l("不限活动")), *activities]

    def chosen(self) -> tuple[str, ...]:
        """Return the one activity; raises Invalid when none was chosen."""
        if not self.activity.data:
            raise Invalid(N_("请选一项活动"), field="activity")
        return (self.activity.data,)


class BatchForm(BatchOrderForm):
    """For whom a batch of certificates is; activities and communities are (public id or code, words)."""

    audience = RadioField(
        _l("给谁开"),
        choices=[(audience.value, _l(words)) for audience, words in AUDIENCE_LABELS.items()],
        default=Audience.LIST.value,
        invalid_choice_message=_CHOOSE,
    )
    numbers = TextField(_l("志愿者编号"), required=False, length=60_000)
    file = FileField(_l("编号名单文件"))
    community = SelectField(_l("哪个社区"), invalid_choice_message=_CHOOSE)

    def __init__(self, *args: object, communities: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.community.choices = [("", _l("请选择")), *communities]

    def content(self) -> bytes:
        """Return the bytes of the file, none where there is no file."""
        return bytes(self.file.data.read()) if self.file.data else b""


class ConfirmBatchForm(BatchOrderForm):
    """A batch that was shown, carried by the page until its reader confirms."""

    packed = HiddenField()


class RevokeForm(Form):
    """Why a certificate is taken back."""

    reason = LineField(_l("撤销原因"), length=300)


class InspectForm(Form):
    """The file that somebody was given, and the number on it where the file itself cannot tell."""

    file = FileField(_l("证明文件（PDF）"), validators=[FileRequired(_l("请选择证明文件"))])
    file_number = LineField(_l("文件上的编号"), required=False, length=200)


class NameForm(Form):
    """The whole name as it stands on the paper in hand."""

    holder_name = LineField(_l("纸上的姓名"), length=100)
