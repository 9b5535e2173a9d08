"""Charts as accessible SVG, drawn on the server: they print, need no script, and take their colours from classes."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

from markupsafe import Markup

Values = Sequence[float | None]
Band = Sequence[tuple[float, float] | None]
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 88.0, 16.0, 32.0


def sparkline(values: Values, *, label: str = "", width: float = 104, height: float = 36) -> Markup:
    """Return a small trend with a dot at its last value; a missing value breaks the line.

    Without `label` it is decoration beside a number that says the same.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Markup()
    low, high = _widened(min(known), max(known))
    points = [
        None if value is None else (_place(index, len(values), 3, width - 3), _scale(value, low, high, height - 4, 4))
        for index, value in enumerate(values)
    ]
    voice = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="sparkline" viewBox="0 0 {} {}" {}>{}{}</svg>').format(
        _number(width), _number(height), voice, _lines(points, "sparkline-line"), _last_dot(points, "sparkline-dot")
    )


def line_chart(
    series: Sequence[tuple[str, Values]],
    labels: Sequence[str],
    threshold: float | None = None,
    *,
    title: str,
    desc: str = "",
    unit: str = "",
    threshold_label: str = "",
    band: Band = (),
    width: float = 760,
    height: float = 280,
) -> Markup:
    """Return lines over `labels`, one a series, with round grid values from 0 and the threshold dashed.

    Every series is as long as `labels`, and so is a `band`, the lows and highs of a range that is shaded behind the
    lines; ValueError otherwise. The table with the same numbers belongs under it.
    """
    if any(len(values) != len(labels) for _, values in series) or (band and len(band) != len(labels)):
        raise ValueError("every series needs one value per label")
    known = [value for _, values in series for value in values if value is not None]
    known += [high for _, high in filter(None, band)]
    ticks = round_ticks(max([*known, threshold or 0, 0]))
    right, bottom = width - _RIGHT, height - _BOTTOM

    def at(index: int, value: float) -> tuple[float, float]:
        return _place(index, len(labels), _LEFT + 12, right - 12), _scale(value, 0, ticks[-1], bottom, _TOP)

    parts = [_grid(ticks, unit, right, bottom), _label_line(labels, right, height - 10)]
    if threshold is not None:
        parts.append(_threshold_line(at(0, threshold)[1], right, threshold_label))
    parts.append(
        _shade([None if pair is None else (at(index, pair[0]), at(index, pair[1])) for index, pair in enumerate(band)])
    )
    drawn = [
        (name, [None if value is None else at(index, value) for index, value in enumerate(values)])
        for name, values in series
    ]
    heights = _apart([_end(points)[1] for _, points in drawn], 16)
    for number, ((name, points), label_y) in enumerate(zip(drawn, heights, strict=True), 1):
        parts.append(_series(number, name, points, right + 8, label_y))
    return Markup(
        '<figure class="chart-frame" tabindex="0" role="region" aria-label="{}">'
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}{}</svg></figure>'
    ).format(
        title,
        _number(width),
        _number(height),
        title,
        Markup("<desc>{}</desc>").format(desc) if desc else "",
        Markup("").join(parts),
    )


def bar(
    value: float | None, maximum: float, threshold: float | None = None, *, label: str = "", is_met: bool | None = None
) -> Markup:
    """Return a bar of `value` in `maximum` with a mark at `threshold`, all of one unit; a missing value has none."""
    met = is_met if is_met is not None else value is not None and threshold is not None and value >= threshold
    parts = [Markup('<rect class="bar-track" width="100" height="12"></rect>')]
    if value is not None:
        style = "bar-met" if met else "bar-part"
        width = _number(_share(value, maximum) * 100)
        parts.append(Markup('<rect class="{}" width="{}" height="12"></rect>').format(style, width))
    if threshold is not None:
        x = _number(_share(threshold, maximum) * 100)
        parts.append(Markup('<line class="bar-threshold" x1="{}" x2="{}" y1="-3" y2="15"></line>').format(x, x))
    voice = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" {}>{}</svg>').format(
        voice, Markup("").join(parts)
    )


