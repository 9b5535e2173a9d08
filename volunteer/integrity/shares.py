"""How the measures of one organization read side by side; pure."""

from fractions import Fraction

from volunteer.integrity.rules import MEASURES, Counts, MeasureCode
from volunteer.kernel.ratio import percent

_SHARES = (MeasureCode.SCANNED, MeasureCode.POSTER, MeasureCode.MANUAL, MeasureCode.PAPER, MeasureCode.IMPORTED)


def texts_of(counts: Counts) -> dict[MeasureCode, str]:
    """Return every measure as it is shown in one row.

    The shares of the hours add up to 100.0%: what is lost by rounding down goes, a tenth each, to those that lost most.
    """
    texts = {code: measure.text(measure.value(counts)) for code, measure in MEASURES.items()}
    shares = {code: value * 1000 for code in _SHARES if (value := MEASURES[code].value(counts)) is not None}
    if len(shares) < len(_SHARES):
        return texts
    tenths = {code: int(share) for code, share in shares.items()}
    for code in sorted(_SHARES, key=lambda one: tenths[one] - shares[one])[: 1000 - sum(tenths.values())]:
        tenths[code] += 1
    return texts | {code: percent(Fraction(part, 1000), 1) for code, part in tenths.items()}
