"""A reader of XLSX that is not the writer."""

from io import BytesIO

from python_calamine import CalamineWorkbook


def all_texts(book: bytes) -> list[str]:
    """Every cell that holds anything, row by row."""
    rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    return [str(cell) for row in rows for cell in row if cell != ""]
