"""What this room asks: which six digits, why by hand, whose code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, SelectMultipleField
from wtforms.validators import AnyOf, InputRequired, Regexp, ValidationError

from forms.base import Form, LineField
from volunteer.checkin.rules import DIRECTION_LABELS, Direction, Location, read_location
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

REASONS = {
    "no_phone": N_("没带手机或没电"),
    "cannot_scan": N_("扫不了码"),
    "no_network": N_("现场没有网络"),
    "other": N_("其他"),
}
EVERYBODY_REASONS = {
    "crowd": N_("人太多，来不及一个个扫"),
    "no_network": N_("现场没有网络"),
    "no_power": N_("停电或设备坏了"),
    "other": N_("其他"),
}
EVERYBODY = {Direction.IN: N_("名单上的人都到了"), Direction.OUT: N_("在场的人都走了")}
_REQUEST_KEY = re.compile(r"[0-9a-z]{10,40}")
_PUBLIC_ID = re.compile(r"[0-9a-z]{20}")


@dataclass(frozen=True, slots=True)
class PresenceAnswer:
    """Who is present by which scan: the answer to the page that a code opens.

    `agrees_to_location`: on this very page its sender agreed that places are kept.
    """

    volunteer: str
    claim: str
    request_key: str
    location: Location | None
    agrees_to_location: bool = False


def read_presence_answer(sent: Mapping[str, str]) -> PresenceAnswer:
    """Return what was sent, or raise Invalid. Times are never taken from a client.

    A plain function, since this is the one form that a whole stadium sends in the same minute.
    """
    volunteer, request_key = read_volunteer(sent), sent.get("request_key", "")
    if not _REQUEST_KEY.fullmatch(request_key):
        raise Invalid(N_("这个页面不完整，请重新扫一次码"))
    place = read_location(sent.get("latitude", ""), sent.get("longitude", ""), sent.get("accuracy_metres", ""))
    return PresenceAnswer(volunteer, sent.get("claim", ""), request_key, place, sent.get("location_consent") == "yes")


def read_volunteer(sent: Mapping[str, str]) -> str:
    """Return the public id of who was chosen, or raise Invalid."""
    volunteer = sent.get("volunteer", "")
    if not _PUBLIC_ID.fullmatch(volunteer):
        raise Invalid(N_("请选谁在现场"), field="volunteer")
    return volunteer


class EnterCodeForm(Form):
    """Six digits instead of a scan; the view sets the shifts to choose from."""

    shift = RadioField(_l("哪个班次"), validators=[InputRequired(_l("请选一个班次"))])
    short_code = LineField(_l("屏幕上的 6 位数字"), length=20)


class ByHandForm(Form):
    """Why an organizer writes down that somebody came or went."""

    phase = HiddenField(validators=[AnyOf([phase.value for phase in Direction])])
    reason = RadioField(
        _l("为什么手工登记"),
        choices=[(code, _l(words)) for code, words in REASONS.items()],
        validators=[InputRequired(_l("请选一个原因"))],
    )
    note = LineField(_l("补充说明"), required=False, length=100)

    def words(self) -> str:
        """Return the reason in the source language, as it is kept."""
        return f"{REASONS[self.reason.data]}：{self.note.data}" if self.note.data else REASONS[self.reason.data]


class ScanForm(Form):
    """A volunteer's own code from a scanner, or the number typed."""

    phase = RadioField(
        _l("签到还是签退"),
        choices=[(phase.value, _l(words)) for phase, words in DIRECTION_LABELS.items()],
        validators=[InputRequired(_l("请选签到或签退"))],
    )
    code = LineField(_l("个人码或志愿者编号"), length=400)


class EverybodyForm(Form):
    """Whom of a roster an organizer records at once, and why; the view says who can be chosen."""

    form_key = HiddenField(validators=[Regexp(_REQUEST_KEY)])
    people = SelectMultipleField(_l("哪些人"), validate_choice=False)
    reason = RadioField(
        _l("为什么一起登记"),
        choices=[(code, _l(words)) for code, words in EVERYBODY_REASONS.items()],
        validators=[InputRequired(_l("请选一个原因"))],
    )
    note = LineField(_l("补充说明"), required=False, length=100)

    def validate_people(self, field: Field) -> None:
        """Ask for somebody."""
        if not field.data:
            raise ValidationError(_l("请至少选一个人"))

    def validate_note(self, field: Field) -> None:
        """Ask what another reason is."""
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_l("请写明是什么原因"))

    def words(self, direction: Direction) -> str:
        """Return the reason in the source language, as it is kept: it says that many were recorded at once."""
        why = self.note.data if self.reason.data == "other" else EVERYBODY_REASONS[self.reason.data]
        more = f"，{self.note.data}" if self.note.data and self.reason.data != "other" else ""
        return f"{EVERYBODY[direction]}：{why}{more}"


class TakeBackForm(Form):
    """Why an organizer takes back what they recorded a few minutes ago."""

    reason = LineField(_l("为什么撤回"), length=100)
