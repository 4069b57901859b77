"""Files that enrollment hands out."""

import io
from collections.abc import Iterable, Sequence
from typing import IO

import xlsxwriter

from common.spreadsheets import looks_like_formula, print_as_list

__all__ = ["XLSX", "error_workbook", "findings_workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = ("行", "列", "程度", "说明", "代码")
_WIDTHS = (8, 16, 8, 80, 24)


def findings_workbook(rows: Iterable[tuple[int, str, str, str, str]], *, mark: str) -> bytes:
    """Findings (line, column, severity, message, code) as XLSX; every text is text, never a formula.

    The mark stands below the last row and in every printed page's foot.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("检查结果")
        bold = book.add_format({"bold": True})
        defused = book.add_format({"num_format": "@", "quote_prefix": True})
        for column, (title, width) in enumerate(zip(_HEAD, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        print_as_list(sheet)
        sheet.set_footer(f"&L{mark.replace('&', '&&')}&R&P / &N")
        line = 0
        for line, (row_no, *texts) in enumerate(rows, start=1):
            sheet.write_number(line, 0, row_no)
            for column, text in enumerate(texts, start=1):
                sheet.write_string(
                    line, column, text, defused if looks_like_formula(text) else None
                )
        sheet.write_string(line + 1, 0, mark, defused if looks_like_formula(mark) else None)
    return target.getvalue()


def error_workbook(
    target: IO[bytes],
    *,
    headers: Sequence[str],
    rows: Iterable[tuple[str, str, Sequence[str]]],
    remark_header: str,
    line_header: str,
    watermark: str,
) -> int:
    """Write rows (remark, line, cells as delivered) row by row, in memory that does not grow.

    The watermark stands above the header and in every printed page's foot. Every cell is text, and
    one that a spreadsheet would read as a formula stays text when it is edited. Returns how many
    rows there are.
    """
    count = 0
    with xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        bold_defused = book.add_format({"bold": True, "bottom": 1, "quote_prefix": True})
        remark = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FBF1DC"})
        text = book.add_format({"num_format": "@", "valign": "top"})
        defused = book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True})
        sheet = book.add_worksheet("要改的行")
        sheet.set_column(0, 0, 56)
        sheet.set_column(1, 1, 8)
        sheet.set_column(2, len(headers) + 1, 16, text)
        sheet.freeze_panes(2, 1)
        sheet.set_footer(f"&L{watermark.replace('&', '&&')}&R&P / &N")
        sheet.write_string(0, 0, watermark)
        for column, title in enumerate([remark_header, line_header, *headers]):
            shape = bold_defused if looks_like_formula(title) else bold
            sheet.write_string(1, column, title, shape)
        for count, (said, line, cells) in enumerate(rows, start=1):
            sheet.write_string(count + 1, 0, said, remark)
            sheet.write_string(count + 1, 1, line, text)
            for column, cell in enumerate(cells, start=2):
                if cell:
                    shape = defused if looks_like_formula(cell) else text
                    sheet.write_string(count + 1, column, cell, shape)
    return count
