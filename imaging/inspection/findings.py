"""What an inspection has to say about a photo: stable codes, sentences for people."""

from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["LOOK_FINDINGS", "Finding", "FindingCode"]


class FindingCode(StrEnum):
    """Names of findings; they stand in reports and in the database, so they never change."""

    # Errors: the file is refused.
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NOT_JPEG = "not_jpeg"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    WRONG_SIZE = "wrong_size"
    # Warnings: the photo is kept. A size is a warning where the profile does not demand it.
    OTHER_SIZE = "other_size"
    RESOLUTION = "resolution"
    FEW_BYTES = "few_bytes"
    MANY_BYTES = "many_bytes"
    COMPRESSED = "compressed"
    LOW_QUALITY = "low_quality"
    COLOUR_MODE = "colour_mode"
    COLOUR_PROFILE = "colour_profile"
    PROGRESSIVE = "progressive"
    ROTATED = "rotated"
    TRAILING_BYTES = "trailing_bytes"
    BACKGROUND_COLOUR = "background_colour"
    BACKGROUND_UNEVEN = "background_uneven"
    BLURRED = "blurred"
    # Remarks on what is in the picture; named like their rules.
    BORDER = "border"
    FACE_COUNT = "face_count"
    HAIR_TOP = "hair_top"
    EYES = "eyes"
    FACE_WIDTH = "face_width"
    CENTRING = "centring"
    TILT = "tilt"
    EXPOSURE = "exposure"


# Those that come from looking at what is in the picture.
LOOK_FINDINGS: Final = frozenset(
    {
        FindingCode.BORDER,
        FindingCode.FACE_COUNT,
        FindingCode.HAIR_TOP,
        FindingCode.EYES,
        FindingCode.FACE_WIDTH,
        FindingCode.CENTRING,
        FindingCode.TILT,
        FindingCode.EXPOSURE,
    }
)


class Finding(NamedTuple):
    """One remark on one photo; the message carries the measured value and the allowed range."""

    code: FindingCode
    message: str
