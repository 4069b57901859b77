"""Write the JPEG to register: as it would be, and with no more loss than the wanted bytes take."""

from io import BytesIO
from typing import Any, Final

from PIL import Image

from imaging.inspection.rules import PhotoRules

__all__ = ["FINEST", "as_jpeg", "fitted"]

FINEST: Final = 96


def as_jpeg(picture: Image.Image, rules: PhotoRules, **compression: Any) -> bytes:
    """The picture at the rules' resolution, without metadata."""
    buffer = BytesIO()
    # Pillow copies a received comment unless told otherwise; profile and EXIF only when asked.
    picture.save(buffer, "JPEG", dpi=(rules.dpi, rules.dpi), comment=b"", **compression)
    return buffer.getvalue()


def fitted(picture: Image.Image, rules: PhotoRules, *, finest: int = FINEST) -> bytes:
    """The finest JPEG up to `finest` that is not over the wanted bytes.

    Where none is, the coarsest that the rules allow. Half of what is left is ruled out each time, so
    a picture is written seven times at most.
    """
    low, high = rules.min_quality, max(rules.min_quality, min(finest, FINEST))
    found = b""
    while low <= high:
        quality = (low + high) // 2
        data = as_jpeg(picture, rules, quality=quality, optimize=True)
        if len(data) <= rules.max_bytes:
            found, low = data, quality + 1
        else:
            high = quality - 1
    return found or as_jpeg(picture, rules, quality=rules.min_quality, optimize=True)
