"""The code of a frozen sheet as a picture in a workbook: the same as on every page of the PDF."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image
from xlsxwriter.worksheet import Worksheet

from common.paper.qr import qr_png
from corrections.documents.check_mark import CAPTION
from corrections.documents.sheet import SheetCheck

__all__ = ["PICTURE_PIXELS", "CheckPicture"]

# 24 mm at the 96 dots to the inch in which spreadsheet programs count, its quiet margin with it.
PICTURE_PIXELS: Final = 91


class CheckPicture:
    """One picture for all forms of a version; the workbook holds its bytes once."""

    def __init__(self, check: SheetCheck) -> None:
        self._png = qr_png(check.address)
        with Image.open(BytesIO(self._png)) as picture:
            self._scale = PICTURE_PIXELS / picture.width

    def place(self, worksheet: Worksheet, row: int, widths: Sequence[int], *, top: int = 0) -> None:
        """Put it at the top of the row, against the right edge of columns that are so many pixels wide."""
        left = max(sum(widths) - PICTURE_PIXELS, 0)
        column = 0
        while left >= widths[column]:
            left -= widths[column]
            column += 1
        worksheet.insert_image(
            row,
            column,
            "check.png",
            {
                "image_data": BytesIO(self._png),
                "x_offset": left,
                "y_offset": top,
                "x_scale": self._scale,
                "y_scale": self._scale,
                "description": CAPTION,
                "object_position": 1,
            },
        )
