"""What people are told about. Pure."""

from enum import StrEnum


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
