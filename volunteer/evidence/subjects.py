"""The tables that the platform's records can make besides the indicators: of what, and for which clauses. Pure.

What the platform has no records of (plans, rules, stations and posts, meetings) makes no table: whoever keeps such a
table elsewhere brings it, and it is marked as filled in by hand.
"""

from collections.abc import Mapping
from enum import StrEnum

from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.text import N_
from volunteer.metrics.editions import Clause, MaterialKind


class Subject(StrEnum):
    """What a table lists."""

    REGISTRATIONS = "registrations"
    TRAININGS = "trainings"
    ORGANIZATIONS = "organizations"
    ACTIVITIES = "activities"
    RECORDS = "records"
    CERTIFICATES = "certificates"
    STARS = "stars"
    COMMENDATIONS = "commendations"

    @property
    def label(self) -> str:
        """Return the table's name, a Chinese msgid."""
        return _LABELS[self]

    @property
    def explanation(self) -> str:
        """Return what stands in a row of it, a Chinese msgid."""
        return _EXPLANATIONS[self]

    @property
    def nothing(self) -> str:
        """Return what to say where the platform holds nothing of it, a Chinese msgid."""
        return _NOTHING[self]

    @property
    def has_total(self) -> bool:
        """Whether it counts service time, so that the total (strict or inclusive) matters."""
        return self in {Subject.ORGANIZATIONS, Subject.ACTIVITIES, Subject.RECORDS}


_LABELS = {
    Subject.REGISTRATIONS: N_("志愿者注册一览"),
    Subject.TRAININGS: N_("志愿者培训一览"),
    Subject.ORGANIZATIONS: N_("志愿服务组织一览"),
    Subject.ACTIVITIES: N_("志愿服务活动一览"),
    Subject.RECORDS: N_("服务记录按月汇总"),
    Subject.CERTIFICATES: N_("志愿服务证明按月汇总"),
    Subject.STARS: N_("星级志愿者汇总"),
    Subject.COMMENDATIONS: N_("嘉许表彰一览"),
}
_EXPLANATIONS = {
    Subject.REGISTRATIONS: N_("一行一个区划：在册人数、这一期新注册的人数。"),
    Subject.TRAININGS: N_("一行一场培训：日期、名称、举办单位、人数、学时。"),
    Subject.ORGANIZATIONS: N_("一行一个组织：类型、所在区划、审核通过日期、这一期的场次、人数、时长。"),
    Subject.ACTIVITIES: N_("一行一项活动：日期、类别、组织、地点、场次、人数、时长。"),
    Subject.RECORDS: N_("一行一个月：记录条数、其中扫码的、冲销的、人数、时长。"),
    Subject.CERTIFICATES: N_("一行一个月：开出的证明、撤销的、拿到证明的人数。"),
    Subject.STARS: N_("一行一个星级：现有人数、这一期新授的人数。"),
    Subject.COMMENDATIONS: N_("一行一项表彰：日期、名称、授予单位、人数。"),
}
_NOTHING = {
    Subject.REGISTRATIONS: N_("平台里还没有在册的志愿者"),
    Subject.TRAININGS: N_("这一期平台里没有培训记录"),
    Subject.ORGANIZATIONS: N_("平台里没有审核通过的组织"),
    Subject.ACTIVITIES: N_("这一期平台里没有这类活动"),
    Subject.RECORDS: N_("这一期平台里没有服务记录"),
    Subject.CERTIFICATES: N_("这一期平台里没有开出证明"),
    Subject.STARS: N_("平台里还没有星级志愿者"),
    Subject.COMMENDATIONS: N_("这一期平台里没有表彰记录"),
}

# Words of a clause that ask for a table (our decision, after the clauses of the city's plan).
_ASKED_BY: Mapping[str, Subject] = {
    "实名注册": Subject.REGISTRATIONS,
    "培训": Subject.TRAININGS,
    "专业队伍": Subject.ORGANIZATIONS,
    "服务时间": Subject.RECORDS,
    "证明": Subject.CERTIFICATES,
    "星级": Subject.STARS,
    "嘉许": Subject.COMMENDATIONS,
    "表彰": Subject.COMMENDATIONS,
    "志愿服务组织": Subject.ORGANIZATIONS,
}
_THEMES: Mapping[str, ServiceCategory] = {
    "老人": ServiceCategory.ELDERS,
    "儿童": ServiceCategory.CHILDREN,
    "困难": ServiceCategory.HARDSHIP,
    "残疾": ServiceCategory.DISABILITY,
    "文明劝导": ServiceCategory.CIVILITY,
    "文明交通": ServiceCategory.TRAFFIC,
    "文明旅游": ServiceCategory.TOURISM,
    "文明上网": ServiceCategory.ONLINE,
    "文化": ServiceCategory.CULTURE,
    "医疗": ServiceCategory.HEALTH,
    "法律": ServiceCategory.LAW,
    "环保": ServiceCategory.ENVIRONMENT,
    "消防": ServiceCategory.SAFETY,
    "学雷锋": ServiceCategory.LEI_FENG,
    "党员": ServiceCategory.PARTY,
}


def themes_of(clause: Clause) -> tuple[ServiceCategory, ...]:
    """Return the themes that a clause names, in the order of the city's plan."""
    said = clause.title + clause.words
    named = {theme for words, theme in _THEMES.items() if words in said}
    return tuple(theme for theme in ServiceCategory if theme in named)


def subjects_for(clause: Clause) -> tuple[Subject, ...]:
    """Return the tables that answer a clause; none where it wants no table, or names an indicator, which answers it."""
    if MaterialKind.TABLE not in clause.wants or clause.indicator is not None:
        return ()
    said = clause.title + clause.words
    asked = {subject for words, subject in _ASKED_BY.items() if words in said}
    if themes_of(clause) or "活动" in said:
        asked.add(Subject.ACTIVITIES)
    return tuple(subject for subject in Subject if subject in asked)
