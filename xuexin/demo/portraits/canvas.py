"""A drawing surface that takes paths in the notation of SVG and warps them into one person's shape."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw

__all__ = ["HEIGHT", "WIDTH", "Canvas", "Colour", "Point", "Warp", "mixed"]

WIDTH, HEIGHT = 480, 640
# Drawn larger and reduced at the end: smooth edges at a quarter of the cost of real antialiasing.
_SCALE = 2
_CURVE_STEPS = 12

Colour = tuple[int, int, int]
Point = tuple[float, float]
Warp = Callable[[float, float], Point]


class _Curve(NamedTuple):
    """One cubic piece; straight pieces and quadratic ones are stored as cubic ones too."""

    start: Point
    control1: Point
    control2: Point
    end: Point
    is_straight: bool


_TOKEN = re.compile(r"[MLCQZ]|-?\d+(?:\.\d+)?")
_ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
_WEIGHTS = tuple(
    ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    for t in (step / _CURVE_STEPS for step in range(1, _CURVE_STEPS + 1))
)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; `share` is that of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


class Canvas:
    """Paths in, picture out; coordinates are those of the finished picture."""

    def __init__(self, background: Colour) -> None:
        self._image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), background)
        self._draw = ImageDraw.Draw(self._image, "RGBA")
        self.warp: Warp = _unwarped

    def fill(self, path: str, colour: Colour, *, opacity: float = 1.0) -> None:
        """Fill each closed figure of a path."""
        for figure in self._figures(path):
            self._draw.polygon(figure, fill=(*colour, round(255 * opacity)))

    def stroke(self, path: str, colour: Colour, width: float) -> None:
        """Draw a path as a line with round ends."""
        thick = max(round(width * _SCALE), 1)
        for figure in self._figures(path):
            self._draw.line(figure, fill=colour, width=thick, joint="curve")
            radius = width * _SCALE / 2
            for x, y in (figure[0], figure[-1]):
                self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def ellipse(self, centre: Point, radii: Point, colour: Colour, *, opacity: float = 1.0) -> None:
        """Fill an ellipse around a warped centre."""
        x, y = self.warp(*centre)
        horizontal, vertical = radii
        box = (x - horizontal, y - vertical, x + horizontal, y + vertical)
        self._draw.ellipse([value * _SCALE for value in box], fill=(*colour, round(255 * opacity)))

    def lens(self, box: Sequence[float], radius: float, colour: Colour, width: float) -> None:
        """Draw the rim of a lens with a breath of glass in it, unwarped."""
        scaled = [value * _SCALE for value in box]
        self._draw.rounded_rectangle(
            scaled,
            radius * _SCALE,
            fill=(255, 255, 255, 28),
            outline=(*colour, 255),
            width=round(width * _SCALE),
        )

    def finished(self) -> Image.Image:
        """Return the picture in its real size."""
        return self._image.reduce(_SCALE)

    def _figures(self, path: str) -> list[list[Point]]:
        figures: list[list[Point]] = []
        for curves in _parsed(path):
            points = [self._placed(curves[0].start)]
            for curve in curves:
                if curve.is_straight:
                    points.append(self._placed(curve.end))
                    continue
                corners = [self._placed(point) for point in curve[:4]]
                points += [
                    (
                        sum(w * p[0] for w, p in zip(weights, corners, strict=True)),
                        sum(w * p[1] for w, p in zip(weights, corners, strict=True)),
                    )
                    for weights in _WEIGHTS
                ]
            figures.append(points)
        return figures

    def _placed(self, point: Point) -> Point:
        x, y = self.warp(*point)
        return x * _SCALE, y * _SCALE


def _unwarped(x: float, y: float) -> Point:
    return x, y


@lru_cache(maxsize=512)
def _parsed(path: str) -> tuple[tuple[_Curve, ...], ...]:
    """Parse absolute M, L, C, Q and Z; numbers after a command repeat it."""
    figures: list[list[_Curve]] = []
    tokens = _TOKEN.findall(path)
    position, command, here = 0, "M", (0.0, 0.0)
    while position < len(tokens):
        if tokens[position] in _ARGUMENTS:
            command = tokens[position]
            position += 1
        if command == "Z":
            continue
        size = _ARGUMENTS[command]
        numbers = [float(token) for token in tokens[position : position + size]]
        position += size
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command == "M":
            figures.append([])
        else:
            figures[-1].append(_curve(here, points))
        here = points[-1]
    return tuple(tuple(figure) for figure in figures if figure)


def _curve(start: Point, points: list[Point]) -> _Curve:
    end = points[-1]
    match points:
        case [_]:
            return _Curve(start, start, end, end, is_straight=True)
        case [control, _]:
            first = (
                start[0] + (control[0] - start[0]) * 2 / 3,
                start[1] + (control[1] - start[1]) * 2 / 3,
            )
            second = (
                end[0] + (control[0] - end[0]) * 2 / 3,
                end[1] + (control[1] - end[1]) * 2 / 3,
            )
            return _Curve(start, first, second, end, is_straight=False)
        case _:
            return _Curve(start, points[0], points[1], end, is_straight=False)
