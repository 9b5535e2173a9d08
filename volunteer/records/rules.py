"""What is recorded of a volunteer beside service (志愿服务记录与证明出具办法(试行)). Pure."""

from enum import StrEnum

from volunteer.kernel.text import N_


class Grade(StrEnum):
    """How good somebody's service was, as who organized it says (质量评价)."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return GRADE_LABELS[self]


GRADE_LABELS = {Grade.EXCELLENT: N_("优秀"), Grade.GOOD: N_("良好"), Grade.FAIR: N_("合格"), Grade.POOR: N_("不合格")}
