"""The list that comes with photos."""

from datetime import date
from io import BytesIO

import pytest
import xlsxwriter

from imaging.importers import ManifestRow, UnreadableManifestError, parse_manifest

pytestmark = pytest.mark.unit


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def xlsx(*rows: list[object]) -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_encoding_gives_typed_rows(encoding: str) -> None:
    data = csv(
        "姓名,备注,文件名,学号,证件号码,考生号,采集号,院校代码,拍摄日期",
        "王䶮,补拍,甲班/001.jpg,20210001,990101189901010018,21990001110001,C0001,99999,2025年3月31日",
        encoding=encoding,
    )

    manifest = parse_manifest(data, "清单.csv")

    assert manifest.findings == ()
    assert manifest.rows == (
        ManifestRow(
            line=2,
            file_name="甲班/001.jpg",
            student_no="20210001",
            document_no="990101189901010018",
            candidate_no="21990001110001",
            ticket="C0001",
            name="王䶮",
            school_code="99999",
            taken_on=date(2025, 3, 31),
        ),
    )


def test_xlsx_with_a_title_above_the_header_is_read() -> None:
    data = xlsx(["毕业照片清单"], ["文件名", "学号"], ["001.jpg", 20210001])

    manifest = parse_manifest(data, "清单.xlsx")

    assert [(row.line, row.student_no) for row in manifest.rows] == [(3, "20210001")]


def test_number_that_lost_digits_is_dropped_with_a_finding() -> None:
    data = xlsx(["文件名", "学号", "身份证号"], ["001.jpg", "20210001", 990101189901010018])

    manifest = parse_manifest(data, "清单.xlsx")

    assert manifest.rows[0].document_no == ""
    assert [(f.line, f.column, f.code) for f in manifest.findings] == [
        (2, "证件号码", "lost_digits")
    ]


@pytest.mark.parametrize(
    "text", ["2025-03-31", "2025/3/31", "20250331", "2025.3.31", "2025年03月31日"]
)
def test_date_spellings_are_read(text: str) -> None:
    manifest = parse_manifest(csv("文件名,学号,拍摄日期", f"1.jpg,1,{text}"), "清单.csv")

    assert manifest.rows[0].taken_on == date(2025, 3, 31)


def test_unreadable_date_and_missing_file_name_are_findings() -> None:
    manifest = parse_manifest(csv("文件名,学号,拍摄日期", "1.jpg,1,去年", ",2,"), "清单.csv")

    assert [(f.line, f.code) for f in manifest.findings] == [
        (2, "unreadable_date"),
        (3, "no_file_name"),
    ]
    assert [row.file_name for row in manifest.rows] == ["1.jpg"]


def test_rows_are_found_by_path_then_name_then_name_without_suffix() -> None:
    manifest = parse_manifest(csv("文件名,学号", "甲班\\1.JPG,1", "2.jpg,2", "3,3"), "清单.csv")

    found = [manifest.find(path) for path in ("甲班/1.jpg", "乙班/2.jpg", "丙班/3.jpeg", "4.jpg")]

    assert [row.student_no if row else None for row in found] == ["1", "2", "3", None]


def test_file_listed_twice_counts_once_when_alike_and_not_at_all_when_not() -> None:
    manifest = parse_manifest(
        csv("文件名,学号", "1.jpg,1", "1.jpg,1", "2.jpg,2", "2.JPG,3"), "清单.csv"
    )

    assert [row.student_no for row in manifest.rows] == ["1"]
    assert [(f.line, f.code) for f in manifest.findings] == [(5, "duplicate_file")]


def test_rows_without_a_file_are_named() -> None:
    manifest = parse_manifest(csv("文件名,学号", "1.jpg,1", "2.jpg,2"), "清单.csv")

    assert [row.line for row in manifest.unused(["甲班/1.jpg"])] == [3]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (csv("姓名,学号", "王伟,1"), "a.csv", "no_file_column"),
        (csv("文件名,姓名", "1.jpg,王伟"), "a.csv", "no_number_column"),
        (b"", "a.csv", "unreadable_table"),
        (b"\xff\xd8\xff\xe0 photo", "a.xlsx", "unreadable_table"),
    ],
)
def test_what_is_no_list_says_what_is_missing(data: bytes, name: str, code: str) -> None:
    with pytest.raises(UnreadableManifestError) as refused:
        parse_manifest(data, name)

    assert refused.value.code == code
    assert refused.value.message.endswith("。")
