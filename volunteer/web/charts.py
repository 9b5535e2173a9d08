"""Charts as accessible SVG, drawn on the server: they print, need no script, and take their colours from classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

Values = Sequence[float | None]
Band = Sequence[tuple[float, float] | None]
Restart = tuple[int, str]
"""At which place a count begins anew, and what is said there."""
Points = Sequence[tuple[float, float] | None]
_SAMPLE = 28.0  # what a name above the drawing leaves free before it


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a chart draws: its size and margins, how many labels fit below it, and where its lines are named.

    On a phone they are named in a row above, since at their ends there is no room.
    """

    style: str
    width: float
    height: float
    left: float
    right: float
    top: float
    most_labels: int
    is_named_above: bool
    bottom: float = 32.0

    @property
    def end(self) -> float:
        """Return where the drawing ends to the right."""
        return self.width - self.right

    @property
    def floor(self) -> float:
        """Return where the drawing ends below."""
        return self.height - self.bottom

    def x(self, index: int, count: int) -> float:
        """Return where one of `count` labels stands."""
        return _place(index, count, self.left + 12, self.end - 12)


_WIDE = _Plane("chart-wide", 760, 280, 48, 88, 16, most_labels=12, is_named_above=False)
_PHONE = _Plane("chart-phone", 340, 260, 40, 12, 40, most_labels=5, is_named_above=True)


