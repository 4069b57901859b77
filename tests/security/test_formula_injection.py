"""What people typed or delivered never becomes a formula in a file that somebody else opens.

The tests find every producer of tables; a new one fails until it is listed here with its test.
Already proved elsewhere: no `<f>` in the sheet (tests/corrections/documents/test_xlsx.py) and the
error workbook by its first signs (tests/enrollment/services/test_roster_error_book.py). The copy of
one's own data is JSON, which no spreadsheet program computes.
"""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from common.actors import System
from common.spreadsheets import looks_like_formula
from corrections.documents.province import PackedChange, PackedRow, write_province_pack
from corrections.documents.xlsx import render_sheet_xlsx
from corrections.models import AuditedStudent, AuditItem, Certificate
from corrections.selectors.graduation import CheckedItem, StudentChecklist
from corrections.selectors.graduation_tables import (
    certificate_table,
    student_table,
    totals_table,
)
from corrections.selectors.graduation_totals import AuditTotals, TotalLine
from corrections.states import Layout
from corrections.states.graduation import ItemSource, ItemState
from enrollment.documents import error_workbook, findings_workbook
from enrollment.models import ClassGroup, College, Major, StudentRecord
from imaging.documents.lists import Table, table_csv, table_xlsx
from imaging.documents.workbook import TextBook
from tests.corrections.documents.makers import make_row, make_sheet

pytestmark = pytest.mark.unit

_PRODUCER = re.compile(
    r"xlsxwriter|openpyxl|csv\.(?:writer|DictWriter)|text/csv|application/vnd\.ms-excel"
)
PRODUCERS = {
    "enrollment/documents.py": "findings_workbook, error_workbook",
    "corrections/documents/xlsx.py": "render_sheet_xlsx",
    "corrections/documents/table_xlsx.py": "render_sheet_xlsx in the other layouts",
    "corrections/documents/check_picture.py": "puts a picture into both, writes no cell",
    "imaging/documents/lists.py": "table_xlsx, table_csv",
    "imaging/documents/workbook.py": "TextBook",
    "xuexin/registration/archive.py": "its own list of file names, student numbers and digests",
    "enrollment/services/roster/upload.py": "only names the type of what is handed in",
    "xuexin/demo/files.py": "made-up deliveries of the demo school",
}

AT = datetime(2026, 6, 12, tzinfo=UTC)
EVIL = [
    '=HYPERLINK("http://evil.test","看")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u3000=1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}SUM(1)",
    "\N{SMALL EQUALS SIGN}1",
]
HARMLESS = ["沈若溪", "0012", "a=b", "2022-09-01", "", "x@example.test"]


def test_every_producer_of_tables_is_known() -> None:
    base = Path(settings.BASE_DIR)
    apps = ["accounts", "common", "corrections", "enrollment", "imaging", "reports", "xuexin"]
    found = {
        str(path.relative_to(base))
        for app in apps
        for path in (base / app).rglob("*.py")
        if _PRODUCER.search(path.read_text()) and path.name != "spreadsheets.py"
    }

    assert found == set(PRODUCERS)


def findings(text: str) -> bytes:
    return findings_workbook([(2, text, "错误", text, "code")], mark=text)


def errors(text: str) -> bytes:
    target = io.BytesIO()
    error_workbook(
        target,
        headers=["姓名", text],
        rows=[("【错误】姓名", "2", [text, "x"])],
        remark_header="说明",
        line_header="行",
        watermark="x",
    )
    return target.getvalue()


def sheet(text: str) -> bytes:
    row = make_row(1, student_no=text, name=text, result=text)
    return render_sheet_xlsx(make_sheet(1, rows={1: row}))


def roster(text: str) -> bytes:
    row = make_row(1, student_no=text, name=text, result=text)
    sheet = make_sheet(1, rows={1: row})
    return render_sheet_xlsx(sheet, layout=Layout.ROSTER)


def table(text: str) -> Table:
    return Table(title="名单", columns=["票号", text], rows=[["1", text]])


def pack(text: str) -> bytes:
    return table_xlsx(table(text), at=datetime(2026, 6, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", EVIL)
def test_text_that_looks_like_a_formula_is_quoted_in_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(table_csv(table(text)).decode("utf-8-sig"), newline="")))

    assert [row[1] for row in rows] == [f"'{text}", f"'{text}"]


def book(text: str) -> bytes:
    target = io.BytesIO()
    made = TextBook(target, title="名单", at=datetime(2026, 6, 12, tzinfo=UTC))
    made.sheet("人员", [("姓名", 8)]).write([text])
    made.close()
    return target.getvalue()


