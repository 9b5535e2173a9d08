"""Ornaments of documents: a woven frame, rosettes and a drawn seal, all in lines. Pure."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import cos, pi, radians, sin

from volunteer.kernel.fonts import Voice
from volunteer.kernel.paper import HEIGHT, WIDTH, Paper, Tile
from volunteer.kernel.typesetting import Colour, Style

_RED: Colour = (0.62, 0.11, 0.09)
_GOLD: Colour = (0.74, 0.58, 0.32)
_PALE: Colour = (0.955, 0.93, 0.88)
_WHITE: Colour = (1, 1, 1)
_SEAL: Colour = (0.86, 0.20, 0.17)

INSIDE = 19.6
"""How far the frame reaches in from each edge of the page, in millimetres."""

_OUTER, _BAND, _INNER = 9.5, 14.1, 18.4
_CORNER = 6.2
_SWINGS = (2.7, 2.1, 1.5, 0.9)
_WAVES_ACROSS, _WAVES_DOWN = 18, 27
_STAR_INNER = 0.381966  # of a five-pointed star, to its outer radius

Curve = Callable[[float], tuple[float, float]]


# --- lines ---


def _traced(curve: Curve, start: float, end: float, pieces: int) -> str:
    """Return a smooth curve as path operators; its slope is taken from the curve itself."""
    stride = (end - start) / pieces
    operators = ["{:.2f} {:.2f} m".format(*curve(start))]
    for piece in range(pieces):
        here, there = start + piece * stride, start + (piece + 1) * stride
        (x1, y1), (x2, y2) = curve(here), curve(there)
        (u1, v1), (u2, v2) = _slope(curve, here), _slope(curve, there)
        third = stride / 3
        numbers = (x1 + u1 * third, y1 + v1 * third, x2 - u2 * third, y2 - v2 * third, x2, y2)
        operators.append(" ".join(f"{number:.2f}" for number in numbers) + " c")
    return " ".join(operators)


def _slope(curve: Curve, at: float) -> tuple[float, float]:
    (x1, y1), (x2, y2) = curve(at - 1e-5), curve(at + 1e-5)
    return (x2 - x1) / 2e-5, (y2 - y1) / 2e-5


@lru_cache(maxsize=16)
def woven(length: float, count: int, swings: tuple[float, ...], shift: float) -> Tile:
    """Return a band of waves `length` mm long in `count` waves: for each swing in mm a wave and its mirror image."""
    period = length / count

    def wave(swing: float) -> Curve:
        return lambda at: (at * period, swing * sin(2 * pi * (at + shift)))

    strands = [_traced(wave(side * swing), 0, 1, 4) for swing in swings for side in (1, -1)]
    return Tile(" ".join(strands), (1, 0, 0, 1, period, 0), count)


@lru_cache(maxsize=16)
def rosette(radius: float, swings: tuple[float, ...], lobes: int) -> Tile:
    """Return a rosette around a point: for each swing in mm a closed wavy ring and its counterpart."""

    def ring(swing: float, phase: float) -> Curve:
        def point(at: float) -> tuple[float, float]:
            reach = radius + swing * cos(lobes * at + phase)
            return reach * cos(at), reach * sin(at)

        return point

    turn = 2 * pi / lobes
    strands = [_traced(ring(swing, phase), 0, turn, 4) for swing in swings for phase in (0.0, pi)]
    return Tile(" ".join(strands), (cos(turn), sin(turn), -sin(turn), cos(turn), 0, 0), lobes)


# --- frame ---


def draw_frame(paper: Paper) -> None:
    """Draw the woven frame of a page and the pale rosette under its text; kept in the file once."""
    paper.stamped("frame", lambda: _draw_frame(paper))


def _draw_frame(paper: Paper) -> None:
    for swings, lobes, radius in (((15.0, 10.5, 6.0), 18, 44.0), ((9.0, 5.5), 18, 22.0)):
        paper.tiled(WIDTH / 2, HEIGHT / 2, rosette(radius, swings, lobes), points=0.35, colour=_PALE)
    start, across, down = _BAND + _CORNER, WIDTH - 2 * (_BAND + _CORNER), HEIGHT - 2 * (_BAND + _CORNER)
    for shift, colour in ((0.25, _GOLD), (0.0, _RED)):
        for far in (_BAND, HEIGHT - _BAND):
            paper.tiled(start, far, woven(across, _WAVES_ACROSS, _SWINGS, shift), points=0.3, colour=colour)
        for far in (_BAND, WIDTH - _BAND):
            tile = woven(down, _WAVES_DOWN, _SWINGS, shift)
            paper.tiled(far, HEIGHT - start, tile, points=0.3, colour=colour, turn=90)
    _draw_edge(paper, _OUTER, 1.5, _RED)
    _draw_edge(paper, _OUTER + 1.2, 0.4, _GOLD)
    _draw_edge(paper, _INNER - 0.9, 0.4, _GOLD)
    _draw_edge(paper, _INNER, 0.8, _RED)
    for x in (_BAND, WIDTH - _BAND):
        for y in (_BAND, HEIGHT - _BAND):
            _draw_corner(paper, x, y)


def _draw_edge(paper: Paper, inset: float, points: float, colour: Colour) -> None:
    paper.box(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset, stroke=colour, points=points)


def _draw_corner(paper: Paper, x: float, y: float) -> None:
    paper.box(x - _CORNER, y - _CORNER, 2 * _CORNER, 2 * _CORNER, fill=_WHITE, stroke=_RED, points=1.1)
    paper.box(x - 5.2, y - 5.2, 10.4, 10.4, stroke=_GOLD, points=0.4)
    draw_rosette(paper, x, y, 4.6)


def draw_rosette(paper: Paper, x: float, y: float, reach: float) -> None:
    """Draw a small rosette in two inks, `reach` millimetres from its middle to its tips."""
    gold, red = rosette(reach * 0.7, (reach * 0.3, reach * 0.17), 12), rosette(reach * 0.42, (reach * 0.26,), 12)
    paper.tiled(x, y, gold, points=0.3, colour=_GOLD)
    paper.tiled(x, y, red, points=0.3, colour=_RED)
    paper.polygon(star(x, y, reach * 0.2), fill=_RED)


def draw_emblem(paper: Paper, y: float) -> None:
    """Draw the rosette that stands over a title, around the middle of the page; kept in the file once."""
    paper.stamped("emblem", lambda: draw_rosette(paper, WIDTH / 2, HEIGHT / 2, 5.6), down=y - HEIGHT / 2)


def star(x: float, y: float, reach: float) -> Sequence[tuple[float, float]]:
    """Return the corners of a five-pointed star that stands on two points, `reach` mm from its middle to its tips."""
    corners = []
    for corner in range(10):
        length = reach * (_STAR_INNER if corner % 2 else 1.0)
        corners.append((x + length * sin(corner * pi / 5), y - length * cos(corner * pi / 5)))
    return corners


# --- seal ---


def draw_seal(paper: Paper, x: float, y: float, name: str, *, label: str, note: str) -> None:
    """Draw a round seal of 41 mm: `name` on the arc, a star, `label` under it, `note` small along the lower edge.

    The two lines of its ring and the note tell it from a seal registered with the police, which has one line. Letters
    are shapes, not text: a seal is seen. Draw it before the text that it stands behind.
    """
    paper.ring(x, y, 20.0, points=2.9, colour=_SEAL)
    paper.ring(x, y, 18.8, points=0.5, colour=_SEAL)
    paper.polygon(star(x, y - 0.6, 4.6), fill=_SEAL)
    # Sparse letters stand a fixed step apart; many share the arc, narrower and then smaller.
    ems = sum(_ems(paper, letter) for letter in name)
    step = min(27.0, 226.0 / ems)
    size = min(5.0, max(3.6, step * 0.6))
    narrow = min(1.0, radians(step) * (15.5 - size / 2) * 0.98 / size)
    _draw_arc(paper, (x, y), 15.5, name, step, _ink(size), narrow=narrow, turned=1)
    _draw_arc(paper, (x, y), 16.6, note, 7.6, _ink(2.0), narrow=0.95, turned=-1)
    for place, letter in enumerate(label):
        paper.carved(x + (place - (len(label) - 1) / 2) * 2.6, y + 10.7, letter, _ink(2.6), narrow=0.96)


def _draw_arc(
    paper: Paper,
    middle: tuple[float, float],
    radius: float,
    text: str,
    step: float,
    style: Style,
    *,
    narrow: float,
    turned: int,
) -> None:
    """Draw letters `step` degrees an em around the top of a circle, or (`turned` -1) along its bottom, heads inward."""
    widths = [_ems(paper, letter) * step for letter in text]
    reached = -sum(widths) / 2
    for letter, wide in zip(text, widths, strict=True):
        angle = reached + wide / 2
        reached += wide
        spot = middle[0] + radius * sin(radians(angle)), middle[1] - turned * radius * cos(radians(angle))
        paper.carved(*spot, letter, style, turn=-turned * angle, narrow=narrow)


def _ems(paper: Paper, letter: str) -> float:
    """Return how wide a letter of a seal is, in ems; the narrowest get some air."""
    return max(paper.width(letter, _ink(1.0)), 0.4)


def _ink(millimetres: float) -> Style:
    return Style(Voice.BOLD, millimetres * 72 / 25.4, _SEAL)


# --- divider ---


def draw_divider(paper: Paper, y: float, half: float) -> None:
    """Draw a rule with a star in its middle, `half` millimetres to each side."""
    middle = WIDTH / 2
    for side in (-1, 1):
        paper.rule(middle + side * 4.5, y, middle + side * half, y, points=0.5, colour=_GOLD)
        paper.polygon(star(middle + side * 2.9, y, 0.6), fill=_GOLD)
    paper.polygon(star(middle, y, 1.5), fill=_RED)
