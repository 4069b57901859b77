"""Table files made to fill the memory or to keep the machine busy, at every door that reads one.

The doors (roster, list of people, list of photos) share one reader. Already proved elsewhere: damaged,
cut, foreign and protected files, a cell far away and the limit of unpacked bytes
(tests/enrollment/importers/test_tables.py); the size of a roster (tests/enrollment/services).
"""

import io
import struct
import zipfile
from datetime import datetime

import pytest

from accounts.models import User
from common.errors import InvalidInputError
from enrollment.importers import delimited, workbook_limits
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.models import PeopleList
from enrollment.services.people_list import upload_people_list
from imaging.importers import manifest
from imaging.importers.manifest import UnreadableManifestError, parse_manifest
from tests.enrollment.importers.files import raw_dbf_bytes, xlsx_bytes
from tests.security.workbooks import ROWS, SHEET, STRINGS, moved, rebuilt, with_rows, with_sheet

pytestmark = pytest.mark.unit

FAR_ROW = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def rows_of(data: bytes, name: str = "名册.xlsx") -> list[list[str]]:
    return [row.cells for row in read_table(data, name)]


def is_refused(data: bytes, name: str = "名册.xlsx", words: str = "太大") -> None:
    with pytest.raises(UnreadableTableError, match=words):
        rows_of(data, name)


@pytest.mark.parametrize(
    "cell",
    [
        b' r="xfd1048576"',
        b'\nr="XFD1048576"',
        b'\tr="XFD1048576"',
        b'\r\nr="XFD1048576"',
        b' r="XFD000000001048576"',
        b' r\n=\n"XFD1048576"',
        b" s='1'\tr = 'xfd1048576'",
        b' r="ZZZZZZ1"',
    ],
)
def test_far_cell_is_seen_however_it_is_written(cell: bytes) -> None:
    is_refused(with_rows(b"<row><c" + cell + b"><v>1</v></c></row>"))


@pytest.mark.parametrize(
    "row",
    [b'<row r="9999999">', b'<row\nr="9999999">', b"<row r='9999999'>", b'<row r="A9999999">'],
)
def test_far_row_is_seen_however_it_is_written(row: bytes) -> None:
    is_refused(with_rows(row + b"<c><v>1</v></c></row>"))


def test_rows_and_cells_without_a_reference_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_CELLS", 3_000_000)

    is_refused(with_rows(b"<row/>" * 120_000 + b'<row><c r="Z1"><v>1</v></c></row>'))
    is_refused(with_rows(b"<row>" + b"<c/>" * 1_600_000 + b"<c><v>1</v></c></row>"))
    is_refused(with_rows(b"<x:row/>" * 120_000 + b'<row><c r="Z1"><v>1</v></c></row>'))


def test_values_in_one_row_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "_check_extent", lambda *_: None)
    monkeypatch.setattr(workbook_limits, "MAX_CELLS", 10_000)

    is_refused(with_rows(b"<row>" + b"<c><v>1</v></c>" * 20_000 + b"</row>"))


@pytest.mark.parametrize(
    "to",
    ["xl/elsewhere/s.xml", "xl/media/a.png", "xl/sharedStrings.bin"],
)
def test_sheet_is_measured_wherever_it_lies(to: str) -> None:
    is_refused(moved(to, FAR_ROW))
    assert rows_of(moved(to, b"")) == ROWS


def test_far_cell_behind_the_first_megabyte_is_seen() -> None:
    filling = b"".join(
        b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(3, 40_000)
    )
    assert len(filling) > 1024 * 1024

    is_refused(with_rows(filling + FAR_ROW))


def test_shared_string_is_not_copied_into_a_million_cells() -> None:
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_001)
    )
    data = with_sheet(cells, [b"x" * 100_000])

    assert len(data) < 200_000
    is_refused(data)


def test_shared_string_that_hides_its_end_is_measured_whole() -> None:
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_001)
    )
    half = b"<![CDATA[" + b"x</si>" * 20_000 + b"]]>"

    is_refused(with_sheet(cells, [half]))


