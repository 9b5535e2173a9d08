"""Who may register and with whose consent, and the history of a registration as spells of days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from volunteer.accounts.rules import ConsentKind
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.id_documents import EARLIEST_BIRTH_YEAR, DocumentKind, Gender
from volunteer.kernel.text import N_, Words

YOUNGEST = 8
NEEDS_SEPARATE_CONSENT_BELOW = 14
ADULT = 18
ELDER = 60


class Relation(StrEnum):
    """For whom an account registers a volunteer."""

    SELF = "self"
    CHILD = "child"
    ELDER = "elder"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return RELATION_LABELS[self]


RELATION_LABELS = {
    Relation.SELF: N_("本人"),
    Relation.CHILD: N_("孩子"),
    Relation.ELDER: N_("家里的老人"),
}


class VolunteerStatus(StrEnum):
    """Only the active are registered in the sense of the indicators."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    DECEASED = "deceased"
    MOVED_OUT = "moved_out"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return STATUS_LABELS[self]


STATUS_LABELS = {
    VolunteerStatus.ACTIVE: N_("在册"),
    VolunteerStatus.SUSPENDED: N_("已暂停"),
    VolunteerStatus.WITHDRAWN: N_("已退出"),
    VolunteerStatus.DECEASED: N_("已去世"),
    VolunteerStatus.MOVED_OUT: N_("已迁出"),
}


class Skill(StrEnum):
    """What a volunteer can do, as the record of 志愿服务记录与证明出具办法(试行) asks for (专业技能)."""

    FIRST_AID = "first_aid"
    NURSING = "nursing"
    COUNSELLING = "counselling"
    TEACHING = "teaching"
    LAW = "law"
    LANGUAGES = "languages"
    SIGN_LANGUAGE = "sign_language"
    PERFORMING = "performing"
    PHOTOGRAPHY = "photography"
    WRITING = "writing"
    COMPUTING = "computing"
    REPAIRS = "repairs"
    DRIVING = "driving"
    HAIRCUTS = "haircuts"
    COOKING = "cooking"
    SPORTS = "sports"
    FIRE_SAFETY = "fire_safety"
    GUIDING = "guiding"

    @property
    def label(self) -> str:
        """The skill's name, for the catalogue."""
        return SKILL_LABELS[self]


SKILL_LABELS = {
    Skill.FIRST_AID: N_("急救"),
    Skill.NURSING: N_("医疗护理"),
    Skill.COUNSELLING: N_("心理疏导"),
    Skill.TEACHING: N_("教学辅导"),
    Skill.LAW: N_("法律"),
    Skill.LANGUAGES: N_("外语"),
    Skill.SIGN_LANGUAGE: N_("手语"),
    Skill.PERFORMING: N_("文艺表演"),
    Skill.PHOTOGRAPHY: N_("摄影摄像"),
    Skill.WRITING: N_("写作宣传"),
    Skill.COMPUTING: N_("电脑手机"),
    Skill.REPAIRS: N_("水电维修"),
    Skill.DRIVING: N_("驾驶"),
    Skill.HAIRCUTS: N_("理发"),
    Skill.COOKING: N_("烹饪"),
    Skill.SPORTS: N_("体育健身"),
    Skill.FIRE_SAFETY: N_("消防"),
    Skill.GUIDING: N_("讲解导览"),
}


@dataclass(frozen=True, slots=True, repr=False)
class RegistrationTyped:
    """What a person typed to register a volunteer, unchecked; its `repr` shows nothing, since it holds the document.

    `community` is a code or a name; `birth_on` and `gender` count where the document does not say them.
    """

    relation: Relation
    name: str
    document_kind: DocumentKind
    document_number: str
    community: str
    birth_on: date | None = None
    gender: Gender | None = None
    phone: str = ""
    skills: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    consents: frozenset[ConsentKind] = frozenset()

    def __repr__(self) -> str:
        return f"RegistrationTyped({self.relation.value})"


CONSENT_FIELDS = {
    ConsentKind.PRIVACY_NOTICE: "consent_privacy",
    ConsentKind.GUARDIAN: "consent_guardian",
    ConsentKind.MINOR_SENSITIVE: "consent_minor",
}


def check_birth_date(typed: date | None, today: date) -> date:
    """Return a typed date of birth, or raise Invalid on "birth_on": it is needed, from 1900 on and not to come."""
    if typed is None:
        raise Invalid(N_("这种证件的号码里没有出生日期，请填写"), field="birth_on")
    if typed.year < EARLIEST_BIRTH_YEAR or typed > today:
        raise Invalid(N_("出生日期不对，请再核对一遍"), field="birth_on")
    return typed


def age_on(birth_on: date, day: date) -> int:
    """Return whole years lived on `day`; who was born on 29 February turns older on 1 March of a common year."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


@dataclass(frozen=True, slots=True)
class RegistrationNeed:
    """Whether a person may be registered (`refusal` is None) and which consents that takes."""

    refusal: Words | None
    consents: tuple[ConsentKind, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Whether registration may go on."""
        return self.refusal is None


def registration_need(birth_on: date, day: date, relation: Relation) -> RegistrationNeed:
    """Return what registering a person on `day` takes.

    民法典 art. 19: from 8 with a guardian's consent; 个人信息保护法 art. 31: below 14 a separate one as well, given
    from the guardian's own account (our decision). An elder is 60 by 老年人权益保障法 art. 2.
    """
    age = age_on(birth_on, day)
    if refusal := _refusal(age, relation):
        return RegistrationNeed(refusal)
    consents = [ConsentKind.PRIVACY_NOTICE]
    if age < ADULT:
        consents.append(ConsentKind.GUARDIAN)
    if age < NEEDS_SEPARATE_CONSENT_BELOW:
        consents.append(ConsentKind.MINOR_SENSITIVE)
    return RegistrationNeed(None, tuple(consents))


