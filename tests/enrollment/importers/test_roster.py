from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.identity import DocumentType, check_digit
from enrollment.importers.roster import ParsedRoster, ParsedRow, parse_roster
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.states import EnrollmentStatus, Severity
from tests.enrollment.importers.files import csv_bytes, dbf_bytes, raw_dbf_bytes, xlsx_bytes

pytestmark = pytest.mark.unit

HEADERS = ["学号", "姓名", "性别", "出生日期", "证件类型", "证件号码"]


def number(first17: str) -> str:
    return first17 + check_digit(first17)


SHEN = number("99010118860312002")
FANG = number("99010118860312003")


def roster(data: bytes, name: str = "名册.csv") -> ParsedRoster:
    return parse_roster(
        read_table(data, name), default_school_code="99999", known_schools={"99999", "99998"}
    )


def rows_of(
    *rows: list[str], headers: list[str] | None = None
) -> tuple[ParsedRoster, list[ParsedRow]]:
    parsed = roster(csv_bytes([headers or HEADERS, *rows]))
    return parsed, list(parsed)


def shen(**changed: str) -> list[str]:
    cells = {
        "学号": "2022040127",
        "姓名": "沈若溪",
        "性别": "女",
        "出生日期": "18860312",
        "证件类型": "居民身份证",
        "证件号码": SHEN,
    } | changed
    return [cells[header] for header in HEADERS]


def codes(row: ParsedRow) -> list[tuple[str, str, str]]:
    return [(finding.column, finding.code, finding.severity.value) for finding in row.findings]


def test_row_with_every_field_becomes_typed_values() -> None:
    headers = [
        "考生号",
        "学号",
        "姓名",
        "性别",
        "出生日期",
        "证件类型",
        "证件号码",
        "民族",
        "政治面貌",
        "专业代码",
        "专业名称",
        "层次",
        "学制",
        "学习形式",
        "学历类别",
        "入学日期",
        "分院",
        "系所",
        "班级",
        "预计毕业日期",
        "院校代码",
        "学籍状态",
        "辅导员",
        "备注",
    ]
    cells = [
        "22990101000127", "2022040127", "沈若溪", "女", "1886年03月12日", "居民身份证", SHEN, "汉族", "共青团员",
        "080901K", "计算机科学与技术", "本科", "4 年", "普通全日制", "普通高等教育", "2022/9/1", "信息学院", "计算机系",
        "计算机2201", "2026.6", "99998", "在籍（注册学籍）", "陈明", "备注甲",
    ]  # fmt: skip

    parsed, (row,) = rows_of(cells, headers=headers)

    values = row.values
    assert row.findings == []
    assert parsed.findings == []
    assert row.row_no == 2
    assert (values.id_number, values.id_key, values.id_type) == (
        SHEN,
        SHEN,
        DocumentType.RESIDENT_ID,
    )
    assert (values.school_code, values.student_no) == ("99998", "2022040127")
    assert values.candidate_no == "22990101000127"
    assert (values.name, values.name_key, values.sex) == ("沈若溪", "沈若溪", "女")
    assert values.birth_date == date(1886, 3, 12)
    assert values.entry_date == date(2022, 9, 1)
    assert values.expected_graduation_date == date(2026, 6, 1)
    assert (values.entry_grade, values.graduating_class) == (2022, 2026)
    assert values.duration_years == Decimal(4)
    assert values.enrollment_status == EnrollmentStatus.REGISTERED
    assert values.enrollment_status_text == "在籍（注册学籍）"
    assert values[-12:] == (
        "汉族", "共青团员", "080901K", "计算机科学与技术", "本科", "普通全日制", "普通高等教育", "信息学院", "计算机系",
        "计算机2201", "陈明", "备注甲",
    )  # fmt: skip
    assert row.raw == dict(zip(headers, cells, strict=True))


def test_columns_that_the_file_lacks_are_not_present() -> None:
    parsed, (row,) = rows_of(shen())

    assert parsed.present_fields == {
        "student_no", "name", "sex", "birth_date", "id_type", "id_number",
    }  # fmt: skip
    assert row.values.enrollment_status is None
    assert row.values.school_code == "99999"


def test_unknown_column_is_reported_once_and_kept_aside() -> None:
    parsed, (row, other) = rows_of(
        [*shen(), "东区3栋"],
        [*shen(学号="2022040128", 证件号码=FANG, 性别="男"), ""],
        headers=[*HEADERS, "宿舍"],
    )

    assert [(f.row, f.column, f.code, f.severity) for f in parsed.findings] == [
        (1, "宿舍", "unknown_column", Severity.WARNING)
    ]
    assert parsed.unknown_headers == ["宿舍"]
    assert (row.extra, other.extra) == ({"宿舍": "东区3栋"}, {})
    assert row.findings == []


