"""What people are told about, and how it is kept until they read it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from volunteer.kernel.clock import local_day
from volunteer.kernel.speech import say_last_day, say_time
from volunteer.kernel.text import N_, Words

LONGEST_LINK = 200
NAME, WRITTEN = "name", "text"
"""What stands in the texts of notices for the volunteer they are about, and for what that person wrote."""


class NoticeKind(StrEnum):
    """What a notice is about."""

    HOURS_PROPOSED = "hours_proposed"
    HOURS_DECIDED = "hours_decided"
    OBJECTION = "objection"
    QUESTION = "question"
    OVERDUE = "overdue"
    STAR = "star"
    CERTIFICATE = "certificate"
    RECORD = "record"
    TASK = "task"
    ORDER = "order"
    BULLETIN = "bulletin"
    DOSSIER = "dossier"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return NOTICE_KIND_LABELS[self]


NOTICE_KIND_LABELS = {
    NoticeKind.HOURS_PROPOSED: N_("时长登记"),
    NoticeKind.HOURS_DECIDED: N_("时长结果"),
    NoticeKind.OBJECTION: N_("公示异议"),
    NoticeKind.QUESTION: N_("记录疑问"),
    NoticeKind.OVERDUE: N_("记录期限"),
    NoticeKind.STAR: N_("星级"),
    NoticeKind.CERTIFICATE: N_("证明"),
    NoticeKind.RECORD: N_("服务档案"),
    NoticeKind.TASK: N_("后台任务"),
    NoticeKind.ORDER: N_("督办"),
    NoticeKind.BULLETIN: N_("通报"),
    NoticeKind.DOSSIER: N_("测评档案"),
}


def is_own_path(link: str) -> bool:
    """Return whether `link` is a path of this installation and leads nowhere else, whoever reads it.

    "//host" and "/\\host" are other hosts to a browser; tabs and line ends within an address are dropped by it.
    """
    is_path = link.startswith("/") and not link.startswith("//")
    return is_path and len(link) <= LONGEST_LINK and "\\" not in link and link.isprintable()


def packed(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fills a text as JSON: words stay words, days and moments stay what they are until they are read."""
    return {name: _packed(value) for name, value in params.items()}


def _packed(value: Any) -> Any:
    match value:
        case Words():
            return {"$words": value.msgid, "$params": packed(value.params)}
        case datetime():
            return {"$moment": value.isoformat()}
        case date():
            return {"$day": value.isoformat()}
        case str() | int() | float():
            return value
    raise TypeError(f"a notice cannot keep {type(value).__name__}")


def without_person(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what fills a kept text with `name` in the place of the person, and nothing of what they wrote."""
    gone = {NAME: name, WRITTEN: "—"}
    return {key: gone.get(key, value) for key, value in params.items()}


def unpacked(msgid: str, params: Mapping[str, Any], now: datetime) -> Words:
    """Return a kept text as words, its days and moments as people say them at `now`."""
    return Words(msgid, {name: _unpacked(value, now) for name, value in params.items()})


def _unpacked(value: Any, now: datetime) -> Any:
    match value:
        case {"$words": msgid, "$params": params}:
            return unpacked(msgid, params, now)
        case {"$day": day}:
            return say_last_day(date.fromisoformat(day), local_day(now))
        case {"$moment": moment}:
            return say_time(datetime.fromisoformat(moment), now)
    return value
