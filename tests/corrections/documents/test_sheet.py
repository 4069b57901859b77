from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from corrections.documents.sheet import PrintedLine
from tests.corrections.documents.makers import make_row, make_sheet

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("students", "pages"), [(0, 1), (1, 1), (25, 1), (26, 2), (60, 3)])
def test_pages_have_25_lines_each(students: int, pages: int) -> None:
    sheet = make_sheet(students)

    assert [len(page.lines) for page in sheet.pages()] == [25] * pages
    assert [(page.number, page.total) for page in sheet.pages()] == [
        (number, pages) for number in range(1, pages + 1)
    ]


def test_empty_class_gives_the_form_with_its_printed_numbers() -> None:
    (page,) = make_sheet(0).pages()

    assert page.lines == tuple(PrintedLine(position=str(n)) for n in range(1, 26))


def test_rest_is_blank_after_the_last_name() -> None:
    _, page = make_sheet(26).pages()

    assert page.lines[0].position == "26"
    assert page.lines[1] == PrintedLine(name="以下空白")
    assert page.lines[2:] == (PrintedLine(),) * 23


@pytest.mark.parametrize("students", [25, 50])
def test_full_last_page_has_no_room_for_a_blank_mark(students: int) -> None:
    lines = make_sheet(students).pages()[-1].lines

    assert lines[-1].position == str(students)
    assert "以下空白" not in {line.name for line in lines}


def test_open_row_is_marked_provisional() -> None:
    sheet = make_sheet(1, rows={1: make_row(1, result="照片有误", is_provisional=True)})

    assert sheet.pages()[0].lines[0].result == "照片有误（暂定）"


@pytest.mark.parametrize(
    ("class_name", "line"),
    [
        ("汉语言文学2201班", "班级名称：2022级汉语言文学2201班"),
        ("汉语言文学2201", "班级名称：2022级汉语言文学2201班"),
        ("2022级汉语言文学1班", "班级名称：2022级汉语言文学1班"),
        ("2022 级 1 班", "班级名称：2022级1班"),
        ("20221", "班级名称：2022级20221班"),
        ("汉语言文学1班（专升本）", "班级名称：2022级汉语言文学1班（专升本）"),
        ("班", "班级名称：2022级班"),
    ],
)
def test_class_line_says_grade_and_class_once(class_name: str, line: str) -> None:
    assert make_sheet(0, class_name=class_name).class_line == line


def test_version_hash_is_stable_when_printed_again() -> None:
    sheet = make_sheet(3)
    later = replace(sheet, generated_at=sheet.generated_at + timedelta(hours=5))

    assert later.version_hash == sheet.version_hash
    assert len(sheet.version_hash) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"title_year": 2027},
        {"entry_grade": 2021},
        {"class_name": "汉语言文学2202班"},
        {"school_name": "远山大学云岭学院"},
        {"is_demo": True},
        {"rows": (make_row(2), make_row(1))},
        {"rows": (make_row(1), make_row(2, result="照片有误"))},
        {"rows": (make_row(1), make_row(2, is_provisional=True))},
        {"rows": (make_row(1),)},
    ],
)
def test_version_hash_changes_with_what_the_paper_says(changes: dict[str, Any]) -> None:
    sheet = make_sheet(2)

    assert replace(sheet, **changes).version_hash != sheet.version_hash


def test_version_label_is_the_hash_in_three_groups() -> None:
    sheet = make_sheet(2)

    assert sheet.version_label.replace(" ", "") == sheet.version_hash[:12].upper()
    assert [len(group) for group in sheet.version_label.split(" ")] == [4, 4, 4]
