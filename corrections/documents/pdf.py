"""The papers of a class as A4 PDF, and many classes in one file."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import IO

from common.paper.pen import Pen, drawing, open_canvas
from corrections.documents.check_mark import CheckMark
from corrections.documents.form_pdf import draw_form
from corrections.documents.layouts import class_paper, paper_title
from corrections.documents.sheet import DEMO_NOTICE, ClassSheet
from corrections.documents.table import TablePaper
from corrections.documents.table_pdf import draw_table
from corrections.states import Layout

__all__ = ["SheetBook", "render_sheet_pdf", "render_sheets_pdf", "render_table_pdf"]

_TEXT_SIZE = 10.5


class SheetBook:
    """A PDF that takes one class after the other; only its compressed-later pages stay in memory.

    Each class has its own page numbers and a bookmark. Characters that the font lacks stand as 〓;
    `fonts.unprintable_names` lists them. The lock of the drawing is held for one class at a time.
    """

    def __init__(self, *, title: str, subject: str, author: str, at: datetime) -> None:
        self._target = BytesIO()
        with drawing:
            self._canvas = open_canvas(
                self._target, title=title, subject=subject, author=author, at=at, size=_TEXT_SIZE
            )
        self.classes = 0

    def add(self, sheet: ClassSheet, *, layout: Layout = Layout.FORM) -> None:
        """The next class."""
        self.classes += 1
        name = f"class-{self.classes - 1}"
        with drawing:
            pen = Pen(self._canvas)
            mark = (
                CheckMark(self._canvas, sheet.check, name=f"check-{name}") if sheet.check else None
            )
            if layout == Layout.FORM:
                draw_form(pen, sheet, mark=mark, bookmark=name)
                return
            paper = class_paper(sheet, layout)
            self._canvas.bookmarkPage(name)
            self._canvas.addOutlineEntry("".join(sheet.class_fill), name)
            draw_table(pen, paper, mark=mark, footer=sheet.footer_of, is_demo=sheet.is_demo)

    def write(self, target: IO[bytes]) -> None:
        """Finish the file and put it into the target; it needs a class at least."""
        if not self.classes:
            raise ValueError("a PDF needs at least one sheet")
        with drawing:
            self._canvas.save()
        target.write(self._target.getbuffer())


def render_sheet_pdf(sheet: ClassSheet, *, layout: Layout = Layout.FORM) -> bytes:
    """The class's sheet as PDF: the same sheet and moment give the same bytes."""
    return render_sheets_pdf([sheet], layout=layout)


def render_sheets_pdf(sheets: Iterable[ClassSheet], *, layout: Layout = Layout.FORM) -> bytes:
    """Many classes in one file."""
    given = tuple(sheets)
    if not given:
        raise ValueError("a PDF needs at least one sheet")
    first = given[0]
    name = "".join(first.class_fill) if len(given) == 1 else f"{len(given)} 个班"
    book = SheetBook(
        title=f"{paper_title(layout, first.title_year)} {name}",
        subject=f"{first.ordering_label}；版本 {first.version_label}",
        author=first.school_name,
        at=max(sheet.generated_at for sheet in given),
    )
    for sheet in given:
        book.add(sheet, layout=layout)
    target = BytesIO()
    book.write(target)
    return target.getvalue()


def render_table_pdf(
    paper: TablePaper, *, author: str, at: datetime, taken_by: str, is_demo: bool = False
) -> bytes:
    """A list that leaves the house, with who took it on every page, and that it is of demo people."""
    notice = f"　{DEMO_NOTICE}" if is_demo else ""
    target = BytesIO()
    with drawing:
        canvas = open_canvas(
            target, title=paper.title, subject=paper.place, author=author, at=at, size=_TEXT_SIZE
        )
        draw_table(
            Pen(canvas),
            paper,
            mark=None,
            footer=lambda page: f"{taken_by}　{page}{notice}",
            is_demo=is_demo,
            taken_by=taken_by,
        )
        canvas.save()
    return target.getvalue()
