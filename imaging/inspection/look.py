"""What is in a picture: head, light and border, measured in pixels of the wanted size."""

import logging
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from PIL import Image, ImageChops

from imaging.inspection.faces import Box, FaceReading, Point, face_detector
from imaging.inspection.measure import Background, measure_background
from imaging.inspection.rules import CompositionRules, PhotoRules

__all__ = ["Look", "framed", "look_from_stored", "measure_border", "measure_look"]

logger = logging.getLogger(__name__)

_WIDEST: Final = 2
_LEAST_SIDE: Final = 96
# Where a face of the standard is when none was found.
_USUAL_FACE: Final = (0.3, 0.3, 0.7, 0.6)
_BURNT: Final = 252
_LIGHTEST_SHARE: Final = 0.05
# How far a pixel lies from the backdrop to be hair, and how much of a line is hair at its top.
_HAIR_DISTANCE: Final = 30
_HAIR_SHARE: Final = 0.12
_HAIR_LINES: Final = 4
# A border takes at most a tenth of the width; its lines are even and the next ones differ at once.
_BORDER_SHARE: Final = 0.1
_BORDER_DEPTH: Final = 0.4
_BORDER_SAMPLES: Final = 48
_EVEN_SPREAD: Final = 24
_EDGE_DISTANCE: Final = 45


class Look(NamedTuple):
    """Measured on the picture brought to the wanted height; `width` is its width then.

    Without a reading no face was looked for. `hair_top` is None where head and backdrop could not be
    told apart.
    """

    width: int
    border: int
    burnt: float
    brightest: int
    hair_top: int | None = None
    reading: FaceReading | None = None

    @property
    def face(self) -> Box | None:
        """The face, when there is exactly one."""
        faces = self.reading.faces if self.reading else ()
        return faces[0] if len(faces) == 1 else None

    @property
    def eyes(self) -> tuple[Point, Point] | None:
        """The pair of eyes of the one face."""
        if self.face is None or self.reading is None:
            return None
        match self.reading.eyes:
            case (left, right):
                return left, right
        return None

    def as_stored(self) -> dict[str, Any]:
        """Plain values for keeping with the photo; positions rounded to whole pixels."""
        reading = self.reading
        return {
            "width": self.width,
            "border": self.border,
            "burnt": round(self.burnt, 1),
            "brightest": self.brightest,
            "hair_top": self.hair_top,
            "faces": None if reading is None else [[*map(round, box)] for box in reading.faces],
            "eyes": [] if reading is None else [[*map(round, eye)] for eye in reading.eyes],
            "is_frontal": reading is not None and reading.is_frontal,
        }


def look_from_stored(stored: Mapping[str, Any]) -> Look:
    """What was kept by `as_stored`."""
    faces = stored.get("faces")
    reading = (
        None
        if faces is None
        else FaceReading(
            tuple(Box(*box) for box in faces),
            tuple(Point(*eye) for eye in stored.get("eyes", ())),
            bool(stored.get("is_frontal")),
        )
    )
    return Look(
        width=int(stored["width"]),
        border=int(stored["border"]),
        burnt=float(stored["burnt"]),
        brightest=int(stored["brightest"]),
        hair_top=stored.get("hair_top"),
        reading=reading,
    )


def measure_look(picture: Image.Image, rules: PhotoRules, composition: CompositionRules) -> Look:
    """Measure an upright RGB picture of any size."""
    frame = framed(picture, rules)
    reading = _reading(frame, composition)
    face = reading.faces[0] if reading and reading.faces else None
    background = measure_background(frame)
    border = measure_border(frame)
    is_even = background.deviation <= rules.max_background_deviation
    return Look(
        width=frame.width,
        border=border,
        burnt=_burnt(frame, face),
        brightest=_brightest(frame),
        hair_top=(_hair_top(frame, face, background, border) if face and is_even else None),
        reading=reading,
    )


def framed(picture: Image.Image, rules: PhotoRules) -> Image.Image:
    """The picture at the wanted height, so that pixels mean the same in every picture.

    A very wide one stays lower: nobody may blow up a strip of pixels.
    """
    scale = min(rules.height / picture.height, _WIDEST * rules.width / picture.width)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _reading(frame: Image.Image, composition: CompositionRules) -> FaceReading | None:
    """Faces and eyes; None when nobody is asked. A detector that fails refuses no photo."""
    if not composition.has_faces or min(frame.size) < _LEAST_SIDE:
        return None
    try:
        detector = face_detector(composition.model)
        return None if detector is None else detector.read(frame)
    except Exception as error:  # noqa: BLE001 -- the photo is judged without it
        logger.warning("the face check failed: %s", type(error).__name__)
        return None


