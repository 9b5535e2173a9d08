"""What is asked of an organization and of its people."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField

from forms.base import Form, LineField, TextField
from volunteer.kernel.permissions import ROLE_LABELS, Role
from volunteer.kernel.text import N_
from volunteer.organizations.rules import ORGANIZATION_KIND_LABELS, OrganizationFacts, OrganizationKind
from volunteer.web.words import say

_CHOOSE = _l("请从列表里选一项")
_ROLES = (Role.ORGANIZER, Role.CHECKER, Role.ORGANIZATION_OWNER)


class OrganizationForm(Form):
    """An organization as its owner states it; `parents` are (public id, name) of what it may be a team of."""

    name = LineField(_l("组织名称"), length=100)
    kind = SelectField(_l("类型"), invalid_choice_message=_CHOOSE)
    parent = SelectField(_l("属于哪个组织"), invalid_choice_message=_CHOOSE, default="")
    credit_code = LineField(_l("统一社会信用代码"), required=False, length=40)
    area_code = LineField(_l("所在区划"), length=20)
    introduction = TextField(_l("组织介绍"), required=False, length=2000)
    contact_name = LineField(_l("联系人"), length=50)
    contact_phone = LineField(_l("联系电话"), length=40)

    def __init__(self, *args: object, parents: Iterable[tuple[str, str]] = (), **options: object) -> None:
        super().__init__(*args, **options)
        self.kind.choices = [(kind.value, say(ORGANIZATION_KIND_LABELS[kind])) for kind in OrganizationKind]
        self.parent.choices = [("", say(N_("不属于别的组织"))), *parents]

    def facts(self) -> OrganizationFacts:
        """Return what was typed, once its shape is right."""
        return OrganizationFacts(
            name=self.name.data,
            kind=OrganizationKind(self.kind.data),
            credit_code=self.credit_code.data or "",
            area_code=self.area_code.data,
            introduction=self.introduction.data or "",
            contact_name=self.contact_name.data,
            contact_phone=self.contact_phone.data,
        )


class PersonForm(Form):
    """Somebody to be given a role in an organization."""

    phone = LineField(_l("手机号"), length=40)
    role = RadioField(_l("角色"), invalid_choice_message=_l("请选择角色"), default=Role.ORGANIZER.value)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.role.choices = [(role.value, say(ROLE_LABELS[role])) for role in _ROLES]
