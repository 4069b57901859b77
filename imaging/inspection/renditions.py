"""Further pictures of a shot: bytes in, bytes out."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageCms, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

__all__ = ["THUMBNAIL_SIZE", "make_print"]

# Sharp at 60×80 on a screen of three pixels to one, and at 28 mm on paper.
THUMBNAIL_SIZE: Final = (180, 240)
_PRINT_DPI: Final = 300
_PRINT_QUALITY: Final = 95


def make_print(original: bytes) -> bytes:
    """The whole delivered picture for the press: upright 24-bit sRGB, 300 dpi, without metadata.

    Unlike the registered one it keeps every pixel, and no limit of bytes holds. The original has
    passed the inspection, so its size is bounded.
    """
    received = JpegImageFile(BytesIO(original))
    picture = _in_srgb(ImageOps.exif_transpose(received))
    buffer = BytesIO()
    picture.save(
        buffer,
        "JPEG",
        quality=_PRINT_QUALITY,
        subsampling=0,
        dpi=(_PRINT_DPI, _PRINT_DPI),
        comment=b"",
        exif=b"",
        icc_profile=None,
    )
    return buffer.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture in sRGB; a damaged colour profile counts as none."""
    icc = picture.info.get("icc_profile")
    if icc:
        try:
            profile = ImageCms.ImageCmsProfile(BytesIO(icc))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, profile, target, outputMode="RGB")
            return turned or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture.convert("RGB")