def sparkline(
    values: Values, *, label: str = "", restart: int | None = None, width: float = 104, height: float = 36
) -> Markup:
    """Return a small trend with a dot at its last value; a missing value breaks the line, and so does `restart`.

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
        _number(width),
        _number(height),
        voice,
        _lines(points, "sparkline-line", restart),
        _last_dot(points, "sparkline-dot"),
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
    restart: Restart | None = None,
) -> Markup:
    """Return lines over `labels`, one a series, with round grid values from 0 and the threshold dashed.

    Drawn twice, for a wide page and for a phone; the style sheet shows one. Every series is as long as `labels`, and so
    is a `band`, the lows and highs of a range that is shaded behind the lines; ValueError otherwise. The table with the
    same numbers belongs under it. Before a `restart` the lines break, since a count that begins anew has not fallen.
    """
    if any(len(values) != len(labels) for _, values in series) or (band and len(band) != len(labels)):
        raise ValueError("every series needs one value per label")
    drawn = (
        _drawing(
            plane,
            series,
            labels,
            threshold,
            title=title,
            desc=desc,
            unit=unit,
            told=threshold_label,
            band=band,
            restart=restart,
        )
        for plane in (_WIDE, _PHONE)
    )
    return Markup('<figure class="chart-frame" tabindex="0" role="region" aria-label="{}">{}</figure>').format(
        title, Markup("").join(drawn)
    )


def _drawing(
    plane: _Plane,
    series: Sequence[tuple[str, Values]],
    labels: Sequence[str],
    threshold: float | None,
    *,
    title: str,
    desc: str,
    unit: str,
    told: str,
    band: Band,
    restart: Restart | None,
) -> Markup:
    known = [value for _, values in series for value in values if value is not None]
    known += [high for _, high in filter(None, band)]
    ticks = round_ticks(max([*known, threshold or 0, 0]))

    def at(index: int, value: float) -> tuple[float, float]:
        return plane.x(index, len(labels)), _scale(value, 0, ticks[-1], plane.floor, plane.top)

    parts = [_grid(ticks, unit, plane), _label_line(labels, plane)]
    if threshold is not None:
        parts.append(_threshold_line(at(0, threshold)[1], plane, told))
    begins, said = restart or (None, "")
    if begins:
        parts.append(_restart_line((at(begins - 1, 0)[0] + at(begins, 0)[0]) / 2, plane, said))
    parts.append(
        _shade([None if pair is None else (at(index, pair[0]), at(index, pair[1])) for index, pair in enumerate(band)])
    )
    drawn = [
        (name, [None if value is None else at(index, value) for index, value in enumerate(values)])
        for name, values in series
    ]
    places = _names_above(drawn, plane) if plane.is_named_above else _names_beside(drawn, plane)
    for number, ((name, points), place) in enumerate(zip(drawn, places, strict=True), 1):
        parts.append(_series(number, name, points, place, begins, has_sample=plane.is_named_above))
    return Markup('<svg class="chart {}" viewBox="0 0 {} {}" role="img"><title>{}</title>{}{}</svg>').format(
        plane.style,
        _number(plane.width),
        _number(plane.height),
        title,
        Markup("<desc>{}</desc>").format(desc) if desc else "",
        Markup("").join(parts),
    )


def _names_beside(drawn: Sequence[tuple[str, Points]], plane: _Plane) -> list[tuple[float, float]]:
    heights = _apart([_end(points, plane)[1] for _, points in drawn], 16)
    return [(plane.end + 8, height + 4) for height in heights]


def _names_above(drawn: Sequence[tuple[str, Points]], plane: _Plane) -> list[tuple[float, float]]:
    """Return places in a row above the drawing, each with room for a sample of its line before it."""
    places, x = [], plane.left + _SAMPLE
    for name, _ in drawn:
        places.append((x, 16.0))
        x += sum(13 if ord(letter) > 0x2E80 else 7.5 for letter in name) + _SAMPLE + 16
    return places


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
    number: int, name: str, points: Points, place: tuple[float, float], restart: int | None, *, has_sample: bool
) -> Markup:
    x, y = place
    sample = _lines([(x - _SAMPLE + 4, y - 4), (x - 6, y - 4)], "chart-line") if has_sample and name else Markup()
    return Markup(
        '<g class="chart-series chart-series-{}">{}{}{}<text class="chart-series-label" x="{}" y="{}">{}</text></g>'
    ).format(
        (number - 1) % 4 + 1,
        _lines(points, "chart-line", restart),
        _last_dot(points, "chart-dot"),
        sample,
        _number(x),
        _number(y),
        name,
    )


def _grid(ticks: Sequence[float], unit: str, plane: _Plane) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
            '<text x="{}" y="{}" text-anchor="end">{}</text>'
        ).format(
            _number(plane.left),
            _number(plane.end),
            y,
            y,
            _number(plane.left - 8),
            _number(float(y) + 4),
            f"{tick:,g}{unit}",
        )
        for tick in ticks
        for y in [_number(_scale(tick, 0, ticks[-1], plane.floor, plane.top))]
    )


def _label_line(labels: Sequence[str], plane: _Plane) -> Markup:
    step = max(1, ceil(len(labels) / plane.most_labels))
    return Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _number(plane.x(index, len(labels))), _number(plane.height - 10), label
        )
        for index, label in enumerate(labels)
        if (len(labels) - 1 - index) % step == 0
    )


def _threshold_line(y: float, plane: _Plane, label: str) -> Markup:
    return Markup(
        '<line class="chart-threshold" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
        '<text class="chart-threshold-label" x="{}" y="{}">{}</text>'
    ).format(
        _number(plane.left), _number(plane.end), _number(y), _number(y), _number(plane.left + 6), _number(y - 6), label
    )


def _restart_line(x: float, plane: _Plane, label: str) -> Markup:
    return Markup(
        '<line class="chart-restart" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
        '<text class="chart-restart-label" x="{}" y="{}">{}</text>'
    ).format(*map(_number, (x, x, plane.top, plane.floor, x + 6, (plane.top + plane.floor) / 2)), label)


def _lines(points: Iterable[tuple[float, float] | None], style: str, restart: int | None = None) -> Markup:
    steps: list[str] = []
    pen_down = False
    for index, point in enumerate(points):
        pen_down = pen_down and index != restart
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


def _last_dot(points: Points, style: str) -> Markup:
    if not any(points):
        return Markup()
    x, y = _end(points, _WIDE)
    return Markup('<circle class="{}" cx="{}" cy="{}" r="3"></circle>').format(style, _number(x), _number(y))


def _end(points: Points, plane: _Plane) -> tuple[float, float]:
    return next((point for point in reversed(points) if point is not None), (plane.left, plane.top))


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
