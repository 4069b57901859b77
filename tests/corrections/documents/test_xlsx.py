import zipfile
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from corrections.documents.sheet import ClassSheet
from corrections.documents.xlsx import render_sheet_xlsx
from tests.corrections.documents.makers import make_row, make_sheet

pytestmark = pytest.mark.unit

BLOCK = 32  # title, head, 25 lines, four closing lines, foot


def _cells(sheet: ClassSheet) -> list[list[Any]]:
    workbook = CalamineWorkbook.from_filelike(BytesIO(render_sheet_xlsx(sheet)))
    return workbook.get_sheet_by_index(0).to_python()


def _part(sheet: ClassSheet, name: str) -> str:
    with zipfile.ZipFile(BytesIO(render_sheet_xlsx(sheet))) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize(("students", "pages"), [(0, 1), (1, 1), (25, 1), (26, 2), (60, 3)])
def test_every_page_is_a_complete_form(students: int, pages: int) -> None:
    sheet = make_sheet(students)

    cells = _cells(sheet)

    assert len(cells) == pages * BLOCK
    for number in range(pages):
        block = cells[number * BLOCK : (number + 1) * BLOCK]
        assert block[0][0] == "高等教育学历电子注册图像信息校对反馈表（2026届）"
        assert block[1] == [
            "序号",
            "学号",
            "姓名",
            "校对结果\n（无异常填“无误”，异常情况请如实填写异常内容）",
            "本人签名",
        ]
        assert [line[0] for line in block[27:31]] == [
            "班级名称：2022级汉语言文学2201班",
            "辅导员签名：",
            "学院领导：",
            "学院公章：",
        ]
        assert block[31][0] == (
            f"草稿，还没有定稿　版本 {sheet.version_label}　第 {number + 1} 页，共 {pages} 页"
        )


def test_lines_are_those_of_the_sheet() -> None:
    rows = {2: make_row(2, result="信息有误：姓名", is_provisional=True)}

    cells = _cells(make_sheet(2, rows=rows))

    assert cells[2:6] == [
        [1, "2022040199", "苏合", "无误", ""],
        [2, "2022040198", "沈若溪", "信息有误：姓名（暂定）", ""],
        ["", "", "以下空白", "", ""],
        ["", "", "", "", ""],
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "0012", "12345678901234567890", "𬭩"]
)
def test_text_stays_text_whatever_it_begins_with(text: str) -> None:
    sheet = make_sheet(1, rows={1: make_row(1, student_no=text, name=text, result=text)})

    assert _cells(sheet)[2] == [1, text, text, text, ""]
    assert "<f>" not in _part(sheet, "xl/worksheets/sheet1.xml")


def test_print_set_up_is_one_form_to_an_a4_page() -> None:
    sheet = make_sheet(60)
    worksheet = _part(sheet, "xl/worksheets/sheet1.xml")

    assert '<pageSetup paperSize="9" orientation="portrait"/>' in worksheet
    assert '<brk id="32" max="16383" man="1"/><brk id="64" max="16383" man="1"/>' in worksheet
    assert "fitToPage" not in worksheet
    assert "$A$1:$E$96" in _part(sheet, "xl/workbook.xml")


def test_demo_sheet_says_so_in_the_foot_and_in_the_print_header() -> None:
    sheet = make_sheet(1, is_demo=True)

    assert str(_cells(sheet)[31][0]).endswith("演示数据，不可提交")
    assert "演示数据，不可提交" in _part(sheet, "xl/worksheets/sheet1.xml")


def test_workbook_is_the_same_bytes_for_the_same_sheet() -> None:
    assert render_sheet_xlsx(make_sheet(26)) == render_sheet_xlsx(make_sheet(26))
