"""A number beside the one of the same day a year before: same window, same total. Pure."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from volunteer.kernel.ratio import decimal_down
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import Measurement, Unit


@dataclass(frozen=True, slots=True)
class Compared:
    """One measurement and the same of `on`, a year before; `then` is None where nobody was registered at the time."""

    now: Measurement
    then: Measurement | None
    on: date

    @property
    def value_then(self) -> Fraction | None:
        """Return the value of a year before, None where there is none or it is not shown."""
        return self.then.value if self.then else None

    @property
    def by(self) -> Fraction | None:
        """Return how much larger the number is as it shows, in percentage points or hours a head; None without both.

        Both are rounded as they show, so that a reader who takes one from the other finds the same.
        """
        if self.now.value is None or self.value_then is None:
            return None
        scale = 100 if self.now.indicator.unit is Unit.PERCENT else 1
        now, then = (value * scale * 100 // 1 for value in (self.now.value, self.value_then))
        return Fraction(now - then, 100)

    @property
    def words(self) -> Words | None:
        """Return how it compares, with its sign in words; None where there is no number to compare."""
        if self.now.value is None:
            return None
        if self.then is not None and self.then.is_hidden:
            return Words(N_("去年同日人数太少，不显示"))
        if self.by is None:
            return Words(N_("去年同日没有数据"))
        if not self.by:
            return Words(N_("和去年同日一样"))
        msgid = _WORDS[self.now.indicator.unit, self.by > 0]
        return Words(msgid, {"by": decimal_down(abs(self.by))})


_WORDS = {
    (Unit.PERCENT, True): N_("比去年同日高 %(by)s 个百分点"),
    (Unit.PERCENT, False): N_("比去年同日低 %(by)s 个百分点"),
    (Unit.HOURS, True): N_("比去年同日多 %(by)s 小时"),
    (Unit.HOURS, False): N_("比去年同日少 %(by)s 小时"),
}