def province(text: str, table: str) -> bytes:
    """One of the tables of a pack for the province, with the text wherever somebody else wrote."""
    target = io.BytesIO()
    change = PackedChange(label="姓名", original=text, proposed=text)
    row = PackedRow(
        case_no="7",
        school_code="99901",
        student_no=text,
        name=text,
        id_number=text,
        opinion=text,
        changes=(change,),
        papers=(),
    )
    write_province_pack(target, [row], at=datetime(2026, 6, 12, tzinfo=UTC))
    return zipfile.ZipFile(target).read(table)


def province_changes(text: str) -> bytes:
    return province(text, "更正明细.xlsx")


def province_answers(text: str) -> bytes:
    return province(text, "批复.xlsx")


def audited(text: str) -> tuple[AuditedStudent, StudentChecklist]:
    """A student of whom every text is this one."""
    record = StudentRecord(
        student_no=text,
        name=text,
        class_group=ClassGroup(name=text),
        major=Major(name=text),
    )
    item = AuditItem(pk=1, title=text, source=ItemSource.IMPORT)
    line = CheckedItem(item=item, state=ItemState.MET, note=text)
    student = AuditedStudent(pk=1, record=record, college=College(name=text))
    return student, StudentChecklist(lines=(line,))


def audit_list(text: str) -> bytes:
    student, checklist = audited(text)
    return student_table([student], {1: checklist}, now=AT, taken_by=System("李老师"))


def certificates(text: str) -> bytes:
    student, _ = audited(text)
    taken = {"taker_name": text, "proxy_reason": text, "handed_by": text}
    return certificate_table(
        [Certificate(student=student, number=text, **taken)], now=AT, taken_by=System("李老师")
    )


def totals(text: str) -> bytes:
    line = TotalLine(college=text, major=text, graduate=1, complete=0, defer=0, undecided=0)
    return totals_table(
        AuditTotals(lines=(line,), listed=1, certificates=0, handed=0),
        now=AT,
        taken_by=System("李老师"),
    )


AUDIT_TABLES = [audit_list, certificates, totals]


def cells(book: bytes) -> list[tuple[str, bool]]:
    """The text of each cell and whether the quote mark keeps it text; formulas fail at once."""
    archive = zipfile.ZipFile(io.BytesIO(book))
    page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<hyperlink" not in page
    assert not any("externalLink" in name for name in archive.namelist())
    styles = archive.read("xl/styles.xml").decode()
    formats = re.findall(r"<xf [^>]*>", styles.split("<cellXfs")[1].split("</cellXfs>")[0])
    quoted = {number for number, style in enumerate(formats) if 'quotePrefix="1"' in style}
    shared = []
    if "xl/sharedStrings.xml" in archive.namelist():
        strings = archive.read("xl/sharedStrings.xml").decode()
        shared = re.findall(r"<si>(.*?)</si>", strings, re.DOTALL)
    found = []
    for attributes, inner in re.findall(r"<c ([^>]*[^/])>(.*?)</c>", page, re.DOTALL):
        style = re.search(r's="(\d+)"', attributes)
        is_quoted = style is not None and int(style[1]) in quoted
        text = inner
        if 't="s"' in attributes:
            text = shared[int(re.sub(r"\D", "", inner))]
        if 't="s"' in attributes or 't="inlineStr"' in attributes:
            text = re.sub(r"<[^>]*>", "", text)
            found.append((text.replace("&quot;", '"').replace("&amp;", "&"), is_quoted))
    return found


@pytest.mark.parametrize(
    "make",
    [findings, errors, sheet, roster, pack, book, province_changes, province_answers],
)
@pytest.mark.parametrize("text", EVIL)
def test_text_that_looks_like_a_formula_stays_text(make, text: str) -> None:
    evil = [
        (shown, is_quoted)
        for shown, is_quoted in cells(make(text))
        if shown.replace("_x000D_", "\r").strip() == text.strip()
    ]

    assert evil
    assert all(is_quoted for _, is_quoted in evil)


@pytest.mark.parametrize("make", [findings, errors, sheet, roster, *AUDIT_TABLES])
def test_ordinary_text_has_no_quote_mark(make) -> None:
    assert not any(is_quoted for _, is_quoted in cells(make("沈若溪")))


@pytest.mark.parametrize("text", EVIL)
def test_formula_is_recognised(text: str) -> None:
    assert looks_like_formula(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_is_no_formula(text: str) -> None:
    assert not looks_like_formula(text)
