import re
import zipfile
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from corrections.documents.pdf import render_sheet_pdf
from corrections.documents.sheet import ClassSheet, SheetCheck
from corrections.documents.xlsx import render_sheet_xlsx
from corrections.states import Layout
from tests.corrections.documents.makers import make_row, make_sheet
from tests.poppler import Poppler

pytestmark = pytest.mark.unit

CHECK = SheetCheck(
    address="https://hedui.yuanshan.example/sheet-check/7K3Q9FHM2XWD4RTP/", version=2
)
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

    assert '<pageSetup paperSize="9" fitToHeight="0" orientation="portrait"/>' in worksheet
    assert '<brk id="32" max="16383" man="1"/><brk id="64" max="16383" man="1"/>' in worksheet
    assert '<pageSetUpPr fitToPage="1"/>' in worksheet
    assert "$A$1:$E$96" in _part(sheet, "xl/workbook.xml")


def test_form_fills_its_page_so_that_no_second_one_begins_on_it() -> None:
    """What breaks pages by itself when it fits them to the width breaks between two forms."""
    worksheet = _part(make_sheet(60), "xl/worksheets/sheet1.xml")
    heights = [float(each) for each in re.findall(r'<row [^>]*\bht="([\d.]+)"', worksheet)]
    margins = re.search(r'<pageMargins [^>]*top="([\d.]+)" bottom="([\d.]+)"', worksheet)
    assert margins
    page = 297 / 25.4 * 72 - 72 * sum(map(float, margins.groups()))
    form, title = sum(heights[:BLOCK]), heights[BLOCK]

    assert len(heights) == 3 * BLOCK
    assert form * 1.02 < page < form + title


def test_demo_sheet_says_so_in_the_foot_and_in_the_print_header() -> None:
    sheet = make_sheet(1, is_demo=True)

    assert str(_cells(sheet)[31][0]).endswith("演示数据，不可提交")
    assert "演示数据，不可提交" in _part(sheet, "xl/worksheets/sheet1.xml")


def test_workbook_is_the_same_bytes_for_the_same_sheet() -> None:
    assert render_sheet_xlsx(make_sheet(26)) == render_sheet_xlsx(make_sheet(26))


def _names(book: bytes, beginning: str) -> list[str]:
    with zipfile.ZipFile(BytesIO(book)) as archive:
        return [name for name in archive.namelist() if name.startswith(beginning)]


def _read_code(book: bytes) -> str:
    """What a reader makes of the only picture in the workbook."""
    with (
        zipfile.ZipFile(BytesIO(book)) as archive,
        Image.open(BytesIO(archive.read("xl/media/image1.png"))) as picture,
    ):
        pixels = np.asarray(picture.convert("L"))
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(pixels)
    return str(read)


@pytest.mark.parametrize("layout", Layout)
def test_code_is_the_one_on_the_paper(poppler: Poppler, layout: Layout) -> None:
    sheet = make_sheet(3, check=CHECK)

    book = render_sheet_xlsx(sheet, layout=layout)

    assert _read_code(book) == poppler.code(render_sheet_pdf(sheet, layout=layout)) == CHECK.address
    cells = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [cell for row in cells for cell in row if cell == "扫码看数据变没变"] != []


@pytest.mark.parametrize(("students", "pages"), [(0, 1), (25, 1), (26, 2), (60, 3)])
def test_every_form_bears_the_code_and_the_file_holds_it_once(students: int, pages: int) -> None:
    book = render_sheet_xlsx(make_sheet(students, check=CHECK))

    with zipfile.ZipFile(BytesIO(book)) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    places = re.findall(r"<xdr:from><xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>", drawing)
    assert _names(book, "xl/media/") == ["xl/media/image1.png"]
    assert places == [("4", str(28 + BLOCK * number)) for number in range(pages)]
    assert drawing.count('descr="扫码看数据变没变"') == pages


@pytest.mark.parametrize("layout", Layout)
def test_code_stays_square_however_wide_the_columns_are_drawn(layout: Layout) -> None:
    """Held by one corner and its size; both corners would pull it apart with its columns."""
    book = render_sheet_xlsx(make_sheet(26, check=CHECK), layout=layout)

    with zipfile.ZipFile(BytesIO(book)) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        assert archive.testzip() is None
    sizes = re.findall(r'</xdr:from><xdr:ext cx="(\d+)" cy="(\d+)"/><xdr:pic>', drawing)
    assert len(sizes) == drawing.count("<xdr:oneCellAnchor>") == drawing.count("<xdr:pic>") > 0
    assert {wide == high for wide, high in sizes} == {True}
    assert "twoCellAnchor" not in drawing


def test_hint_below_a_title_is_on_one_line_of_its_own() -> None:
    book = render_sheet_xlsx(make_sheet(2), layout=Layout.QUALIFICATION)

    with zipfile.ZipFile(BytesIO(book)) as archive:
        texts = archive.read("xl/sharedStrings.xml").decode()
    found = re.search(r'<sz val="([\d.]+)"/>(?:(?!<sz).)*?<t[^>]*>（填“合格”', texts)
    assert found
    assert float(found[1]) * len("（填“合格”或不合格的原因）") < 34 / 25.4 * 72


def test_form_with_the_code_has_the_same_lines() -> None:
    plain, coded = (_cells(make_sheet(26, check=check)) for check in (None, CHECK))

    feet = {BLOCK - 1, 2 * BLOCK - 1}  # one says that it is a draft
    assert len(coded) == len(plain)
    for number, (one, other) in enumerate(zip(coded, plain, strict=True)):
        assert number in feet or one[:4] == other[:4]


@pytest.mark.parametrize("layout", Layout)
def test_draft_bears_no_code(layout: Layout) -> None:
    assert _names(render_sheet_xlsx(make_sheet(1), layout=layout), "xl/media/") == []


@pytest.mark.parametrize("layout", Layout)
def test_coded_workbook_computes_nothing_and_is_the_same_bytes(layout: Layout) -> None:
    text = "=1+1"
    sheet = make_sheet(
        2, check=CHECK, rows={1: make_row(1, student_no=text, name=text, result=text)}
    )

    first, second = (render_sheet_xlsx(sheet, layout=layout) for _ in range(2))

    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    assert first == second
