"""What a photo is held against; later the values come from a photo profile's row."""

from dataclasses import dataclass

__all__ = ["GRADUATION_RULES", "CompositionRules", "PhotoRules", "Range"]

Range = tuple[int, int]

# The capture standard's reference colours: light blue, white, light grey.
_STANDARD_BACKGROUNDS = ((100, 197, 255), (255, 255, 255), (240, 240, 240))


@dataclass(frozen=True, slots=True)
class CompositionRules:
    """Bounds for what is in the picture, in pixels of the wanted size.

    Hair, eyes and face width are 教毕指 (2017) 99号. It wants the head upright and in the middle, the
    light even and no border without giving numbers; those are ours, and only advise.
    """

    hair_top: Range = (50, 110)
    eyes: Range = (200, 300)
    face_width: Range = (180, 300)
    max_off_centre: int = 30
    # Degrees of the line through the eyes.
    max_tilt: int = 6
    # Share of the face that is burnt out, in per cent.
    max_burnt: int = 8
    # Brightness that the lightest twentieth of the picture reaches. The backdrop is light by the
    # standard, so this says nothing about the colour of anybody's skin.
    min_brightest: int = 150
    # Without it light and border are measured, and no face is looked for.
    has_faces: bool = True
    # The file of a YuNet model that the site has; empty: the detectors of the installed packages.
    model: str = ""


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
    # Compress the published copy until it is not over `max_bytes`; not for a picture in between.
    is_fitted: bool = True
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
    # None: what is in the picture is not looked at, which is ten times as quick.
    composition: CompositionRules | None = None


GRADUATION_RULES = PhotoRules()
