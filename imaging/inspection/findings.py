"""What an inspection has to say about a photo: stable codes, sentences for people."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Finding", "FindingCode"]


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
    LOW_QUALITY = "low_quality"
    COLOUR_MODE = "colour_mode"
    COLOUR_PROFILE = "colour_profile"
    PROGRESSIVE = "progressive"
    ROTATED = "rotated"
    TRAILING_BYTES = "trailing_bytes"
    BACKGROUND_COLOUR = "background_colour"
    BACKGROUND_UNEVEN = "background_uneven"
    BLURRED = "blurred"


class Finding(NamedTuple):
    """One remark on one photo; the message carries the measured value and the allowed range."""

    code: FindingCode
    message: str