def test_repeated_column_is_reported_and_kept_aside() -> None:
    parsed, (row,) = rows_of([*shen(), "01", "计算机2201"], headers=[*HEADERS, "班号", "班级"])

    assert [(f.column, f.code) for f in parsed.findings] == [("班号", "repeated_column")]
    assert row.values.class_name == "计算机2201"
    assert row.extra == {"班号": "01"}


@pytest.mark.parametrize(
    ("header", "code"),
    [("姓名", "missing_name"), ("学号", "missing_student_no"), ("证件号码", "missing_id_number")],
)
def test_missing_cell_refuses_the_row(header: str, code: str) -> None:
    _, (row,) = rows_of(shen(**{header: "　"}))

    assert codes(row) == [(header, code, "ERROR")]
    assert row.is_refused


def test_missing_column_refuses_every_row_and_says_so() -> None:
    _, rows = rows_of(["2022040127", "沈若溪"], ["2022040128", "方以白"], headers=["学号", "姓名"])

    assert [codes(row) for row in rows] == [[("证件号码", "missing_id_number", "ERROR")]] * 2
    assert "没有“证件号码”这一列" in rows[0].findings[0].message


def test_number_cell_that_lost_digits_refuses_the_row() -> None:
    data = xlsx_bytes(
        [HEADERS, ["2022040127", "沈若溪", "女", "18860312", "居民身份证", 990101188603120023]]
    )

    (row,) = roster(data, "a.xlsx")

    assert codes(row) == [("证件号码", "id_number_lost_digits", "ERROR")]
    assert row.values.id_key == ""


def test_whole_number_cell_that_is_exact_is_taken() -> None:
    data = xlsx_bytes(
        [HEADERS, [2022040127, "沈若溪", "女", 18860312, "台湾居民来往大陆通行证", 12345678.0]]
    )

    (row,) = roster(data, "a.xlsx")

    assert row.findings == []
    assert (row.values.student_no, row.values.id_number) == ("2022040127", "12345678")
    assert row.values.birth_date == date(1886, 3, 12)


def test_number_in_scientific_notation_refuses_the_row() -> None:
    _, (row,) = rows_of(shen(证件号码="9.90101E+17"))

    assert codes(row) == [("证件号码", "id_number_lost_digits", "ERROR")]


def test_student_number_that_lost_digits_refuses_the_row() -> None:
    data = xlsx_bytes(
        [HEADERS, [20220401270000001234, "沈若溪", "女", "18860312", "居民身份证", SHEN]]
    )

    (row,) = roster(data, "a.xlsx")

    assert codes(row) == [("学号", "student_no_lost_digits", "ERROR")]


@pytest.mark.parametrize("text", ["2025-02-31", "九月", "1886"])
def test_unreadable_date_refuses_the_row(text: str) -> None:
    _, (row,) = rows_of(shen(出生日期=text))

    assert codes(row) == [("出生日期", "unreadable_date", "ERROR")]


def test_unknown_and_missing_school_refuse_the_row() -> None:
    rows = read_table(
        csv_bytes([[*HEADERS, "院校代码"], [*shen(), "12345"], [*shen(学号="2"), ""]]), "a.csv"
    )

    one, two = parse_roster(rows, known_schools={"99999"})

    assert ("院校代码", "unknown_school", "ERROR") in codes(one)
    assert ("院校代码", "missing_school", "ERROR") in codes(two)


def test_school_is_found_by_name_when_there_is_no_code() -> None:
    rows = read_table(
        csv_bytes([[*HEADERS, "院校名称"], [*shen(), "远山大学"], [*shen(学号="2"), "近山大学"]]),
        "a.csv",
    )

    one, two = parse_roster(
        rows,
        known_schools={"99999"},
        school_codes_by_name={"远山大学": "99999"},
        default_school_code="99998",
    )

    assert one.values.school_code == "99999"
    assert ("院校名称", "unknown_school", "ERROR") in codes(two)


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"证件号码": SHEN[:17] + "0"}, ("证件号码", "wrong_check_digit")),
        ({"出生日期": "18860313"}, ("出生日期", "birth_date_contradiction")),
        ({"性别": "男"}, ("性别", "sex_contradiction")),
        ({"性别": "保密"}, ("性别", "unknown_sex")),
        ({"姓名": "沈??"}, ("姓名", "name_unknown_character")),
        ({"姓名": "沈\ue001"}, ("姓名", "name_private_use")),
        ({"姓名": "古丽•艾比"}, ("姓名", "name_lookalike_dot")),
        ({"证件类型": "", "证件号码": "H12345678"}, ("证件号码", "assumed_id_type")),
        ({"证件类型": "港澳居民来往内地通行证", "证件号码": "H1234"}, ("证件号码", "number_form")),
    ],
)  # fmt: skip
def test_odd_cell_warns_and_keeps_the_row(
    changed: dict[str, str], finding: tuple[str, str]
) -> None:
    _, (row,) = rows_of(shen(**changed))

    assert codes(row) == [(*finding, "WARNING")]
    assert not row.is_refused


