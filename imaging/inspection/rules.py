"""What a photo is held against; later the values come from a photo profile's row."""

from dataclasses import dataclass

__all__ = ["GRADUATION_RULES", "PhotoRules"]


# The capture standard's reference colours: light blue, white, light grey.
_STANDARD_BACKGROUNDS = ((100, 197, 255), (255, 255, 255), (240, 240, 240))


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """Bounds for one kind of photo.

    The defaults are 教毕指 (2017) 99号: 480×640 pixels, 300 dpi, 24-bit JPEG of quality 60 or more,
    normally 20–40 KB, one of three even backgrounds. Only what makes a photo unusable refuses it
    (see `inspect_photo`); everything else is a remark.
    """

    width: int = 480
    height: int = 640
    exact_size_required: bool = True
    dpi: int = 300
    min_bytes: int = 20 * 1024
    max_bytes: int = 40 * 1024
    min_quality: int = 60
    backgrounds: tuple[tuple[int, int, int], ...] = _STANDARD_BACKGROUNDS
    # Distance in RGB space from the nearest allowed colour; studio light moves the colour a good deal.
    background_tolerance: int = 48
    # Standard deviation over the strips beside and above the head; an even backdrop stays below 10.
    max_background_deviation: float = 18.0
    # Variance of the Laplacian over the face area; sharp photos have 100 and more, blurred ones 1.
    min_sharpness: float = 20.0
    # Refused before decoding.
    max_upload_bytes: int = 5 * 1024 * 1024
    max_pixels: int = 16_000_000


GRADUATION_RULES = PhotoRules()
