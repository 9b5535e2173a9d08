"""What stands on a paper sheet, read into moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from volunteer.activities.shift_rules import PlannedShift
from volunteer.kernel.clock import LOCAL_ZONE, local_day, to_local
from volunteer.kernel.errors import Invalid

MOST_ROWS = 300


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of a sheet: `position` is its row in the form; the times are wall times as written."""

    position: int
    volunteer_number: str
    arrived: time
    left: time


class RowsRefused(Invalid):
    """Rows of a sheet that cannot be taken: `problems` are pairs of a row's position and what is wrong in it."""

    def __init__(self, problems: Sequence[tuple[int, Invalid]]) -> None:
        first = problems[0][1]
        super().__init__(first.words.msgid, **first.words.params)
        self.problems = tuple(problems)


def moments_of(row: PaperRow, shift: PlannedShift) -> tuple[datetime, datetime]:
    """Return when the person came and left: a wall time before that of the start belongs to the day after it.

    That holds only where the shift goes past midnight; elsewhere all times are of its one day.
    """
    return _moment(row.arrived, shift), _moment(row.left, shift)


def _moment(wall: time, shift: PlannedShift) -> datetime:
    begins = to_local(shift.starts_at)
    goes_past_midnight = local_day(shift.last_ends_at) > begins.date()
    is_next_day = goes_past_midnight and wall < begins.time().replace(second=0, microsecond=0)
    return datetime.combine(begins.date() + timedelta(days=is_next_day), wall, LOCAL_ZONE)
