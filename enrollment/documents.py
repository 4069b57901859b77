"""Files that enrollment hands out."""

import io
from collections.abc import Iterable

import xlsxwriter

__all__ = ["XLSX", "findings_workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = ("行", "列", "程度", "说明", "代码")
_WIDTHS = (8, 16, 8, 80, 24)


def findings_workbook(rows: Iterable[tuple[int, str, str, str, str]]) -> bytes:
    """Findings (line, column, severity, message, code) as XLSX; every text is text, never a formula."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("检查结果")
        bold = book.add_format({"bold": True})
        for column, (title, width) in enumerate(zip(_HEAD, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        for line, (row_no, *texts) in enumerate(rows, start=1):
            sheet.write_number(line, 0, row_no)
            for column, text in enumerate(texts, start=1):
                sheet.write_string(line, column, text)
    return target.getvalue()