# Agreed to for one volunteer; the privacy notice is the account's.
OWN_CONSENTS = (ConsentKind.GUARDIAN, ConsentKind.MINOR_SENSITIVE)


def consents_to_resume(birth_on: date, today: date, relation: Relation) -> tuple[ConsentKind, ...]:
    """Return what has to be agreed to anew before a volunteer comes back: leaving took it back."""
    return tuple(kind for kind in registration_need(birth_on, today, relation).consents if kind in OWN_CONSENTS)


def _refusal(age: int, relation: Relation) -> Words | None:
    if age < YOUNGEST:
        return Words(N_("满 %(age)s 周岁才能注册，可以由家长带着参加活动"), {"age": YOUNGEST})
    if relation is Relation.SELF and age < NEEDS_SEPARATE_CONSENT_BELOW:
        return Words(N_("未满 %(age)s 周岁，请家长用自己的账号，以“孩子”来注册"), {"age": NEEDS_SEPARATE_CONSENT_BELOW})
    if relation is Relation.CHILD and age >= ADULT:
        return Words(N_("已满 %(age)s 周岁，请本人用自己的手机号注册"), {"age": ADULT})
    if relation is Relation.ELDER and age < ELDER:
        return Words(N_("代老人注册要老人满 %(age)s 周岁，其他人请用自己的手机号注册"), {"age": ELDER})
    return None


def may_do_dangerous_work(birth_on: date, day: date) -> bool:
    """Return whether a person may take dangerous work on `day`: from 18 (our decision, after 志愿服务条例)."""
    return age_on(birth_on, day) >= ADULT


class RegistrationKind(StrEnum):
    """What happens to a registration; the events are append-only."""

    REGISTERED = "registered"
    MOVED = "moved"
    ENDED = "ended"
    RESUMED = "resumed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return REGISTRATION_LABELS[self]


REGISTRATION_LABELS = {
    RegistrationKind.REGISTERED: N_("注册"),
    RegistrationKind.MOVED: N_("变更居住社区"),
    RegistrationKind.ENDED: N_("不再在册"),
    RegistrationKind.RESUMED: N_("恢复在册"),
}


class EndReason(StrEnum):
    """Why a registration ended."""

    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    DECEASED = "deceased"
    MOVED_OUT = "moved_out"

    @property
    def status(self) -> VolunteerStatus:
        """What the volunteer is from then on."""
        return VolunteerStatus(self.value)

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return self.status.label


@dataclass(frozen=True, slots=True)
class RegistrationChange:
    """One event of a registration: from `effective_on` the person counts in `area_id`; None when it ended."""

    kind: RegistrationKind
    effective_on: date
    area_id: int | None = None

    def __post_init__(self) -> None:
        if (self.kind is RegistrationKind.ENDED) != (self.area_id is None):
            raise ValueError("every change but an end names the community")


@dataclass(frozen=True, slots=True)
class Spell:
    """The days on which a person counts in one community: from `since_on` to before `until_on` (None: still)."""

    area_id: int
    since_on: date
    until_on: date | None

    def covers(self, day: date) -> bool:
        """Return whether the person counts here on `day`."""
        return self.since_on <= day and (self.until_on is None or day < self.until_on)


def spells(changes: Iterable[RegistrationChange]) -> list[Spell]:
    """Return the spells of one registration from its changes, oldest first.

    Of several changes on one day the last holds. Spells never touch in the same community and never overlap.
    Raises ValueError when the changes are out of order.
    """
    turns: list[tuple[date, int | None]] = []
    for day, area_id in _last_of_each_day(changes):
        if not turns or turns[-1][1] != area_id:
            turns.append((day, area_id))
    ends = [*(day for day, _ in turns[1:]), None]
    return [
        Spell(area_id, day, until_on)
        for (day, area_id), until_on in zip(turns, ends, strict=False)
        if area_id is not None
    ]


def check_change(last: RegistrationChange | None, change: RegistrationChange) -> None:
    """Raise Conflict unless `change` can follow the last one that a registration has (None: it has none)."""
    if last is None:
        if change.kind is not RegistrationKind.REGISTERED:
            raise Conflict(N_("还没有注册，不能变更"))
        return
    if change.effective_on < last.effective_on:
        raise Conflict(N_("变更日期不能早于上一次变更"), field="effective_on")
    if change.kind is RegistrationKind.REGISTERED:
        raise Conflict(N_("已经注册过，不用再注册"))
    has_ended = last.kind is RegistrationKind.ENDED
    if change.kind is RegistrationKind.RESUMED and not has_ended:
        raise Conflict(N_("现在就在册，不用恢复"))
    if change.kind is not RegistrationKind.RESUMED and has_ended:
        raise Conflict(N_("已经不在册，请先恢复"))


def _last_of_each_day(changes: Iterable[RegistrationChange]) -> list[tuple[date, int | None]]:
    days: list[tuple[date, int | None]] = []
    for change in changes:
        if days and change.effective_on < days[-1][0]:
            raise ValueError("registration changes must come oldest first")
        if days and change.effective_on == days[-1][0]:
            days.pop()
        days.append((change.effective_on, change.area_id))
    return days