def test_unknown_kind_of_document_refuses_the_row_instead_of_becoming_other() -> None:
    _, (row,) = rows_of(shen(证件类型="图书证", 证件号码="T-1234"))

    assert codes(row) == [("证件类型", "unknown_id_type", "ERROR")]
    assert row.is_refused


@pytest.mark.parametrize("kind", list(DocumentType))
def test_every_kind_of_document_is_understood_by_its_name(kind: DocumentType) -> None:
    _, (row,) = rows_of(shen(证件类型=str(kind.label), 证件号码="X1234567"))

    assert row.values.id_type is kind


@pytest.mark.parametrize("x", ["×", "Х", "Ｘ"])
def test_lookalike_x_warns_and_is_stored_as_delivered(x: str) -> None:
    clean = next(
        n for n in (number(f"990101188603120{i:02}") for i in range(0, 100, 2)) if n[-1] == "X"
    )

    _, (row,) = rows_of(shen(证件号码=clean[:17] + x))

    assert codes(row) == [("证件号码", "lookalike_x", "WARNING")]
    assert (row.values.id_number, row.values.id_key) == (clean[:17] + x, clean)


def test_fifteen_digits_warn_and_are_compared_as_eighteen() -> None:
    _, (row,) = rows_of(shen(证件类型="", 证件号码="110105491231002", 出生日期="19491231"))

    assert codes(row) == [("证件号码", "fifteen_digits", "WARNING")]
    assert row.values.id_number == "110105491231002"
    assert row.values.id_key == "11010519491231002X"
    assert row.values.id_type == DocumentType.RESIDENT_ID


def test_without_a_type_eighteen_digits_are_a_resident_id_and_others_other() -> None:
    headers = ["学号", "姓名", "证件号码"]

    _, (one, two) = rows_of(["1", "沈若溪", SHEN], ["2", "方以白", "E12345678"], headers=headers)

    assert one.values.id_type == DocumentType.RESIDENT_ID
    assert one.findings == []
    assert two.values.id_type == DocumentType.OTHER
    assert codes(two) == [("证件号码", "assumed_id_type", "WARNING")]


@pytest.mark.parametrize(
    ("candidate_no", "expected"),
    [
        ("22990101000127", []),
        ("106990123456789", []),
        ("1069901234567890", []),
        ("", []),
        ("ZB2022001", ["unusual_candidate_no"]),
        ("123", ["unusual_candidate_no"]),
        ("2.2990101E+13", ["candidate_no_lost_digits"]),
    ],
)
def test_candidate_number_only_ever_warns(candidate_no: str, expected: list[str]) -> None:
    _, (row,) = rows_of([*shen(), candidate_no], headers=[*HEADERS, "考生号"])

    assert [finding.code for finding in row.findings] == expected
    assert not row.is_refused


def test_other_odd_cells_warn() -> None:
    _, (row,) = rows_of(
        [*shen(), "本科", "22级", "飞走了"], headers=[*HEADERS, "学制", "年级", "学籍状态"]
    )

    assert codes(row) == [
        ("年级", "unreadable_year", "WARNING"),
        ("学制", "unreadable_duration", "WARNING"),
        ("学籍状态", "unknown_status", "WARNING"),
    ]
    assert row.values.enrollment_status == EnrollmentStatus.OTHER


def test_value_that_no_record_can_hold_refuses_the_row() -> None:
    _, (row,) = rows_of(shen(学号="1" * 33))

    assert codes(row) == [("学号", "value_too_long", "ERROR")]


def test_contradicting_rows_of_one_student_number_are_all_refused() -> None:
    parsed, rows = rows_of(
        shen(),
        shen(学号="2", 证件号码=FANG, 性别="男"),
        shen(姓名="沈若希"),
        shen(),
        shen(姓名="沈弱溪"),
    )

    assert [row.is_refused for row in rows] == [False, False, True, True, True]
    assert [(f.row, f.code, f.severity) for f in parsed.late_findings] == [
        (2, "student_no_conflict", Severity.ERROR)
    ]


def test_identical_repeats_keep_the_first_and_skip_the_others() -> None:
    parsed, rows = rows_of(shen(), shen(), shen())

    assert [row.is_repeat for row in rows] == [False, True, True]
    assert [codes(row) for row in rows[1:]] == [[("学号", "repeated_row", "WARNING")]] * 2
    assert parsed.late_findings == []


