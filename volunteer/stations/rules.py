"""What a station may record, and what its records become when they arrive; pure."""

from enum import StrEnum

from volunteer.kernel.text import N_


class Kind(StrEnum):
    """What the organizer scanned or typed."""

    CODE = "code"
    CARD = "card"
    NUMBER = "number"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return KIND_LABELS[self]


KIND_LABELS = {Kind.CODE: N_("个人码"), Kind.CARD: N_("志愿者卡"), Kind.NUMBER: N_("志愿者编号")}


class Outcome(StrEnum):
    """What became of a record."""

    RECORDED = "recorded"
    REVIEW = "review"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {Outcome.RECORDED: N_("已记下"), Outcome.REVIEW: N_("要人看"), Outcome.REFUSED: N_("没有记")}


class Resolution(StrEnum):
    """What a person did about a record that had to be looked at."""

    RECORDED = "recorded"
    TYPED_IN = "typed_in"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return RESOLUTION_LABELS[self]


RESOLUTION_LABELS = {
    Resolution.RECORDED: N_("后来记上了"),
    Resolution.TYPED_IN: N_("改用补录"),
    Resolution.DISMISSED: N_("不记"),
}
