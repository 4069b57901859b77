"""A printed table as a workbook: the same words as on paper, ready to print on A4."""

from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from common.paper.fitting import fit_name, fit_text
from common.paper.fonts import printable_text
from common.spreadsheets import looks_like_formula
from corrections.documents.check_mark import CAPTION
from corrections.documents.check_picture import (
    PICTURE_PIXELS,
    CheckPicture,
    with_square_pictures,
)
from corrections.documents.sheet import DEMO_NOTICE, SheetCheck
from corrections.documents.table import Column, TablePaper

__all__ = ["render_table_xlsx"]

_FONT = "宋体"
_A4 = 9
_INCH = 25.4
_NARROWER = 0.95  # less than the page: programs differ by a few per cent
_WRAP_RESERVE = 0.92
_TITLE_HEIGHT, _LINE_HEIGHT, _HEAD_HEIGHT, _CLOSING_HEIGHT = 30.0, 19.0, 30.0, 28.0
_CHECK_HEIGHT = PICTURE_PIXELS * 0.75 + 15  # points for the picture, and its caption
_TEXT_SIZE, _HINT_SIZE = 11.0, 7.5
_SAFE_NAME = 31


def render_table_xlsx(
    paper: TablePaper,
    *,
    author: str,
    at: datetime,
    footer: str,
    check: SheetCheck | None = None,
    is_demo: bool = False,
) -> bytes:
    """The table as XLSX; every cell is text whatever it begins with, so nothing is computed.

    `footer` stands below the table and on every printed page, and above it the code of what is
    frozen. What is of demo people says so above every printed page. The same paper gives the same
    bytes.
    """
    target = BytesIO()
    with Workbook(target, {"in_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": paper.title,
                "author": author,
                "company": author,
                "subject": paper.place,
                "created": at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        writer = _TableWriter(workbook, paper)
        writer.write(footer, check)
        if is_demo:
            writer.mark_demo()
    return with_square_pictures(target.getvalue()) if check else target.getvalue()


class _TableWriter:
    """Writes one table from the top to the foot."""

    def __init__(self, workbook: Workbook, paper: TablePaper) -> None:
        self._workbook, self._paper = workbook, paper
        name = paper.title.partition("（")[0][:_SAFE_NAME]
        self._worksheet: Worksheet = workbook.add_worksheet(name)
        self._formats: dict[tuple[float, bool, bool], Format] = {}
        self._row = 0
        self._widths = [round(each.width * _NARROWER / _INCH * 96) for each in paper.columns]
        for number, pixels in enumerate(self._widths):
            self._worksheet.set_column_pixels(number, number, pixels)

    def write(self, footer: str, check: SheetCheck | None) -> None:
        """Title, head, rows, signatures, code, foot; the head stands on every printed page."""
        paper = self._paper
        title = self._format(font_size=17, bold=True, align="center")
        self._across(paper.title, title, height=_TITLE_HEIGHT)
        line = self._format(font_size=_TEXT_SIZE, align="left")
        self._across(f"{paper.place}　　{paper.summary}", line, height=_LINE_HEIGHT)
        if paper.lead:
            self._across(paper.lead, line, height=_LINE_HEIGHT)
        self._head()
        head_row = self._row - 1
        for row in paper.rows:
            self._line(row)
        if not paper.rows:
            empty = self._format(font_size=_TEXT_SIZE, align="center", border=1)
            self._across(paper.empty, empty, height=_CLOSING_HEIGHT)
        for parts in paper.closing:
            self._across(
                "　　　　　　　　　　".join(filter(None, parts)), line, height=_CLOSING_HEIGHT
            )
        if check:
            CheckPicture(check).place(self._worksheet, self._row, self._widths, top=2)
            caption = self._format(font_size=8, align="right", valign="bottom")
            self._across(CAPTION, caption, height=_CHECK_HEIGHT)
        foot = self._format(font_size=8, align="right")
        self._across(footer, foot, height=_LINE_HEIGHT)
        self._set_up_print(footer, head_row=head_row)

    def mark_demo(self) -> None:
        """The notice in the margin above the page, as on the form."""
        self._worksheet.set_header(f"&C&9{DEMO_NOTICE}", {"margin": 0.15})

    def _set_up_print(self, footer: str, *, head_row: int) -> None:
        worksheet = self._worksheet
        worksheet.set_paper(_A4)
        if self._paper.is_landscape:
            worksheet.set_landscape()
        worksheet.set_margins(left=0.45, right=0.45, top=0.4, bottom=0.6)
        worksheet.center_horizontally()
        worksheet.repeat_rows(head_row)
        worksheet.print_area(0, 0, self._row - 1, len(self._paper.columns) - 1)
        worksheet.fit_to_pages(1, 0)
        worksheet.hide_gridlines(2)
        worksheet.set_footer(f"&R&8{footer.replace('&', '&&')}　第 &P 页，共 &N 页")
        worksheet.ignore_errors({"number_stored_as_text": f"A1:Z{self._row}"})

    def _head(self) -> None:
        head = self._format(
            font_size=_TEXT_SIZE, bold=True, align="center", border=1, text_wrap=True
        )
        self._worksheet.set_row(self._row, _HEAD_HEIGHT)
        for number, column in enumerate(self._paper.columns):
            if column.hint:
                self._head_with_hint(number, column, head)
            else:
                self._worksheet.write_string(self._row, number, column.title, head)
        self._row += 1

    def _head_with_hint(self, number: int, column: Column, head: Format) -> None:
        """The hint on one line below its title, as small as it must be."""
        width = _text_width(column)
        fit = fit_text(printable_text(column.hint), width=width, height=9, largest=_HINT_SIZE)
        strong = self._format(font_size=_TEXT_SIZE, bold=True)
        small = self._format(font_size=fit.size)
        self._worksheet.write_rich_string(
            self._row, number, strong, f"{column.title}\n", small, column.hint, head
        )

    def _line(self, row: tuple[str, ...]) -> None:
        height = self._paper.row_height / _INCH * 72
        self._worksheet.set_row(self._row, height)
        for number, (column, text) in enumerate(zip(self._paper.columns, row, strict=True)):
            cell = self._cell(
                _fitting_size(text, column, height),
                is_left=column.is_left,
                is_defused=looks_like_formula(text),
            )
            if text:
                self._worksheet.write_string(self._row, number, text, cell)
            else:
                self._worksheet.write_blank(self._row, number, None, cell)
        self._row += 1

    def _across(self, text: str, cell: Format, *, height: float) -> None:
        last = len(self._paper.columns) - 1
        self._worksheet.set_row(self._row, height)
        self._worksheet.merge_range(self._row, 0, self._row, last, "", cell)
        self._worksheet.write_string(self._row, 0, text, cell)
        self._row += 1

    def _cell(self, size: float, *, is_left: bool, is_defused: bool) -> Format:
        key = (size, is_left, is_defused)
        if key not in self._formats:
            self._formats[key] = self._format(
                font_size=size,
                align="left" if is_left else "center",
                indent=1 if is_left else 0,
                border=1,
                text_wrap=True,
                num_format="@",
                quote_prefix=is_defused,
            )
        return self._formats[key]

    def _format(self, **properties: object) -> Format:
        return self._workbook.add_format({"font_name": _FONT, "valign": "vcenter", **properties})


def _fitting_size(text: str, column: Column, height: float) -> float:
    fit = fit_name if column.is_name else fit_text
    box = {"width": _text_width(column), "height": height - 2.5}
    return fit(printable_text(text), **box, largest=_TEXT_SIZE).size


def _text_width(column: Column) -> float:
    return column.width * _NARROWER / _INCH * 72 * _WRAP_RESERVE - 6
