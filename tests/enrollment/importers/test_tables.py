import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from enrollment.importers import workbook_limits
from enrollment.importers.tables import LostDigits, TableRow, UnreadableTableError, read_table
from tests.enrollment.importers.files import csv_bytes, dbf_bytes, raw_dbf_bytes, xlsx_bytes

pytestmark = pytest.mark.unit

# Names that fail in GBK or GB 2312, or live outside the basic plane.
ROWS = [
    ["学号", "姓名"],
    ["2022040127", "沈若溪"],
    ["0012", "䶮𬱖㛃镕"],
    ["2022040129", "古丽·艾比布力"],
]


def _cells(data: bytes, name: str) -> list[list[str]]:
    return [row.cells for row in read_table(data, name)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    data = csv_bytes(ROWS, encoding=encoding, delimiter=delimiter)

    assert _cells(data, "名册.csv") == ROWS


def test_csv_lines_are_counted_as_a_spreadsheet_shows_them() -> None:
    data = '学号,姓名\r\n\r\n"1","张\n三"\r\n2, 李四 \r\n'.encode()

    assert list(read_table(data, "a.csv")) == [
        TableRow(1, ["学号", "姓名"]),
        TableRow(2, []),
        TableRow(3, ["1", "张\n三"]),
        TableRow(4, ["2", "李四"]),
    ]


def test_csv_number_wrapped_as_formula_is_unwrapped() -> None:
    assert _cells('学号,姓名\n="0012",张三\n'.encode(), "a.csv")[1] == ["0012", "张三"]


def test_csv_with_an_open_quote_names_the_line() -> None:
    data = ('学号,姓名\n1,"张三\n' + "2,李四\n" * 40_000).encode()

    with pytest.raises(UnreadableTableError, match="第 2 行"):
        _cells(data, "a.csv")


def test_csv_is_read_from_a_stream_which_stays_open() -> None:
    stream = io.BytesIO(csv_bytes(ROWS, encoding="gb18030"))

    assert [row.cells for row in read_table(stream, "a.csv")] == ROWS
    assert not stream.closed


@pytest.mark.parametrize("data", [b"\xff\xff\xff,\x80\x81\xff\n", b"a,b\n1,\xff\n"])
def test_csv_in_no_known_encoding_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="编码"):
        _cells(data, "a.csv")


def test_xlsx_cells_become_text() -> None:
    data = xlsx_bytes(
        [
            ["学号", "学制", "日期", "证件", "布尔"],
            [202204, 2.5, date(2025, 8, 31), 440524188001010014, True],
            ["0012", 4.0, "2025.8", "44052418800101001X", None],
        ]
    )

    rows = _cells(data, "a.xlsx")

    assert rows[1][:3] == ["202204", "2.5", "2025-08-31"]
    assert rows[1][4] == "TRUE"
    assert type(rows[1][3]) is LostDigits
    assert type(rows[1][0]) is str
    assert rows[2] == ["0012", "4", "2025.8", "44052418800101001X", ""]


def test_xlsx_is_known_by_its_content_and_read_from_the_first_sheet_with_rows() -> None:
    data = xlsx_bytes(ROWS, sheets=("空", "名册"))

    assert _cells(data, "名册.csv") == ROWS


def test_xlsx_lines_keep_empty_rows() -> None:
    data = xlsx_bytes([["学号", "姓名"], [], ["1", "张三"]])

    assert [(row.line, row.cells) for row in read_table(data, "a.xlsx")] == [
        (1, ["学号", "姓名"]),
        (2, ["", ""]),
        (3, ["1", "张三"]),
    ]


@pytest.mark.parametrize("keep", [200, 1000, -40])
def test_xlsx_cut_short_is_unreadable(keep: int) -> None:
    with pytest.raises(UnreadableTableError, match="xlsx"):
        _cells(xlsx_bytes(ROWS)[:keep], "a.xlsx")


def test_xlsx_with_damaged_bytes_is_unreadable() -> None:
    whole = xlsx_bytes(ROWS)

    for start in range(60, len(whole) - 200, 97):
        damaged = (
            whole[:start]
            + bytes(byte ^ 0x5A for byte in whole[start : start + 9])
            + whole[start + 9 :]
        )
        try:
            rows = _cells(damaged, "a.xlsx")
        except UnreadableTableError:
            continue
        assert rows == ROWS


def test_zip_that_is_no_workbook_is_unreadable() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", b"\xff\xd8\xff")

    with pytest.raises(UnreadableTableError, match="损坏"):
        _cells(buffer.getvalue(), "a.xlsx")


def test_xlsx_that_unpacks_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_UNPACKED_BYTES", 1_000)

    with pytest.raises(UnreadableTableError, match="太大"):
        _cells(xlsx_bytes(ROWS), "a.xlsx")


