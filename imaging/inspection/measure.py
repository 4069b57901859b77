"""Measurements on a decoded photo, cheap enough for ten thousand of them."""

from collections.abc import Sequence
from math import sqrt
from operator import mul
from typing import NamedTuple

from PIL import Image, ImageFilter

__all__ = ["Background", "measure_background", "measure_sharpness"]

# The head ends below the top strip and between the side strips (hair 50–110 of 640 from the top,
# face 180–300 of 480 wide), and the shoulders begin below the side strips.
_TOP_SHARE = 0.06
_SIDE_SHARE = 0.1
_SIDE_DEPTH = 0.4
_FACE_BOX = (0.3, 0.3, 0.7, 0.65)
_LEVELS = range(256)
_SQUARES = tuple(level * level for level in _LEVELS)
# Second difference in both directions; 128 keeps both signs within a byte.
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


class Background(NamedTuple):
    """Mean colour of the backdrop and how far it strays from it, channel by channel."""

    rgb: tuple[int, int, int]
    deviation: float

    def distance_to(self, rgb: tuple[int, int, int]) -> float:
        """Return the distance in RGB space."""
        return sqrt(sum((ours - theirs) ** 2 for ours, theirs in zip(self.rgb, rgb, strict=True)))


def measure_background(picture: Image.Image) -> Background:
    """Measure the strip above the head and the two beside it of an RGB picture."""
    width, height = picture.size
    top = max(round(height * _TOP_SHARE), 1)
    side = max(round(width * _SIDE_SHARE), 1)
    depth = max(round(height * _SIDE_DEPTH), top + 1)
    strips = ((0, 0, width, top), (0, top, side, depth), (width - side, top, width, depth))
    counts = [0] * 768
    for box in strips:
        counts = list(map(int.__add__, counts, picture.crop(box).histogram()))
    moments = [_moments(counts[start : start + 256]) for start in (0, 256, 512)]
    red, green, blue = (round(mean) for mean, _ in moments)
    return Background((red, green, blue), sqrt(sum(variance for _, variance in moments) / 3))


def measure_sharpness(picture: Image.Image) -> float:
    """Return the variance of the Laplacian over the face area of an RGB picture."""
    width, height = picture.size
    left, top, right, bottom = _FACE_BOX
    box = (int(width * left), int(height * top), int(width * right) + 1, int(height * bottom) + 1)
    grey = picture.crop(box).convert("L")
    edges = grey.filter(_LAPLACIAN)
    if min(edges.size) > 2:  # noqa: PLR2004 - the filter leaves a rim of one pixel unfiltered
        edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    return _moments(edges.histogram())[1]


def _moments(counts: Sequence[int]) -> tuple[float, float]:
    """Return mean and variance of the levels that a histogram counts."""
    total = sum(counts)
    mean = sum(map(mul, counts, _LEVELS)) / total
    return mean, max(sum(map(mul, counts, _SQUARES)) / total - mean * mean, 0.0)