def round_ticks(highest: float, count: int = 4) -> list[float]:
    """Return about `count` even steps of 1, 2, 2.5 or 5 times a power of ten, from 0 to at least `highest`."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / count
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [round(step * index, 10) for index in range(ceil(highest / step - 1e-9) + 1)]


def _series(
    number: int, name: str, points: Sequence[tuple[float, float] | None], label_x: float, label_y: float
) -> Markup:
    return Markup(
        '<g class="chart-series chart-series-{}">{}{}<text class="chart-series-label" x="{}" y="{}">{}</text></g>'
    ).format(
        (number - 1) % 4 + 1,
        _lines(points, "chart-line"),
        _last_dot(points, "chart-dot"),
        _number(label_x),
        _number(label_y + 4),
        name,
    )


def _grid(ticks: Sequence[float], unit: str, right: float, bottom: float) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
            '<text x="{}" y="{}" text-anchor="end">{}</text>'
        ).format(_number(_LEFT), _number(right), y, y, _number(_LEFT - 8), _number(float(y) + 4), f"{tick:,g}{unit}")
        for tick in ticks
        for y in [_number(_scale(tick, 0, ticks[-1], bottom, _TOP))]
    )


def _label_line(labels: Sequence[str], right: float, y: float) -> Markup:
    step = max(1, ceil(len(labels) / 12))
    return Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _number(_place(index, len(labels), _LEFT + 12, right - 12)), _number(y), label
        )
        for index, label in enumerate(labels)
        if (len(labels) - 1 - index) % step == 0
    )


def _threshold_line(y: float, right: float, label: str) -> Markup:
    return Markup(
        '<line class="chart-threshold" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
        '<text class="chart-threshold-label" x="{}" y="{}">{}</text>'
    ).format(_number(_LEFT), _number(right), _number(y), _number(y), _number(_LEFT + 6), _number(y - 6), label)


def _lines(points: Iterable[tuple[float, float] | None], style: str) -> Markup:
    steps: list[str] = []
    pen_down = False
    for point in points:
        if point is not None:
            steps.append(f"{'L' if pen_down else 'M'}{_number(point[0])} {_number(point[1])}")
        pen_down = point is not None
    return Markup('<path class="{}" d="{}"></path>').format(style, "".join(steps))


def _shade(edges: Sequence[tuple[tuple[float, float], tuple[float, float]] | None]) -> Markup:
    """Return the area between two lines; what is missing is left out."""
    known = [edge for edge in edges if edge is not None]
    if not known:
        return Markup()
    around = [low for low, _ in known] + [high for _, high in reversed(known)]
    corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in around)
    return Markup('<polygon class="chart-band" points="{}"></polygon>').format(corners)


def _last_dot(points: Sequence[tuple[float, float] | None], style: str) -> Markup:
    if not any(points):
        return Markup()
    x, y = _end(points)
    return Markup('<circle class="{}" cx="{}" cy="{}" r="3"></circle>').format(style, _number(x), _number(y))


def _end(points: Sequence[tuple[float, float] | None]) -> tuple[float, float]:
    return next((point for point in reversed(points) if point is not None), (_LEFT, _TOP))


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Return label heights in the given order, moved down just enough that no two overlap."""
    placed = list(heights)
    last = float("-inf")
    for index in sorted(range(len(heights)), key=lambda index: heights[index]):
        placed[index] = last = max(heights[index], last + gap)
    return placed


def _place(index: int, count: int, start: float, end: float) -> float:
    return (start + end) / 2 if count < 2 else start + (end - start) * index / (count - 1)


def _scale(value: float, low: float, high: float, at_low: float, at_high: float) -> float:
    return at_low + (at_high - at_low) * (value - low) / (high - low)


def _widened(low: float, high: float) -> tuple[float, float]:
    return (low - 1, high + 1) if low == high else (low, high)


def _share(value: float, maximum: float) -> float:
    return min(max(value / maximum, 0.0), 1.0) if maximum > 0 else 0.0


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
