"""What a table of records tells of people: whole tens, and of less than ten nothing but that. Pure.

Activities, organizations and months cut the same records in several ways, and each cut's sums solve the small cells of
the others, whatever single cells one hides. So no such table tells an exact count of people, records or hours; exact
ones stand in the tables of the indicators alone, judged there over the whole city (docs/decisions/0031).
"""

from volunteer.kernel.tables import Cell, Instead
from volunteer.metrics.small_cells import MARK

STEP = 10
FEW = Instead(f"不到 {STEP}")
UNTOLD = Instead(MARK)
REMARK = f"标“整十”的舍去零头，37 写成 30；不到 {STEP} 的不写出是几，没有也一样；人数不到 {STEP} 的，小时数不显示"
_MINUTES_A_STEP = STEP * 60


def in_tens(count: int) -> Cell:
    """Return a count as it is told: cut down to whole tens. Nobody and few look alike."""
    return count // STEP * STEP if count >= STEP else FEW


def hours_in_tens(minutes: int, people: int) -> Cell:
    """Return hours as they are told: not at all beside few people, whose number they would tell."""
    return UNTOLD if people < STEP else in_tens(minutes // _MINUTES_A_STEP * STEP)
