"""Photos that stop in the middle although their file looks whole."""

from io import BytesIO
from typing import Final

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

__all__ = ["is_cut_short"]

# libjpeg fills with this what the data did not reach, and only warns, which Pillow does not pass on.
_FILLED: Final = 128
_CORNER: Final = 8
_END: Final = b"\xff\xd9"
# Zeros are the shortest codes: two bytes are enough for a pixel, and this for every photo we take.
_MORE_PER_PIXEL: Final = 2
_MOST_MORE: Final = 8 * 1024 * 1024


def is_cut_short(picture: Image.Image, data: bytes) -> bool:
    """Whether the picture's data ends before its pixels do, behind an end mark that somebody set too early.

    Only a photo whose last corner has exactly the colour of such a filling is looked at closer: it
    is decoded once more with other data behind, which changes nothing where all of it was there.
    """
    width, height = picture.size
    corner = (max(width - _CORNER, 0), max(height - _CORNER, 0), width, height)
    if not _is_filled(picture.crop(corner)):
        return False
    more = bytes(min(width * height * _MORE_PER_PIXEL, _MOST_MORE))
    again = JpegImageFile(BytesIO(data[: data.rindex(_END)] + more + _END))
    again.load()
    return again.crop(corner).tobytes() != picture.crop(corner).tobytes()


def _is_filled(corner: Image.Image) -> bool:
    bands = corner.convert("RGB").getextrema()
    return all(band == (_FILLED, _FILLED) for band in bands)
