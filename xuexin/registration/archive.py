"""The parts of a pack as files: the outer archive with its list, photos in parts, two tables."""

import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import IO, Final, Self

from django.conf import settings

from common.spreadsheets import looks_like_formula
from common.wording import local
from imaging.documents.dbase import DbfWriter
from imaging.documents.register import COLUMNS, RegisterRow, photo_name
from imaging.documents.workbook import TextBook

__all__ = ["DBF", "PHOTOS_A_PART", "TABLE", "PackArchive", "PhotoParts", "Tables"]

# About 60 MB a part: what a browser uploads without trouble.
PHOTOS_A_PART: Final = 2_000
TABLE: Final = "学籍.xlsx"
DBF: Final = "xueji.dbf"
_WIDEST: Final = 40


class PackArchive:
    """The outer archive: files are copied into it and listed with size and digest."""

    def __init__(self, target: IO[bytes], *, now: datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        moment = local(now)
        self._stamp = (
            *(moment.year, moment.month, moment.day),
            *(moment.hour, moment.minute, moment.second),
        )
        # (path, bytes, SHA-256, student number); photos stand below the part that holds them.
        self.listed: list[tuple[str, int, str, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the files, without the photos inside of parts."""
        return {path: digest for path, _, digest, number in self.listed if not number}

    def info(self, path: str) -> zipfile.ZipInfo:
        """An entry with the moment of the pack."""
        return zipfile.ZipInfo(path, date_time=self._stamp)

    def put(self, path: str, content: IO[bytes]) -> None:
        """Copy a file in."""
        size = content.seek(0, io.SEEK_END)
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # any seekable file
        content.seek(0)
        is_huge = size >= zipfile.ZIP64_LIMIT
        with self._zip.open(self.info(path), "w", force_zip64=is_huge) as entry:
            shutil.copyfileobj(content, entry)
        self.listed.append((path, size, digest, ""))

    def put_text(self, path: str, text: str) -> None:
        """A text file that opens in Chinese programs."""
        self.put(path, io.BytesIO(text.encode("utf-8-sig")))

    def put_list(self, path: str) -> None:
        """Every file and photo so far with size and SHA-256, as CSV."""
        target = io.StringIO(newline="")
        rows = csv.writer(target)
        rows.writerow(("文件", "字节", "SHA-256", "学号"))
        for name, size, digest, number in self.listed:
            shown = f"'{number}" if looks_like_formula(number) else number
            rows.writerow((name, size, digest, shown))
        self.put_text(path, target.getvalue())


class PhotoParts:
    """Photos by student number, in archives of so many each."""

    def __init__(self, archive: PackArchive, open_files: ExitStack) -> None:
        self._archive, self._open_files = archive, open_files
        self._part = self._held = 0
        self._content: IO[bytes] | None = None
        self._zip: zipfile.ZipFile | None = None

    @property
    def _path(self) -> str:
        return f"照片-{self._part:02d}.zip"

    def add(self, student_no: str, data: bytes) -> None:
        """One photo; a full part goes into the pack at once."""
        if self._zip is None:
            self._part += 1
            self._content = self._open_files.enter_context(_scratch())
            self._zip = zipfile.ZipFile(self._content, "w", zipfile.ZIP_STORED)
        name = photo_name(student_no)
        self._zip.writestr(self._archive.info(name), data)
        digest = hashlib.sha256(data).hexdigest()
        self._archive.listed.append((f"{self._path}/{name}", len(data), digest, student_no))
        self._held += 1
        if self._held >= PHOTOS_A_PART:
            self.close()

    def close(self) -> None:
        """Put the open part into the pack, and free its place on the disk."""
        if self._zip is None or self._content is None:
            return
        self._zip.close()
        self._archive.put(self._path, self._content)
        self._content.close()
        self._zip, self._content, self._held = None, None, 0


class Tables:
    """The same rows as XLSX for people and as DBF for the platform's programs."""

    def __init__(self, open_files: ExitStack, *, now: datetime) -> None:
        self._xlsx = open_files.enter_context(_scratch())
        self._dbf = open_files.enter_context(_scratch())
        self._book = TextBook(self._xlsx, title="学籍", at=now)
        self._book.sheet(
            "学籍", [(column.label, min(column.width + 2, _WIDEST)) for column in COLUMNS]
        )
        fields = [column.field for column in COLUMNS]
        self._writer = DbfWriter(self._dbf, fields, day=local(now).date())

    def write(self, row: RegisterRow) -> None:
        """One person into both."""
        self._writer.write(row.dbf)
        self._book.write(row.values)

    def put_into(self, archive: PackArchive) -> None:
        """End both and copy them in."""
        self._writer.close()
        self._book.sheet("列的说明", (("列名", 16), ("DBF 字段", 12), ("最多几个字节", 14)))
        for column in COLUMNS:
            self._book.write([column.label, column.code, str(column.width)])
        self._book.close()
        archive.put(TABLE, self._xlsx)
        archive.put(DBF, self._dbf)


@contextmanager
def _scratch() -> Iterator[IO[bytes]]:
    """A file without a name on the disk."""
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as scratch:
        yield scratch
