from datetime import date
from decimal import Decimal

import pytest

from enrollment.importers.dates import parse_date, parse_duration, parse_year
from enrollment.importers.headers import field_of, map_columns
from enrollment.importers.statuses import parse_status
from enrollment.states import EnrollmentStatus

pytestmark = pytest.mark.unit

PLATFORM = {
    "KSH": "candidate_no",
    "XH": "student_no",
    "XM": "name",
    "XB": "sex",
    "CSRQ": "birth_date",
    "SFZH": "id_number",
    "ZZMM": "political_status",
    "MZ": "ethnicity",
    "ZYDM": "major_code",
    "ZYMC": "major_name",
    "CC": "level",
    "XZ": "duration_years",
    "XXXS": "study_mode",
    "RXRQ": "entry_date",
    "FY": "college_name",
    "XSH": "department",
    "BH": "class_name",
    "YJBYRQ": "expected_graduation_date",
    "YXDM": "school_code",
    "YXMC": "school_name",
    "BZ": "remark",
}
CHINESE = {
    "考生号": "candidate_no",
    "学号": "student_no",
    "姓名": "name",
    "性别": "sex",
    "出生日期": "birth_date",
    "证件类型": "id_type",
    "身份证号/证件号码": "id_number",
    "身份证号": "id_number",
    "证件号码": "id_number",
    "民族": "ethnicity",
    "专业代码": "major_code",
    "专业名称/专业": "major_name",
    "专业": "major_name",
    "层次": "level",
    "学制": "duration_years",
    "学习形式": "study_mode",
    "学历类别": "education_category",
    "入学日期": "entry_date",
    "分院/学院": "college_name",
    "分院": "college_name",
    "学院": "college_name",
    "系所": "department",
    "系（所、部、处）": "department",
    "系(所、部、处)": "department",
    "班级": "class_name",
    "班号": "class_name",
    "班次": "class_name",
    "预计毕业日期": "expected_graduation_date",
    "院校代码": "school_code",
    "院校名称": "school_name",
    "学籍状态": "enrollment_status",
    "辅导员": "counsellor_text",
}


@pytest.mark.parametrize(("header", "field"), [*PLATFORM.items(), *CHINESE.items()])
def test_header_is_known(header: str, field: str) -> None:
    assert field_of(header) == field


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("xh", "student_no"),
        (" Ｘ Ｈ ", "student_no"),
        ("姓 名", "name"),
        ("姓名（必填）", "name"),
        ("*姓名", "name"),
        ("学生编号(XH)", "student_no"),
        ("学制（年）", "duration_years"),
        ("\ufeff学号", "student_no"),
        ("宿舍", None),
        ("", None),
    ],
)
def test_header_in_any_width_and_with_brackets(header: str, field: str | None) -> None:
    assert field_of(header) == field


def test_columns_in_any_order_with_unknown_and_repeated_ones() -> None:
    columns = map_columns(["宿舍", "班号", "姓名", "", "班级", "XH"])

    assert columns.index_of == {"class_name": 4, "name": 2, "student_no": 5}
    assert columns.unknown == (0, 3)
    assert columns.repeated == (1,)
    assert columns.header_of("student_no") == "XH"
    assert columns.header_of("id_number") == "证件号码"


@pytest.mark.parametrize(
    "text",
    [
        "20250831",
        "2025-08-31",
        "2025-8-31",
        "2025/8/31",
        "2025/08/31",
        "2025年08月31日",
        "2025年8月31日",
        "2025 年 8 月 31 日",
        "2025.8.31",
        "2025.08.31",
        "2025-08-31 00:00:00",
        "2025/8/31 0:00",
        "２０２５－０８－３１",
        "45900",
    ],
)
def test_date_in_every_style(text: str) -> None:
    assert parse_date(text) == (date(2025, 8, 31), True, True)


@pytest.mark.parametrize("text", ["2025.8", "202508", "2025-08", "2025年8月", "2025/8"])
def test_date_of_a_month_is_its_first_day(text: str) -> None:
    assert parse_date(text) == (date(2025, 8, 1), True, False)


@pytest.mark.parametrize("text", ["", "-", "无", "0", "00000000"])
def test_date_that_is_empty_is_no_error(text: str) -> None:
    assert parse_date(text) == (None, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "2025",
        "25-8-31",
        "31/8/2025",
        "20250231",
        "2025-13-01",
        "九月",
        "20250831x",
        "99990101",
        "9",
        "250831",
    ],
)
def test_date_that_would_be_guessed_is_unreadable(text: str) -> None:
    parsed = parse_date(text)

    assert parsed.day is None
    assert not parsed.is_readable


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("4", "4"),
        ("4.0", "4"),
        ("4 年", "4"),
        ("4年制", "4"),
        ("四年", "4"),
        ("两年半", "2.5"),
        ("2.5", "2.5"),
        ("２．５年", "2.5"),
        ("5.5", "5.5"),
    ],
)
def test_duration_in_every_style(text: str, years: str) -> None:
    assert parse_duration(text) == Decimal(years)


@pytest.mark.parametrize("text", ["", "本科", "0", "99", "4-6", "2.55"])
def test_duration_that_is_none(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("2022", 2022), ("2022级", 2022), ("2026届", 2026), ("22级", None), ("", None)],
)
def test_year_of_a_grade(text: str, year: int | None) -> None:
    assert parse_year(text) == year


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("在籍（注册学籍）", EnrollmentStatus.REGISTERED),
        ("在籍(注册学籍)", EnrollmentStatus.REGISTERED),
        ("在校(注册学籍)", EnrollmentStatus.REGISTERED),
        ("注册学籍", EnrollmentStatus.REGISTERED),
        ("在籍", EnrollmentStatus.REGISTERED),
        ("在籍（休学）", EnrollmentStatus.SUSPENDED),
        ("保留学籍（参军）", EnrollmentStatus.RETAINED),
        ("暂缓注册", EnrollmentStatus.UNREGISTERED),
        ("已毕业", EnrollmentStatus.GRADUATED),
        ("不在籍(毕业)", EnrollmentStatus.GRADUATED),
        ("不在籍(结业)", EnrollmentStatus.COMPLETED),
        ("肄业", EnrollmentStatus.INCOMPLETE),
        ("不在籍(退学)", EnrollmentStatus.WITHDRAWN),
        ("转学（转出）", EnrollmentStatus.TRANSFERRED_OUT),
        ("开除学籍", EnrollmentStatus.EXPELLED),
        ("死亡", EnrollmentStatus.DECEASED),
        ("取消学籍", EnrollmentStatus.CANCELLED),
        ("保留入学资格", EnrollmentStatus.ADMISSION_RETAINED),
        ("SUSPENDED", EnrollmentStatus.SUSPENDED),
        ("飞走了", None),
    ],
)
def test_status_texts(text: str, status: EnrollmentStatus | None) -> None:
    assert parse_status(text) == status


@pytest.mark.parametrize("status", list(EnrollmentStatus))
def test_status_labels_are_understood(status: EnrollmentStatus) -> None:
    assert parse_status(str(status.label)) == status
