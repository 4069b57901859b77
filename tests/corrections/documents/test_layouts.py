"""Every layout of a sheet, at every size: what it says, that it fits, that its code can be read."""

import os
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageFilter

from corrections.documents.layouts import class_paper, paper_title
from corrections.documents.pdf import render_sheet_pdf, render_sheets_pdf, render_table_pdf
from corrections.documents.sheet import ClassSheet, SheetCheck
from corrections.documents.table import Column, TablePaper
from corrections.documents.xlsx import render_sheet_xlsx
from corrections.states import Layout
from tests.corrections.documents.makers import make_row, make_sheet
from tests.corrections.documents.workbooks import all_texts
from tests.poppler import Poppler

pytestmark = pytest.mark.unit

APPROVED = Path(__file__).parent / "approved"
ADDRESS = "https://hedui.yuanshan.example/sheet-check/7K3Q9FHM2XWD4RTP/"
CHECK = SheetCheck(address=ADDRESS, version=2)
LONG_NAME = "阿卜杜拉·买买提依明·吐尔逊江·阿卜杜热合曼·努尔买买提"
THREE_LINES = (
    "信息有误：姓名、出生日期、证件号码、民族、专业、学制、入学日期、学习形式；"
    "照片有误；休学；辅导员已电话联系家长，本人在外地住院，返校后补核，材料随后交"
)
PER_PAGE = {
    Layout.FORM: 25,
    Layout.ROSTER: 26,
    Layout.EXCEPTIONS: 17,
    Layout.STATISTICS: 100,
    Layout.QUALIFICATION: 26,
}
TABLES = [layout for layout in Layout if layout != Layout.FORM]
SIZES = (0, 1, 25, 26, 60)


def a_sheet(students: int = 26, **changes: object) -> ClassSheet:
    rows = {
        2: make_row(2, name=LONG_NAME, result="未校对"),
        3: make_row(3, name="镕㛃𬭩", result="照片有误", is_provisional=True),
        4: make_row(4, result=THREE_LINES, is_provisional=True),
        5: make_row(5, name="王\ue000丽", result="无误（代）"),
        6: make_row(6, name="Alexandra Konstantinopoulou", student_no="B2022-04-0123456789AB"),
    }
    return make_sheet(students, rows=rows, **{"check": CHECK, **changes})


