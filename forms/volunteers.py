"""What registering a volunteer and changing one ask."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from forms.base import DayField, Form, LineField, obeys
from volunteer.accounts.rules import ConsentKind
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import DomainError
from volunteer.kernel.id_documents import CheckedDocument, DocumentKind, Gender, check_document
from volunteer.kernel.names import check_name
from volunteer.kernel.phones import check_phone
from volunteer.volunteers.rules import CONSENT_FIELDS, RegistrationTyped, Relation, Skill
from volunteer.web.words import say

NAME_LENGTH = 200
NUMBER_LENGTH = 60
PHONE_LENGTH = 40
AREA_LENGTH = 100
_CHOOSE = _l("请从列出的里面选")


class _AboutForm(Form):
    """What may change later as well: where a volunteer lives, how to reach them, what they can do."""

    phone = LineField(_l("联系电话"), required=False, length=PHONE_LENGTH, validators=[obeys(check_phone)])
    community = LineField(_l("居住社区（村）"), length=AREA_LENGTH)
    skills = SelectMultipleField(_l("会做什么"), invalid_choice_message=_CHOOSE)
    categories = SelectMultipleField(_l("想参加哪类服务"), invalid_choice_message=_CHOOSE)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.skills.choices = [(skill.value, say(skill.label)) for skill in Skill]
        self.categories.choices = [(category.value, say(category.label)) for category in ServiceCategory]


class RegistrationForm(_AboutForm):
    """A new volunteer; the relation was chosen on the page before."""

    relation = HiddenField()
    name = LineField(_l("姓名"), length=NAME_LENGTH, validators=[obeys(check_name)])
    document_kind = SelectField(_l("证件类型"), default=DocumentKind.RESIDENT_ID.value, invalid_choice_message=_CHOOSE)
    document_number = LineField(_l("证件号码"), length=NUMBER_LENGTH)
    birth_on = DayField(_l("出生日期"), required=False)
    gender = SelectField(_l("性别"), default="", invalid_choice_message=_CHOOSE)
    consent_privacy = BooleanField()
    consent_guardian = BooleanField()
    consent_minor = BooleanField()

    def __init__(self, *args: Any, relation: Relation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = relation
        self.relation.data = relation.value
        self.document_kind.choices = [(kind.value, say(kind.label)) for kind in DocumentKind]
        self.gender.choices = [("", _("请选择")), *((gender.value, say(gender.label)) for gender in Gender)]
        for name, words in CONSENT_WORDS[relation].items():
            self[name].label.text = words

    def validate_document_number(self, field: LineField) -> None:
        """Ask the rule of the chosen kind."""
        if not field.data or field.errors:
            return
        try:
            self._checked_document()
        except DomainError as error:
            raise ValidationError(say(error.words)) from error

    def validate_birth_on(self, field: DayField) -> None:
        """Ask for the day that the number does not say; one that it says is not asked for."""
        document = self._document_or_none()
        if document is not None and document.birth_on is None and field.data is None and not field.errors:
            raise ValidationError(_l("这种证件的号码里没有出生日期，请填写"))

    def validate_gender(self, field: SelectField) -> None:
        """Ask for what the number does not say."""
        document = self._document_or_none()
        if document is not None and document.gender is None and not field.data:
            raise ValidationError(_l("请选择性别"))

    def _checked_document(self) -> CheckedDocument | None:
        if self.document_kind.data not in set(DocumentKind):
            return None
        return check_document(DocumentKind(self.document_kind.data), self.document_number.data or "", clock.today())

    def _document_or_none(self) -> CheckedDocument | None:
        try:
            return self._checked_document()
        except DomainError:
            return None

    def typed(self) -> RegistrationTyped:
        """Return what was typed, once its shape is right."""
        return RegistrationTyped(
            relation=self.about,
            name=self.name.data,
            document_kind=DocumentKind(self.document_kind.data),
            document_number=self.document_number.data,
            community=self.community.data,
            birth_on=self.birth_on.data,
            gender=Gender(self.gender.data) if self.gender.data else None,
            phone=self.phone.data or "",
            skills=tuple(self.skills.data or ()),
            categories=tuple(self.categories.data or ()),
            consents=frozenset(kind for kind, name in CONSENT_FIELDS.items() if self[name].data),
        )


class VolunteerForm(_AboutForm):
    """Changes of a volunteer."""


class ErasureForm(Form):
    """The name, typed once more before a person is erased."""

    confirmation = LineField(_l("登记的姓名"))


_PRIVACY, _GUARDIAN, _MINOR = (
    CONSENT_FIELDS[kind] for kind in (ConsentKind.PRIVACY_NOTICE, ConsentKind.GUARDIAN, ConsentKind.MINOR_SENSITIVE)
)
CONSENT_WORDS = {
    Relation.SELF: {
        _PRIVACY: _l("我单独同意处理我的证件号码，用来确认一个人只登记一次"),
        _GUARDIAN: _l("我未满 18 周岁，父母或其他监护人同意我参加志愿服务"),
    },
    Relation.CHILD: {
        _PRIVACY: _l("我单独同意处理孩子的证件号码，用来确认一个人只登记一次"),
        _GUARDIAN: _l("我是孩子的父母或其他监护人，同意孩子参加志愿服务"),
        _MINOR: _l("孩子未满 14 周岁，我单独同意处理孩子的个人信息"),
    },
    Relation.ELDER: {
        _PRIVACY: _l("老人知道并单独同意处理证件号码，用来确认一个人只登记一次"),
    },
}
