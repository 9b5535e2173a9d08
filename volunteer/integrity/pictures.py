"""The chart of an organization's page: how its time was recorded, month by month."""

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from volunteer.integrity.queries import Month
from volunteer.integrity.rules import MEASURES, Behind, Counts, MeasureCode
from volunteer.kernel.speech import say_month
from volunteer.web.charts import line_chart
from volunteer.web.words import say

TYPED = (Behind.MANUAL, Behind.PAPER, Behind.IMPORTED)


def months_chart(name: str, months: Sequence[Month]) -> Markup | None:
    """Return the shares of scanned and of typed-in time by month in percent, None where no month has any."""
    if not any(one.counts.total for one in months):
        return None
    scanned = [_percent(MEASURES[MeasureCode.SCANNED].count(one.counts), one.counts) for one in months]
    typed = [_percent(sum(map(one.counts.of, TYPED)), one.counts) for one in months]
    return line_chart(
        [(_("扫码"), scanned), (_("人工"), typed)],
        [say(say_month(one.first_on.month)) for one in months],
        title=_("%(name)s近 12 个月怎么记的时长", name=name),
        desc=_("扫码：签到、签退都在现场扫码；人工：补录、纸质签到和导入"),
        unit="%",
    )


def _percent(part: int, counts: Counts) -> float | None:
    return 100 * part / counts.total if counts.total > 0 else None