@pytest.mark.parametrize(
    "reference", ['r="XFD1048576"', "r='XFD1048576'", 'r = "XFD1048576"', 'r="ZZ999999"']
)
def test_xlsx_with_a_cell_far_away_is_refused_before_it_is_laid_out(reference: str) -> None:
    source = zipfile.ZipFile(io.BytesIO(xlsx_bytes(ROWS)))
    buffer = io.BytesIO()
    with source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                far = f'<row r="1048576"><c {reference}><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far.encode())
            archive.writestr(entry.filename, content)

    with pytest.raises(UnreadableTableError, match="太大"):
        _cells(buffer.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "空的"),
        (b"\xef\xbb\xbf\r\n", "a.csv", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.xls", "旧版"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "网页"),
        (b"%PDF-1.7\n", "a.csv", "不是"),
        (b"plain text", "a.xlsx", "不是"),
        (b"a,b\x00,c\x00\x00\n\x01\x02\x00", "a.csv", "编码|损坏"),
    ],
)
def test_foreign_file_is_refused_with_a_remedy(data: bytes, name: str, words: str) -> None:
    with pytest.raises(UnreadableTableError, match=words):
        _cells(data, name)


@pytest.mark.parametrize("codepage", ["cp936", "utf8"])
def test_dbf_written_by_the_dbf_package(tmp_path: Path, codepage: str) -> None:
    data = dbf_bytes(
        tmp_path,
        "XH C(15); XM C(24); CSRQ D; XZ N(3,1)",
        [("2022040127", "沈若溪", date(1886, 3, 12), 2.5), ("0012", "古丽·艾比", None, 4)],
        codepage,
    )

    assert _cells(data, "名册.DBF") == [
        ["XH", "XM", "CSRQ", "XZ"],
        ["2022040127", "沈若溪", "18860312", "2.5"],
        ["0012", "古丽·艾比", "", "4.0"],
    ]


@pytest.mark.parametrize("mark", [0x00, 0x03, 0x4D, 0x7A])
def test_dbf_text_is_gb18030_whatever_the_mark_says(mark: int) -> None:
    data = raw_dbf_bytes(
        [("XH", "C", 15), ("XM", "C", 24)], [(b"1", "䶮𬱖镕".encode("gb18030"))], mark=mark
    )

    assert _cells(data, "a.dbf") == [["XH", "XM"], ["1", "䶮𬱖镕"]]


def test_dbf_without_a_mark_in_utf_8_is_noticed() -> None:
    data = raw_dbf_bytes([("XM", "C", 24)], [("沈若溪".encode(),), ("方以白".encode(),)])

    assert _cells(data, "a.dbf")[1:] == [["沈若溪"], ["方以白"]]


def test_dbf_padding_is_trimmed() -> None:
    full_width = "沈若溪　　".encode("gb18030")
    data = raw_dbf_bytes(
        [("XM", "C", 24), ("XH", "C", 8)], [(full_width, b"12\x00\x00\x00"), (b"", b"13\x00old")]
    )

    assert _cells(data, "a.dbf")[1:] == [["沈若溪", "12"], ["", "13"]]


@pytest.mark.parametrize("name", ["古丽米热·艾比布", "𬱖𬱖𬱖𬱖"])
def test_dbf_character_cut_in_the_middle_is_dropped_with_a_note(name: str) -> None:
    cut = name.encode("gb18030")[:-1]
    data = raw_dbf_bytes([("XH", "C", 3), ("XM", "C", len(cut))], [(b"1", cut)])

    row = list(read_table(data, "a.dbf"))[1]

    assert row.cells == ["1", name[:-1]]
    assert [(note.position, note.code) for note in row.notes] == [(1, "text_cut")]


def test_dbf_undecodable_bytes_are_kept_visible_with_a_note() -> None:
    data = raw_dbf_bytes([("XM", "C", 12)], [(b"\xff\xff" + "若溪".encode("gb18030"),)])

    row = list(read_table(data, "a.dbf"))[1]

    assert row.cells == ["\ufffd\ufffd若溪"]
    assert [note.code for note in row.notes] == ["text_unreadable"]


def test_dbf_deleted_records_are_left_out_and_lines_kept() -> None:
    data = raw_dbf_bytes([("XH", "C", 3)], [(b"1",), (b"2",), (b"3",)], deleted=[1])

    assert [(row.line, row.cells) for row in read_table(data, "a.dbf")] == [
        (1, ["XH"]),
        (2, ["1"]),
        (4, ["3"]),
    ]


def test_dbf_numeric_cell_with_too_many_digits_is_marked() -> None:
    data = raw_dbf_bytes([("SFZH", "N", 18), ("XH", "N", 12)], [(b"440524188001010014", b"  2022")])

    cells = _cells(data, "a.dbf")[1]

    assert cells == ["440524188001010014", "2022"]
    assert [type(cell) for cell in cells] == [LostDigits, str]


def test_dbf_with_fewer_records_than_promised_is_unreadable() -> None:
    data = raw_dbf_bytes([("XH", "C", 3)], [(b"1",)], count=5)

    with pytest.raises(UnreadableTableError, match=r"5 行.*1 行"):
        _cells(data, "a.dbf")


@pytest.mark.parametrize(
    "data", [b"\x03", b"\x03" + b"\x00" * 40, b"\x03\x1a\x06\x01" + b"\xff" * 60]
)
def test_dbf_with_a_damaged_header_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="DBF"):
        _cells(data, "a.dbf")
