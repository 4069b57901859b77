"""The rows to be mended as a workbook: as delivered, with remarks, safe to open, and read again."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from common.actors import System
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, FileView
from enrollment.models import RosterImport, School, StudentRecord
from enrollment.services.roster import erase_old_imports, open_error_book
from enrollment.services.roster.upload import RETENTION
from enrollment.states import ImportState
from tests.enrollment.importers.files import xlsx_bytes
from tests.enrollment.rosters import (
    HEADERS,
    NOW,
    applied,
    counts,
    csv_of,
    person,
    staged,
    table,
    upload,
)
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

LATER = NOW + timedelta(days=1)
READER = System("王老师")


@pytest.fixture
def school() -> School:
    return make_school()


def book_of(roster: RosterImport) -> bytes:
    with open_error_book(roster=roster, actor=READER, now=LATER) as book:
        return book.read()


def cells_of(data: bytes) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def test_book_holds_the_rows_with_findings_as_delivered(school: School) -> None:
    good, bad = person(1), person(2, 证件号码="", 姓名="＝王乐", 入学日期="20220931")
    roster = staged(csv_of(good, bad, person(3, 性别="未知")), school=school)

    watermark, head, first, second, *rest = cells_of(book_of(roster))

    assert rest == []
    assert head == ["检查说明（导入时不读）", "原文件行号（导入时不读）", *HEADERS]
    assert watermark[0].startswith("王老师 2026年3月3日")
    assert first[1] == "3"
    assert first[2:] == table(bad)[1]
    assert "【错误】证件号码：证件号码是空的" in first[0]
    assert "入学日期" in first[0]
    assert second[1] == "4"
    assert "【提醒】性别" in second[0]


def test_row_that_a_later_one_contradicts_is_in_the_book(school: School) -> None:
    rows = [person(1), person(2), person(1, 姓名="别人")]
    roster = staged(csv_of(*rows), school=school)

    lines = cells_of(book_of(roster))[2:]

    assert [line[1] for line in lines] == ["2", "4"]


def test_mended_book_is_read_again_without_its_own_columns(school: School) -> None:
    roster = staged(csv_of(person(1), person(2, 证件号码=""), person(3, 姓名="")), school=school)
    mended = cells_of(book_of(roster))
    place = mended[1].index("证件号码")
    mended[2][place] = person(2)["证件号码"]
    mended[3][mended[1].index("姓名")] = "江月"

    again = applied(xlsx_bytes(mended), "待改行.xlsx", school=school, now=LATER)

    assert again.state == ImportState.APPLIED
    assert counts(again) == (2, 0, 0, 0)
    assert again.unknown_columns == []
    assert list(again.findings.values_list("message", flat=True)) == []
    record = StudentRecord.objects.get(student_no="2022000003")
    assert (record.name, record.remark) == ("江月", "")


def test_book_of_a_mended_book_has_its_own_columns_once(school: School) -> None:
    first = staged(csv_of(person(1, 证件号码="")), school=school)
    again = staged(book_of(first), "待改行.xlsx", school=school)

    head = cells_of(book_of(again))[1]

    assert head == ["检查说明（导入时不读）", "原文件行号（导入时不读）", *HEADERS]


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t="], ids=["eq", "plus", "minus", "at", "tab"]
)
def test_cell_that_looks_like_a_formula_stays_text(school: School, sign: str) -> None:
    evil = f'{sign}HYPERLINK("http://evil.test")'
    rows = table(person(1, 证件号码="", 辅导员=evil))
    roster = staged(xlsx_bytes(rows), "名册.xlsx", school=school)

    data = book_of(roster)

    archive = zipfile.ZipFile(io.BytesIO(data))
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert not any(name.startswith("xl/externalLinks") for name in archive.namelist())
    assert 'quotePrefix="1"' in styles
    assert evil.strip() in cells_of(data)[2]
    quoted = [
        number
        for number, style in enumerate(
            re.findall(r"<xf [^>]*/?>", styles.split("<cellXfs")[1].split("</cellXfs>")[0])
        )
        if 'quotePrefix="1"' in style
    ]
    cell = re.search(r'<c [^>]*s="(\d+)"[^>]*><is><t[^>]*>\s*[=+@-]', sheet)
    if not sign.startswith("\t"):
        assert cell is not None
        assert int(cell[1]) in quoted


def test_opening_is_written_down_for_file_and_students(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    record = StudentRecord.objects.get()
    roster = staged(csv_of(person(1, 性别="未知"), person(2, 证件号码="")), school=school)

    book_of(roster)

    view = FileView.objects.get()
    assert (view.file, view.viewer_label) == (roster.file, "王老师")
    assert AuditEvent.objects.get(action="roster.errors_downloaded").details == {"rows": 2}
    event = AuditEvent.objects.get(action="record.exported")
    assert (event.subject_id, event.actor_label) == (str(record.pk), "王老师")


def test_book_is_refused_when_the_original_is_erased(school: School) -> None:
    roster = staged(csv_of(person(1, 证件号码="")), school=school)
    erase_old_imports(now=NOW + RETENTION + timedelta(days=1))
    roster.refresh_from_db()

    with pytest.raises(NotAllowedError, match="销毁"):
        book_of(roster)


def test_unreadable_file_has_no_book(school: School) -> None:
    roster = staged(b"%PDF-1.7", "名册.xlsx", school=school)

    with pytest.raises(NotAllowedError):
        book_of(roster)


def test_file_beyond_the_limit_is_refused_with_both_sizes(
    school: School, settings: pytest.FixtureRequest
) -> None:
    settings.MAX_ROSTER_BYTES = 1024  # type: ignore[attr-defined]

    with pytest.raises(InvalidInputError, match="最大 1 KB") as refused:
        upload(csv_of(*map(person, range(20))), school=school)

    assert refused.value.field == "file"
    assert RosterImport.objects.count() == 0