def test_repeats_before_a_contradiction_are_refused_too() -> None:
    parsed, rows = rows_of(shen(), shen(), shen(姓名="沈若希"))

    assert [(f.row, f.severity.value) for f in parsed.late_findings] == [(2, "ERROR"), (3, "ERROR")]
    assert rows[2].is_refused


def test_same_number_at_two_schools_is_no_repeat() -> None:
    headers = [*HEADERS, "院校代码"]

    parsed, rows = rows_of([*shen(), "99999"], [*shen(姓名="沈若希"), "99998"], headers=headers)

    assert not any(row.is_refused for row in rows)
    assert [f.code for f in parsed.late_findings] == ["shared_id_number"]


def test_serial_numbers_in_an_unknown_column_make_no_contradiction() -> None:
    _, rows = rows_of(["1", *shen()], ["2", *shen()], headers=["序号", *HEADERS])

    assert [row.is_repeat for row in rows] == [False, True]


def test_one_document_in_two_rows_warns_both() -> None:
    parsed, rows = rows_of(shen(), shen(学号="2"), shen(学号="3"))

    assert [codes(row) for row in rows] == [
        [],
        [("证件号码", "shared_id_number", "WARNING")],
        [("证件号码", "shared_id_number", "WARNING")],
    ]
    assert [(f.row, f.code, f.severity.value) for f in parsed.late_findings] == [
        (2, "shared_id_number", "WARNING")
    ]


def test_messages_never_hold_a_whole_document_number() -> None:
    wrong = SHEN[:17] + "0"

    parsed, rows = rows_of(
        shen(证件号码=wrong, 性别="男", 出生日期="18860313"),
        shen(学号="2", 证件号码=wrong),
        shen(学号="3", 证件类型="", 证件号码="E12345678"),
        shen(学号="4", 证件类型="", 证件号码="E12345678"),
    )

    messages = [f.message for row in rows for f in row.findings] + [
        f.message for f in parsed.late_findings
    ]
    assert messages
    assert not [message for message in messages if wrong in message or "E12345678" in message]


def test_rows_are_numbered_from_the_header_below_a_title() -> None:
    parsed = roster(csv_bytes([["2026届学生名册"], HEADERS, shen(), [], shen(学号="2", 姓名="")]))

    rows = list(parsed)

    assert [row.row_no for row in rows] == [2, 4]
    assert rows[1].findings[0].row == 4
    assert parsed.row_count == 2


def test_short_rows_are_filled_and_long_rows_warned() -> None:
    _, rows = rows_of(["1", "沈若溪"], [*shen(学号="2"), "", "多"])

    assert ("证件号码", "missing_id_number", "ERROR") in codes(rows[0])
    assert ("", "cells_beyond_header", "WARNING") in codes(rows[1])


@pytest.mark.parametrize("data", [b"a,b,c\n1,2,3\n", "姓名\n张三\n".encode()])
def test_file_without_a_header_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="表头"):
        roster(data)


def test_roster_with_no_rows_is_empty() -> None:
    parsed, rows = rows_of()

    assert (rows, parsed.row_count, parsed.findings) == ([], 0, [])


def test_dbf_roster_of_the_platform(tmp_path: Path) -> None:
    data = dbf_bytes(
        tmp_path,
        "KSH C(18); XH C(15); XM C(40); XB C(2); CSRQ C(8); SFZH C(18); XZ C(3); YXDM C(5)",
        [("22990101000127", "2022040127", "沈若溪", "女", "18860312", SHEN, "2.5", "99999")],
        "cp936",
    )

    (row,) = roster(data, "名册.dbf")

    assert row.findings == []
    assert row.values.duration_years == Decimal("2.5")
    assert row.values.candidate_no == "22990101000127"


def test_dbf_name_cut_in_the_middle_warns() -> None:
    cut = "古丽米热·艾比布力".encode("gb18030")[:-1]
    data = raw_dbf_bytes(
        [("XH", "C", 10), ("XM", "C", len(cut)), ("SFZH", "C", 18)], [(b"1", cut, SHEN.encode())]
    )

    (row,) = roster(data, "a.dbf")

    assert codes(row) == [("XM", "text_cut", "WARNING")]
    assert row.values.name == "古丽米热·艾比布"


def test_name_is_stored_as_delivered_and_compared_by_key() -> None:
    _, (row,) = rows_of(shen(姓名="\uf900丽・艾比"))

    assert row.values.name == "\uf900丽・艾比"
    assert row.values.name_key == "\u8c48丽·艾比"