def test_one_long_remark_beside_many_short_cells_is_no_bomb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_TEXT_BYTES", 200_000)
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>%d</v></c></row>' % (n, n, 0 if n == 1 else 1)
        for n in range(1, 2_001)
    )

    data = with_sheet(cells, [b"y" * 5_000, "沈若溪".encode()])

    assert len(rows_of(data)) == 2_000
    is_refused(with_sheet(cells.replace(b"<v>1</v>", b"<v> 0\n</v>"), [b"y" * 5_000, b"z"]))


@pytest.mark.parametrize("part", [SHEET, STRINGS])
def test_entities_are_never_unfolded(part: str) -> None:
    laughs = b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    thief = b"<!DOCTYPE x [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>"

    for doctype in (laughs, thief):

        def edit(name: str, content: bytes, doctype: bytes = doctype) -> tuple[str, bytes]:
            if name == part:
                content = content.replace(b"?>", b"?>" + doctype + b"]>", 1)
                content = content.replace(b"</t>", b"&a9;</t>", 1)
                content = content.replace(
                    b"</sheetData>",
                    b'<row r="3"><c r="A3" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData>',
                )
            return name, content

        data = rebuilt(edit)
        try:
            found = rows_of(data)
        except UnreadableTableError:
            continue
        text = "".join(cell for row in found for cell in row)
        assert "hahaha" not in text
        assert "root:" not in text


@pytest.mark.parametrize("name", ["content.xml", "xl/workbook.bin", "XL\\Workbook.BIN"])
def test_other_kinds_of_workbook_in_a_zip_are_not_read_by_their_own_rules(name: str) -> None:
    is_refused(rebuilt(lambda *part: part, added={name: b"x"}), words="不是 XLSX")


def test_spreadsheet_with_repeated_cells_of_another_program_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")

    is_refused(buffer.getvalue(), "名册.ods", words="不是 XLSX")


def test_many_parts_are_refused_before_they_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_ENTRIES", 30)

    is_refused(rebuilt(lambda *part: part, added={f"xl/{n}.xml": b"<a/>" for n in range(30)}))


def test_one_part_that_is_a_hundred_sheets_is_not_read_a_hundred_times() -> None:
    names = tuple(f"空{n}" for n in range(100))

    assert rows_of(xlsx_bytes(ROWS, sheets=(*names, "名册"))) == []


def test_stated_sizes_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_UNPACKED_BYTES", 200_000)
    data = with_rows(b"<!--" + b" " * 300_000 + b"-->")
    begin = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    lying = data[: begin + 24] + struct.pack("<I", 100) + data[begin + 28 :]

    is_refused(lying, words="太大|损坏")


def test_record_of_endless_cells_is_refused() -> None:
    header = "学号,姓名\n".encode()

    is_refused(header + b"," * (2 * 1024 * 1024), "名册.csv", "不像表格")
    is_refused(header + b'1,"\n",' * 400_000, "名册.csv", "不像表格")


def test_file_of_empty_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINES", 1_000)

    is_refused("学号,姓名\n".encode() + b"\n" * 2_000, "名册.csv", "行")


def test_fields_without_a_length_make_no_billions_of_cells() -> None:
    fields = [("XH", "C", 1), *[(f"F{n}", "C", 0) for n in range(1_900)]]
    data = raw_dbf_bytes(fields, [], count=1_000_000) + b" 1" * 1_000_000

    is_refused(data, "名册.dbf", "行")


def test_record_without_a_length_is_refused() -> None:
    is_refused(raw_dbf_bytes([("XH", "C", 0)], [], count=4_000_000_000), "名册.dbf", "行|DBF")


def test_list_of_photos_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_MOST_LINES", 1_000)

    with pytest.raises(UnreadableManifestError, match="最多"):
        parse_manifest("文件名,学号\n".encode() + b"\n" * 2_000, "清单.csv")


@pytest.mark.django_db
def test_list_of_people_is_refused_before_it_is_read(li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="5"):
        upload_people_list(
            file=io.BytesIO(b" " * (5 * 1024 * 1024 + 1)), file_name="名单.csv", actor=li, now=now
        )

    assert not PeopleList.objects.exists()
