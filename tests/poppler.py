"""A reader of PDF that is not the writer."""

import re
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Word:
    """A word on a page, its box in points from the top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Poppler:
    """The text and the picture of a PDF as poppler sees them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "sheet.pdf"

    def pages(self, pdf: bytes) -> list[str]:
        return self._run("pdftotext", pdf, "-layout", "-").removesuffix("\f").split("\f")

    def words(self, pdf: bytes, *, page: int = 1) -> list[Word]:
        answer = self._run("pdftotext", pdf, "-bbox", "-f", str(page), "-l", str(page), "-")
        found = re.findall(
            r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', answer
        )
        return [Word(text, *(float(n) for n in box)) for *box, text in found]

    def fonts(self, pdf: bytes) -> list[str]:
        return self._run("pdffonts", pdf).splitlines()[2:]

    def code(self, pdf: bytes, *, page: int = 1) -> str:
        """What a reader makes of the QR code; like a phone it goes nearer when it sees nothing."""
        for dpi in (200, 300, 150):
            picture = np.asarray(self.picture(pdf, page=page, dpi=dpi))
            height, width = picture.shape
            # Every layout has its code in the lower right.
            corner = np.ascontiguousarray(picture[height // 2 :, width // 2 :])
            for seen in (picture, corner):
                read, _, _ = cv2.QRCodeDetector().detectAndDecode(seen)
                if read:
                    return read
        return ""

    def info(self, pdf: bytes) -> dict[str, str]:
        lines = self._run("pdfinfo", pdf).splitlines()
        return {
            key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
        }

    def signatures(self, pdf: bytes) -> str:
        """What pdfsig says; it fails on files that it cannot read at all, which is an answer too."""
        self._file.write_bytes(pdf)
        done = subprocess.run(["pdfsig", self._file], capture_output=True, check=False)
        return (done.stdout + done.stderr).decode(errors="replace")

    def picture(self, pdf: bytes, *, page: int = 1, dpi: int = 144) -> Image.Image:
        self._file.write_bytes(pdf)
        command = ["pdftoppm", "-png", "-gray", "-r", str(dpi), "-f", str(page), "-l", str(page)]
        done = subprocess.run([*command, self._file], capture_output=True, check=True)
        return Image.open(BytesIO(done.stdout)).convert("L")

    def _run(self, tool: str, pdf: bytes, *arguments: str) -> str:
        self._file.write_bytes(pdf)
        options = arguments[:-1] if arguments else ()
        target = arguments[-1:]
        done = subprocess.run(
            [tool, *options, self._file, *target], capture_output=True, check=True
        )
        return done.stdout.decode()