def _burnt(picture: Image.Image, face: Box | None) -> float:
    """How much of the face has no drawing left in it, in per cent."""
    width, height = picture.size
    if face is None:
        left, top, right, bottom = _USUAL_FACE
        box = (int(width * left), int(height * top), int(width * right), int(height * bottom))
    else:
        box = (
            max(round(face.left), 0),
            max(round(face.top), 0),
            min(round(face.left + face.width), width),
            min(round(face.top + face.height), height),
        )
    counts = picture.crop(box).convert("L").histogram()
    return 100 * sum(counts[_BURNT:]) / max(sum(counts), 1)


def _brightest(picture: Image.Image) -> int:
    """The brightness that the lightest twentieth of the picture reaches."""
    counts = picture.convert("L").histogram()
    left = sum(counts) * _LIGHTEST_SHARE
    for level in range(255, -1, -1):
        left -= counts[level]
        if left <= 0:
            return level
    return 0


def _hair_top(picture: Image.Image, face: Box, background: Background, border: int) -> int | None:
    """The first line above the face that is no longer backdrop."""
    left, right = max(round(face.left), 0), min(round(face.left + face.width), picture.width)
    bottom = min(round(face.centre.y), picture.height)
    if right - left < 1 or bottom - border < _HAIR_LINES:
        return None
    part = picture.crop((left, border, right, bottom))
    apart = ImageChops.difference(part, Image.new("RGB", part.size, background.rgb))
    red, green, blue = apart.split()
    furthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = max(_HAIR_DISTANCE, round(3 * background.deviation))
    hair = furthest.point([255 if level > least else 0 for level in range(256)])
    lines = hair.resize((1, part.height), Image.Resampling.BOX).tobytes()
    for line in range(len(lines) - _HAIR_LINES + 1):
        if min(lines[line : line + _HAIR_LINES]) > _HAIR_SHARE * 255:
            return border + line
    return None


def measure_border(picture: Image.Image) -> int:
    """Width of an even frame around an RGB picture, 0 when fewer than two of three sides have one.

    The lower edge is clothes and says nothing.
    """
    width, height = picture.size
    deep, depth = round(width * _BORDER_SHARE), round(height * _BORDER_DEPTH)
    if min(deep, depth - deep, width - 2 * deep) < _HAIR_LINES:
        return 0
    sides = (
        picture.crop((0, deep, deep, depth)),
        picture.crop((width - deep, deep, width, depth)).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        picture.crop((deep, 0, width - deep, deep)).transpose(Image.Transpose.TRANSPOSE),
    )
    return sorted(map(_edge, sides))[1]


def _edge(strip: Image.Image) -> int:
    """How many lines from the left of a strip are of one colour and end at once in another."""
    lines = _lines(strip)
    for line in range(1, len(lines) - 2):
        (colour, spread), (inner, inner_spread) = lines[line - 1], lines[line + 2]
        if spread > _EVEN_SPREAD or _apart(colour, lines[0][0]) > _EVEN_SPREAD:
            return 0
        if inner_spread <= 2 * _EVEN_SPREAD and _apart(colour, inner) > _EDGE_DISTANCE:
            return line
    return 0


def _lines(strip: Image.Image) -> list[tuple[tuple[int, ...], int]]:
    """The middle colour of each line from left to right, and how far it strays."""
    small = strip.resize((strip.width, _BORDER_SAMPLES), Image.Resampling.BOX)
    data, row = small.tobytes(), 3 * small.width
    found = []
    for line in range(small.width):
        channels = [sorted(data[3 * line + band :: row]) for band in range(3)]
        eighth = _BORDER_SAMPLES // 8
        spread = max(channel[-eighth - 1] - channel[eighth] for channel in channels)
        found.append((tuple(channel[_BORDER_SAMPLES // 2] for channel in channels), spread))
    return found


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(ours - theirs) for ours, theirs in zip(one, other, strict=True))
