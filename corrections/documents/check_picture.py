"""The code of a frozen sheet as a picture in a workbook: the same as on every page of the PDF."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image
from xlsxwriter.worksheet import Worksheet

from common.paper.qr import qr_png
from corrections.documents.check_mark import CAPTION
from corrections.documents.sheet import SheetCheck

__all__ = ["PICTURE_PIXELS", "CheckPicture", "with_square_pictures"]

# 24 mm at the 96 dots to the inch in which spreadsheet programs count, its quiet margin with it.
PICTURE_PIXELS: Final = 91
_DRAWINGS: Final = "xl/drawings/drawing"
_BOTH_CORNERS: Final = re.compile(
    rb"<xdr:twoCellAnchor[^>]*>(<xdr:from>.*?</xdr:from>)<xdr:to>.*?</xdr:to>"
    rb"(<xdr:pic>.*?<a:ext (cx=\"\d+\" cy=\"\d+\")/>.*?)</xdr:twoCellAnchor>",
    re.DOTALL,
)
_ONE_CORNER: Final = rb"<xdr:oneCellAnchor>\1<xdr:ext \3/>\2</xdr:oneCellAnchor>"


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
                "object_position": 2,
            },
        )


def with_square_pictures(book: bytes) -> bytes:
    """The workbook with its pictures held by one corner and their size.

    xlsxwriter holds both corners, and a program without the usual fonts draws columns wider than they
    were meant: the code would be pulled apart. What is not changed keeps its bytes and moment.
    """
    target = BytesIO()
    with ZipFile(BytesIO(book)) as source, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        for member in source.infolist():
            data = source.read(member)
            if member.filename.startswith(_DRAWINGS):
                data = _BOTH_CORNERS.sub(_ONE_CORNER, data)
            copy.writestr(member, data)
    return target.getvalue()
