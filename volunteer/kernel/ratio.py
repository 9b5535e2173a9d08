"""Exact ratios, and how they are shown: compared as integers, rounded once, at display."""

from fractions import Fraction

MINUTES_PER_HOUR = 60


def ratio(numerator: int | None, denominator: int | None) -> Fraction | None:
    """Return the exact quotient, or None where either is missing or the denominator is zero."""
    return None if numerator is None or not denominator else Fraction(numerator, denominator)


def thousands(number: int) -> str:
    """Return an integer with thousands separators: 1,234."""
    return f"{number:,}"


def decimal_down(value: Fraction | int, places: int = 2, *, separator: str = ",") -> str:
    """Return a value of 0 or more with fixed places, rounded down, so that a figure just short never looks reached."""
    return _fixed(value * 10**places // 1, places, separator)


def decimal_up(value: Fraction | int, places: int = 2) -> str:
    """Return a value of 0 or more with fixed places, rounded up: what is still missing is never said too small."""
    return _fixed(-(-value * 10**places // 1), places, ",")


def _fixed(scaled: int, places: int, separator: str) -> str:
    whole, rest = divmod(scaled, 10**places)
    head = f"{whole:,}" if separator else str(whole)
    return f"{head}.{rest:0{places}d}" if places else head


def percent(value: Fraction | int, places: int = 2) -> str:
    """Return a share as a percentage, rounded down: 9.99% for 0.09999."""
    return decimal_down(value * 100, places) + "%"


def hours(minutes: Fraction | int) -> str:
    """Return minutes as hours to 0.01, rounded down: 53.50 for 3210."""
    return decimal_down(Fraction(minutes) / MINUTES_PER_HOUR)


def plain(value: Fraction | int, places: int = 4) -> str:
    """Return a decimal value without idle zeros or separators, as a threshold is typed: 62.5, 10, 25."""
    text = decimal_down(value, places, separator="")
    return text.rstrip("0").rstrip(".") if "." in text else text