def flat(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("students", SIZES)
def test_every_size_is_complete_and_inside_the_page(
    poppler: Poppler, layout: Layout, students: int
) -> None:
    sheet = a_sheet(students)
    rows = class_paper(sheet, layout).rows
    pages = max(1, -(-len(rows) // PER_PAGE[layout]))

    pdf = render_sheet_pdf(sheet, layout=layout)

    texts = poppler.pages(pdf)
    assert len(texts) == pages
    for number, text in enumerate(texts, start=1):
        for part in (
            paper_title(layout, 2026),
            "2022级汉语言文学2201班",
            "辅导员签名：",
            "学院公章：",
        ):
            assert flat(text).count(part) == 1
        assert f"第2版定稿版本{flat(sheet.version_label)}第{number}页，共{pages}页" in flat(text)
        for word in poppler.words(pdf, page=number):
            assert word.left >= 42
            assert word.right <= 596 - 42
            assert word.bottom <= 842


@pytest.mark.parametrize("layout", Layout)
def test_paper_out_of_date_says_so_in_its_foot_and_stays_inside(
    poppler: Poppler, layout: Layout
) -> None:
    fresh = a_sheet(3)
    sheet = replace(fresh, is_demo=True, check=replace(CHECK, is_stale=True))

    pdf = render_sheet_pdf(sheet, layout=layout)

    assert "第2版定稿本版已过期，定稿以后内容有变版本" in flat(poppler.pages(pdf)[0])
    assert sheet.version_hash == replace(fresh, is_demo=True).version_hash
    assert min(word.left for word in poppler.words(pdf, page=1)) >= 42


@pytest.mark.parametrize("layout", [Layout.ROSTER, Layout.QUALIFICATION])
def test_everybody_stands_on_the_paper_in_order(poppler: Poppler, layout: Layout) -> None:
    sheet = make_sheet(60)

    text = "".join(poppler.pages(render_sheet_pdf(sheet, layout=layout)))

    assert re.findall(r"\b20220\d{5}\b", text) == [row.student_no for row in sheet.rows]


def test_exceptions_are_those_whose_result_is_not_right(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_sheet_pdf(a_sheet(26), layout=Layout.EXCEPTIONS))

    numbers = re.findall(r"\b20220\d{5}\b", text)
    assert numbers == ["2022040198", "2022040197", "2022040196"]
    assert "全班26人，异常3人" in flat(text)
    assert "王〓丽" not in text


def test_class_without_exceptions_says_so(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_sheet_pdf(make_sheet(3), layout=Layout.EXCEPTIONS))

    assert "（全班没有异常）" in text


def test_statistics_count_everybody_once() -> None:
    rows = class_paper(a_sheet(26), Layout.STATISTICS).rows

    assert [row[:3] for row in rows[:6]] == [
        ("应校对", "26", "100.0%"),
        ("已校对", "25", "96.2%"),
        ("其中：无误", "23", "88.5%"),
        ("其中：有误", "2", "7.7%"),
        ("没有校对完", "1", "3.8%"),
        ("结论还没锁定（暂定）", "2", "7.7%"),
    ]
    assert [row[1] for row in rows[6:]] == ["1", "1", "1"]


def test_statistics_ask_nothing_of_the_suspended_and_hold_no_half_result_for_checked() -> None:
    results = [
        "未校对；休学",
        "照片未校对；不在籍；备注：已联系",
        "无误；休学",
        "照片有误；信息未校对",
    ]
    noted = "信息未校对（代）；备注：家里说；休学"
    rows = {number: make_row(number, result=result) for number, result in enumerate(results, 1)}
    sheet = make_sheet(6, rows={**rows, 5: make_row(5, result=noted)})

    paper = class_paper(sheet, Layout.STATISTICS)

    assert [row[:2] for row in paper.rows[:7]] == [
        ("应校对", "4"),
        ("已校对", "2"),
        ("其中：无误", "2"),
        ("其中：有误", "0"),
        ("没有校对完", "2"),
        ("结论还没锁定（暂定）", "0"),
        ("不用校对（休学、保留学籍或不在籍）", "2"),
    ]
    assert paper.summary == "完成 50.0%"


def test_statistics_of_nobody_divide_by_nothing() -> None:
    rows = class_paper(a_sheet(0), Layout.STATISTICS).rows

    assert [row[1:3] for row in rows] == [("0", "—")] * 6


@pytest.mark.parametrize("layout", [Layout.ROSTER, Layout.EXCEPTIONS, Layout.QUALIFICATION])
def test_three_lines_of_remarks_and_long_names_are_printed_whole(
    poppler: Poppler, layout: Layout
) -> None:
    text = flat(render_text(poppler, a_sheet(26), layout))

    for part in (*LONG_NAME.split("·"), "镕㛃𬭩", "照片有误（暂定）", "材料随后交（暂定）"):
        assert part in text


def render_text(poppler: Poppler, sheet: ClassSheet, layout: Layout) -> str:
    """All words of the first page, cell by cell from top to bottom."""
    words = poppler.words(render_sheet_pdf(sheet, layout=layout))
    return "".join(word.text for word in sorted(words, key=lambda w: (round(w.left / 60), w.top)))


@pytest.mark.parametrize("layout", Layout)
def test_code_of_every_page_leads_to_the_check(poppler: Poppler, layout: Layout) -> None:
    pdf = render_sheet_pdf(a_sheet(60), layout=layout)

    for page in range(1, len(poppler.pages(pdf)) + 1):
        picture = np.asarray(poppler.picture(pdf, page=page, dpi=200))
        read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
        assert read == ADDRESS


def test_code_is_in_the_file_once_for_all_pages() -> None:
    one, three = (len(render_sheet_pdf(make_sheet(n, check=CHECK))) for n in (1, 60))
    bare = [len(render_sheet_pdf(make_sheet(n))) for n in (1, 60)]

    assert abs((three - bare[1]) - (one - bare[0])) < 500


@pytest.mark.parametrize("layout", Layout)
def test_draft_has_no_code_and_says_what_it_is(poppler: Poppler, layout: Layout) -> None:
    pdf = render_sheet_pdf(a_sheet(1, check=None), layout=layout)

    assert "草稿，还没有定稿" in poppler.pages(pdf)[0]
    assert "扫码" not in poppler.pages(pdf)[0]
    picture = np.asarray(poppler.picture(pdf, dpi=200))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == ""


@pytest.mark.parametrize("layout", Layout)
def test_version_is_of_the_data_and_not_of_the_layout(poppler: Poppler, layout: Layout) -> None:
    sheet = a_sheet(3)
    checked_later = replace(sheet, check=replace(CHECK, version=3))

    assert f"版本 {sheet.version_label}" in poppler.pages(render_sheet_pdf(sheet, layout=layout))[0]
    assert checked_later.version_label == sheet.version_label


@pytest.mark.parametrize("layout", Layout)
def test_same_sheet_gives_the_same_bytes(layout: Layout) -> None:
    sheet = a_sheet(26)

    assert render_sheet_pdf(sheet, layout=layout) == render_sheet_pdf(sheet, layout=layout)
    assert render_sheet_xlsx(sheet, layout=layout) == render_sheet_xlsx(sheet, layout=layout)


def test_layouts_of_many_classes_share_a_file(poppler: Poppler) -> None:
    sheets = [a_sheet(30), make_sheet(0, class_name="历史学2201班")]

    texts = poppler.pages(render_sheets_pdf(sheets, layout=Layout.ROSTER))

    assert [flat(text).count("历史学2201班") for text in texts] == [0, 0, 1]
    assert "草稿" in texts[2]


@pytest.mark.parametrize("layout", TABLES)
def test_workbook_says_the_same(layout: Layout) -> None:
    sheet = a_sheet(26)
    paper = class_paper(sheet, layout)

    texts = all_texts(render_sheet_xlsx(sheet, layout=layout))

    assert texts[0] == paper.title
    first = texts.index(paper.rows[0][0])
    cells = [text for row in paper.rows for text in row if text]
    assert texts[first : first + len(cells)] == cells
    assert texts[-1] == sheet.footer_of("")


@pytest.fixture
def error_list() -> TablePaper:
    """A list that leaves the house."""
    return TablePaper(
        title="异常汇总表",
        place="人文学院",
        summary="共 1 人",
        columns=(Column(title="姓名", width=130), Column(title="内容", width=130, is_left=True)),
        rows=(("沈若溪", "照片有误"),),
        row_height=9,
        is_landscape=True,
    )


def test_list_that_leaves_the_house_says_who_took_it(
    poppler: Poppler, error_list: TablePaper
) -> None:
    sheet = make_sheet(0)

    pdf = render_table_pdf(
        error_list,
        author=sheet.school_name,
        at=sheet.generated_at,
        taken_by="导出人：黎明 6-17 09:02",
    )

    assert flat(poppler.pages(pdf)[0]).endswith("导出人：黎明6-1709:02第1页，共1页")
    assert poppler.picture(pdf, dpi=72).size == (842, 596)
    assert grey_of(poppler, pdf) > 5_000


def test_demo_list_bears_both_marks(poppler: Poppler, error_list: TablePaper) -> None:
    def drawn(taken_by: str, *, is_demo: bool) -> bytes:
        at = make_sheet(0).generated_at
        return render_table_pdf(
            error_list, author="远山大学", at=at, taken_by=taken_by, is_demo=is_demo
        )

    both = drawn("导出人：黎明", is_demo=True)
    demo_alone, taken_alone = drawn("", is_demo=True), drawn("导出人：黎明", is_demo=False)

    assert flat(poppler.pages(both)[0]).endswith("导出人：黎明第1页，共1页演示数据，不可提交")
    # Neither word lies on the other: together they are as grey as both are.
    expected = grey_of(poppler, demo_alone) + grey_of(poppler, taken_alone)
    assert grey_of(poppler, both) == pytest.approx(expected, rel=0.05)


def grey_of(poppler: Poppler, pdf: bytes) -> int:
    """How much of the first page is watermark."""
    return sum(1 for value in poppler.picture(pdf).tobytes() if 230 <= value <= 240)


@pytest.mark.parametrize("layout", Layout)
def test_page_looks_like_the_approved_picture(poppler: Poppler, layout: Layout) -> None:
    """APPROVE_PICTURES=1 writes the pictures anew; look at them before you commit them."""
    picture = poppler.picture(render_sheet_pdf(a_sheet(26), layout=layout), dpi=72)
    file = APPROVED / f"{layout.lower()}.png"
    if os.environ.get("APPROVE_PICTURES"):
        APPROVED.mkdir(exist_ok=True)
        picture.quantize(16).save(file, optimize=True)

    approved = Image.open(file).convert("L")

    assert approved.size == picture.size
    assert worst_place(picture, approved) < 24


def test_comparison_of_pictures_notices_a_changed_word(poppler: Poppler) -> None:
    changed = a_sheet(26, class_name="汉语言文学2202班")
    others = [
        poppler.picture(render_sheet_pdf(sheet), dpi=72)
        for sheet in (a_sheet(26), changed, a_sheet(25))
    ]

    assert worst_place(others[0], others[1]) > 24
    assert worst_place(others[0], others[2]) > 24


def worst_place(one: Image.Image, two: Image.Image) -> int:
    """The greatest difference of two pictures that are blurred as much as poppler's versions differ."""
    difference = ImageChops.difference(
        *(each.filter(ImageFilter.BoxBlur(2)) for each in (one, two))
    )
    _least, greatest = difference.getextrema()
    assert not isinstance(greatest, tuple)  # one band: the pictures are grey
    return int(greatest)
