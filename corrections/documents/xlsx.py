"""The class feedback sheet as a workbook: the same pages as the PDF, ready to print on A4."""

from datetime import UTC
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from common.paper.fitting import fit_name, fit_text
from common.paper.fonts import printable_text
from common.spreadsheets import looks_like_formula
from corrections.documents.check_mark import CAPTION
from corrections.documents.check_picture import CheckPicture, with_square_pictures
from corrections.documents.layouts import class_paper
from corrections.documents.sheet import (
    COLUMN_TITLES,
    COUNSELLOR_LINE,
    DEMO_NOTICE,
    LEADER_LINE,
    RESULT_HINT,
    ROWS_PER_PAGE,
    SEAL_LINE,
    ClassSheet,
    PrintedLine,
    SheetPage,
)
from corrections.documents.table_xlsx import render_table_xlsx
from corrections.states import Layout

_SHEET_NAME = "反馈表"
_FONT = "宋体"
_A4 = 9
_INCH = 25.4
_COLUMN_WIDTHS_MM = (11, 33, 36, 64, 31)  # less than the page: programs differ by a few per cent
_COLUMN_PIXELS = tuple(round(width / _INCH * 96) for width in _COLUMN_WIDTHS_MM)
_LAST_COLUMN = len(COLUMN_TITLES) - 1
_RESULT_COLUMN = COLUMN_TITLES.index("校对结果")
_NAME_COLUMN = COLUMN_TITLES.index("姓名")

_TITLE_HEIGHT = 36.0
_HEAD_HEIGHT = 31.0
_ROW_HEIGHT = 22.4  # 7.9 mm, room for a signature by hand
_CLOSING_HEIGHT = 25.5
_FOOT_HEIGHT = 34.0  # the seal reaches below its line
_TEXT_SIZE = 11.0
_WRAP_RESERVE = 0.94  # spreadsheet programs break lines a little earlier than our measure
_CLOSING_LINES = 4
_BLOCK_ROWS = 2 + ROWS_PER_PAGE + _CLOSING_LINES + 1


def render_sheet_xlsx(sheet: ClassSheet, *, layout: Layout = Layout.FORM) -> bytes:
    """The class's sheet as XLSX; as the form, one complete form to the printed page.

    Student numbers, names and results are text cells whatever they begin with, so nothing is
    computed and no leading zero is lost. What is frozen bears the code of its version, like the PDF.
    The same sheet and moment give the same bytes.
    """
    if layout != Layout.FORM:
        return render_table_xlsx(
            class_paper(sheet, layout),
            author=sheet.school_name,
            at=sheet.generated_at,
            footer=sheet.footer_of(""),
            check=sheet.check,
            is_demo=sheet.is_demo,
        )
    target = BytesIO()
    with Workbook(target, {"in_memory": True}) as workbook:
        moment = sheet.generated_at.astimezone(UTC).replace(tzinfo=None)
        workbook.set_properties(
            {
                "title": f"{sheet.title} {''.join(sheet.class_fill)}",
                "author": sheet.school_name,
                "company": sheet.school_name,
                "subject": f"{sheet.ordering_label}；版本 {sheet.version_label}",
                "created": moment,
            }
        )
        writer = _FormWriter(workbook, sheet)
        for page in sheet.pages():
            writer.write_page(page)
        writer.set_up_print()
    return with_square_pictures(target.getvalue()) if sheet.check else target.getvalue()


