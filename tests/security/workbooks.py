"""Workbooks bent into shapes that no spreadsheet program writes."""

import io
import zipfile
from collections.abc import Callable

from tests.enrollment.importers.files import xlsx_bytes

# Name and content of one file of the package → what stands there instead.
Edit = Callable[[str, bytes], tuple[str, bytes]]

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
ROWS = [["姓名", "学号"], ["沈若溪", "2022040127"]]
HEADER = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
STRINGS_BEGIN = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def rebuilt(edit: Edit, *, added: dict[str, bytes] | None = None) -> bytes:
    """A small workbook, each of its files passed through `edit`, with further ones beside them."""
    buffer = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(xlsx_bytes(ROWS)))
    with source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(*edit(entry.filename, source.read(entry)))
        for name, content in (added or {}).items():
            target.writestr(name, content)
    return buffer.getvalue()


def with_rows(rows: bytes) -> bytes:
    """The workbook with these rows behind its own."""
    return rebuilt(
        lambda name, content: (
            name,
            content.replace(b"</sheetData>", rows + b"</sheetData>") if name == SHEET else content,
        )
    )


def with_sheet(rows: bytes, strings: list[bytes]) -> bytes:
    """The workbook with these rows instead, and these shared strings."""

    def edit(name: str, content: bytes) -> tuple[str, bytes]:
        if name == SHEET:
            begin, _, rest = content.partition(b"<sheetData>")
            content = begin + b"<sheetData>" + rows + b"</sheetData>"
            content += rest.partition(b"</sheetData>")[2]
        if name == STRINGS:
            items = b"".join(b"<si><t>" + text + b"</t></si>" for text in strings)
            content = HEADER + STRINGS_BEGIN + items + b"</sst>"
        return name, content

    return rebuilt(edit)


def moved(to: str, rows: bytes) -> bytes:
    """The workbook with its sheet at another place of the package, and these rows behind its own."""

    def edit(name: str, content: bytes) -> tuple[str, bytes]:
        if name == SHEET:
            return to, content.replace(b"</sheetData>", rows + b"</sheetData>")
        return name, content.replace(b"worksheets/sheet1.xml", to.removeprefix("xl/").encode())

    return rebuilt(edit)