class _FormWriter:
    """Writes the forms of one class below one another."""

    def __init__(self, workbook: Workbook, sheet: ClassSheet) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._worksheet: Worksheet = workbook.add_worksheet(_SHEET_NAME)
        self._cell_formats: dict[tuple[float, bool, bool], Format] = {}
        self._next_row = 0
        self._picture = CheckPicture(sheet.check) if sheet.check else None
        for column, width in enumerate(_COLUMN_PIXELS):
            self._worksheet.set_column_pixels(column, column, width)

    def write_page(self, page: SheetPage) -> None:
        """One complete form: title, head, 25 lines, the four lines below, foot."""
        self._write_title()
        self._write_head()
        for line in page.lines:
            self._write_line(line)
        closing = self._format(font_size=12, align="left")
        self._write_across(self._sheet.class_line, closing, height=_CLOSING_HEIGHT)
        signed = (COUNSELLOR_LINE, LEADER_LINE, SEAL_LINE)
        if self._picture:
            self._write_check(self._picture, rows=len(signed))
        last = _LAST_COLUMN - 1 if self._picture else _LAST_COLUMN
        for text in signed:
            self._write_across(text, closing, height=_CLOSING_HEIGHT, last=last)
        foot = self._format(font_size=7, align="right", valign="bottom")
        self._write_across(self._sheet.footer(page), foot, height=_FOOT_HEIGHT)

    def set_up_print(self) -> None:
        """A4 upright, one form to a page, shrunk where a program without the usual fonts draws it wider.

        A program that breaks pages by itself as soon as it fits them to the width breaks at the same
        rows: what a form leaves of its page is too little for the title of the next one.
        """
        worksheet = self._worksheet
        worksheet.set_paper(_A4)
        worksheet.set_portrait()
        worksheet.set_margins(left=0.45, right=0.45, top=0.4, bottom=0.35)
        worksheet.set_header("", {"margin": 0.2})
        worksheet.set_footer("", {"margin": 0.2})
        worksheet.center_horizontally()
        worksheet.print_area(0, 0, self._next_row - 1, _LAST_COLUMN)
        worksheet.fit_to_pages(1, 0)
        worksheet.set_h_pagebreaks(list(range(_BLOCK_ROWS, self._next_row, _BLOCK_ROWS)))
        worksheet.ignore_errors({"number_stored_as_text": f"B1:D{self._next_row}"})
        worksheet.hide_gridlines(2)
        if self._sheet.is_demo:
            worksheet.set_header(f"&C&9{DEMO_NOTICE}", {"margin": 0.15})

    def _write_title(self) -> None:
        title = self._format(font_size=17, bold=True, align="center")
        self._write_across(self._sheet.title, title, height=_TITLE_HEIGHT)

    def _write_head(self) -> None:
        head = self._format(font_size=11, bold=True, align="center", border=1, text_wrap=True)
        hint = self._format(font_size=7.5)
        strong = self._format(font_size=11, bold=True)
        self._worksheet.set_row(self._next_row, _HEAD_HEIGHT)
        for column, title in enumerate(COLUMN_TITLES):
            if column == _RESULT_COLUMN:
                self._worksheet.write_rich_string(
                    self._next_row, column, strong, f"{title}\n", hint, RESULT_HINT, head
                )
            else:
                self._worksheet.write_string(self._next_row, column, title, head)
        self._next_row += 1

    def _write_line(self, line: PrintedLine) -> None:
        worksheet, row = self._worksheet, self._next_row
        worksheet.set_row(row, _ROW_HEIGHT)
        if line.position:
            worksheet.write_number(row, 0, int(line.position), self._cell_format(_TEXT_SIZE))
        else:
            worksheet.write_blank(row, 0, None, self._cell_format(_TEXT_SIZE))
        for column, text in enumerate((line.student_no, line.name, line.result), start=1):
            cell = self._cell_format(
                _fitting_size(text, column),
                is_result=column == _RESULT_COLUMN,
                is_defused=looks_like_formula(text),
            )
            if text:
                worksheet.write_string(row, column, text, cell)
            else:
                worksheet.write_blank(row, column, None, cell)
        worksheet.write_blank(row, _LAST_COLUMN, None, self._cell_format(_TEXT_SIZE))
        self._next_row += 1

    def _write_check(self, picture: CheckPicture, *, rows: int) -> None:
        """The code beside the signatures, its caption below."""
        first, cell = self._next_row, self._format(font_size=7, align="center", valign="bottom")
        self._worksheet.merge_range(
            first, _LAST_COLUMN, first + rows - 1, _LAST_COLUMN, CAPTION, cell
        )
        picture.place(self._worksheet, first, _COLUMN_PIXELS)

    def _write_across(
        self, text: str, cell: Format, *, height: float, last: int = _LAST_COLUMN
    ) -> None:
        self._worksheet.set_row(self._next_row, height)
        self._worksheet.merge_range(self._next_row, 0, self._next_row, last, "", cell)
        self._worksheet.write_string(self._next_row, 0, text, cell)
        self._next_row += 1

    def _cell_format(
        self, size: float, *, is_result: bool = False, is_defused: bool = False
    ) -> Format:
        """A bordered text cell; there are few sizes, and each format is made once."""
        key = (size, is_result, is_defused)
        if key not in self._cell_formats:
            self._cell_formats[key] = self._format(
                font_size=size,
                align="left" if is_result else "center",
                indent=1 if is_result else 0,
                border=1,
                text_wrap=True,
                num_format="@",
                quote_prefix=is_defused,
            )
        return self._cell_formats[key]

    def _format(self, **properties: object) -> Format:
        return self._workbook.add_format({"font_name": _FONT, "valign": "vcenter", **properties})


def _fitting_size(text: str, column: int) -> float:
    """The size at which the text, wrapped by the spreadsheet program, stays inside its cell."""
    fit = fit_name if column == _NAME_COLUMN else fit_text
    width = _COLUMN_WIDTHS_MM[column] / _INCH * 72 * _WRAP_RESERVE - 6
    return fit(printable_text(text), width=width, height=_ROW_HEIGHT - 2.5, largest=_TEXT_SIZE).size
