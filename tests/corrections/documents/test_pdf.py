from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from corrections.documents.pdf import render_sheet_pdf, render_sheets_pdf
from corrections.documents.sheet import ClassSheet
from tests.corrections.documents.makers import make_row, make_sheet
from tests.poppler import Poppler

pytestmark = pytest.mark.unit

POINTS_PER_MM = 72 / 25.4
BODY_TOP = 36 * POINTS_PER_MM
ROW_HEIGHT = 7.9 * POINTS_PER_MM
EDGES = [edge * POINTS_PER_MM for edge in (15, 27, 61, 97, 163, 195)]
LONG_NAME = "阿卜杜拉·买买提依明·吐尔逊江·阿卜杜热合曼·努尔买买提"
LONG_RESULT = (
    "信息有误：姓名、出生日期、证件号码、民族、专业、学制、入学日期、学习形式；"
    "照片有误：不是本人、背景颜色不符、像素不足，另有学籍异动未更新"
)


def _difficult_sheet() -> ClassSheet:
    rows = {
        2: make_row(2, name=LONG_NAME),
        3: make_row(3, name="镕㛃𬭩", result="照片有误", is_provisional=True),
        4: make_row(4, result=LONG_RESULT, is_provisional=True),
        5: make_row(5, name="王\ue000丽"),
        6: make_row(6, name="Alexandra Konstantinopoulou", student_no="B2022-04-0123456789AB"),
        25: make_row(25, name=LONG_NAME, result=LONG_RESULT),
    }
    return make_sheet(25, rows=rows)


def test_pdf_is_the_same_bytes_for_the_same_sheet() -> None:
    sheet = make_sheet(26)
    later = replace(sheet, generated_at=sheet.generated_at + timedelta(days=1))

    assert render_sheet_pdf(sheet) == render_sheet_pdf(sheet)
    assert render_sheet_pdf(sheet) != render_sheet_pdf(later)


def test_pdf_is_right_when_several_threads_render() -> None:
    sheets = [make_sheet(students) for students in (1, 26, 60, 3)] * 3
    alone = [render_sheet_pdf(sheet) for sheet in sheets]

    with ThreadPoolExecutor(max_workers=4) as pool:
        together = list(pool.map(render_sheet_pdf, sheets))

    assert together == alone


def test_pdf_of_no_sheets_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sheet"):
        render_sheets_pdf([])


@pytest.mark.parametrize(("students", "pages"), [(0, 1), (1, 1), (25, 1), (26, 2), (60, 3)])
def test_every_page_is_a_complete_form(poppler: Poppler, students: int, pages: int) -> None:
    sheet = make_sheet(students)

    texts = poppler.pages(render_sheet_pdf(sheet))

    assert len(texts) == pages
    for number, text in enumerate(texts, start=1):
        flat = text.replace(" ", "")
        for part in (
            "高等教育学历电子注册图像信息校对反馈表（2026届）",
            "序号",
            "学号",
            "姓名",
            "校对结果",
            "（无异常填“无误”，异常情况请如实填写异常内容）",
            "本人签名",
            "班级名称：2022级汉语言文学2201班",
            "辅导员签名：",
            "学院领导：",
            "学院公章：",
        ):
            assert flat.count(part) == 1
        assert f"版本 {sheet.version_label}" in text
        assert f"第{number}页，共{pages}页" in flat


def test_every_student_is_printed_in_order(poppler: Poppler) -> None:
    sheet = make_sheet(60)

    words = [
        word.text
        for page in (1, 2, 3)
        for word in poppler.words(render_sheet_pdf(sheet), page=page)
        if EDGES[1] < word.left < EDGES[2] and word.text.startswith("20220")
    ]

    assert words == [row.student_no for row in sheet.rows]


def test_rest_of_the_page_is_declared_blank(poppler: Poppler) -> None:
    first, second = poppler.pages(render_sheet_pdf(make_sheet(26)))

    assert first.count("以下空白") == 0
    assert second.count("以下空白") == 1


def test_empty_class_prints_the_empty_form(poppler: Poppler) -> None:
    words = poppler.words(render_sheet_pdf(make_sheet(0)))

    numbers = [word.text for word in words if word.right < EDGES[1] and word.text.isdecimal()]
    assert numbers == [str(number) for number in range(1, 26)]


def test_rare_names_are_copied_as_they_are_written(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_sheet_pdf(_difficult_sheet()))

    assert "镕㛃𬭩" in text
    assert "照片有误（暂定）" in text


def test_character_without_a_glyph_is_printed_as_a_mark(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_sheet_pdf(_difficult_sheet()))

    assert "王〓丽" in text


def test_rare_characters_beyond_one_subset_are_copied_right(poppler: Poppler) -> None:
    # 25 names of ten different characters each need a second subset of the font.
    rows = {n: make_row(n, name=_ten_characters(n)) for n in range(1, 26)}

    text = poppler.pages(render_sheet_pdf(make_sheet(25, rows=rows)))[0].replace(" ", "")

    assert [row.name for row in rows.values() if row.name not in text] == []


def _ten_characters(number: int) -> str:
    return "".join(chr(0x4E00 + number * 100 + step) for step in range(9)) + "𬭩"


def test_long_texts_stay_inside_their_cells(poppler: Poppler) -> None:
    words = poppler.words(render_sheet_pdf(_difficult_sheet()))
    body = [
        word
        for word in words
        if BODY_TOP < (word.top + word.bottom) / 2 < BODY_TOP + 25 * ROW_HEIGHT
    ]

    assert len(body) > 100
    for word in body:
        column = max(n for n, edge in enumerate(EDGES) if edge <= word.left)
        assert word.right <= EDGES[column + 1], word


def test_long_texts_are_printed_whole(poppler: Poppler) -> None:
    words = poppler.words(render_sheet_pdf(_difficult_sheet()))

    def cell(row: int, column: int) -> str:
        top = BODY_TOP + (row - 1) * ROW_HEIGHT
        inside = [
            word
            for word in words
            if top < (word.top + word.bottom) / 2 < top + ROW_HEIGHT
            and EDGES[column] <= word.left < EDGES[column + 1]
        ]
        return "".join(word.text for word in sorted(inside, key=lambda word: word.top))

    assert cell(2, 2) == LONG_NAME
    assert cell(25, 2) == LONG_NAME
    assert cell(4, 3) == f"{LONG_RESULT}（暂定）"
    assert cell(25, 3) == LONG_RESULT
    assert cell(6, 1) == "B2022-04-0123456789AB"


def _rules(poppler: Poppler, sheet: ClassSheet, *, page: int = 1) -> list[int]:
    """The picture lines that are dark inside the signature column: the row grid."""
    picture = poppler.picture(render_sheet_pdf(sheet), page=page, dpi=144)
    left, right = int(EDGES[4] * 2) + 8, int(EDGES[5] * 2) - 8
    strip = picture.crop((left, 0, right, picture.height)).resize((1, picture.height))
    dark = [y for y, value in enumerate(strip.tobytes()) if value < 160]
    return [y for y in dark if y - 1 not in dark]


def test_row_grid_never_moves(poppler: Poppler) -> None:
    empty = _rules(poppler, make_sheet(0))

    assert len(empty) == 27
    assert _rules(poppler, _difficult_sheet()) == empty
    assert _rules(poppler, make_sheet(26), page=2) == empty


def test_font_is_embedded_as_a_subset(poppler: Poppler) -> None:
    pdf = render_sheet_pdf(_difficult_sheet())

    fonts = [line.split() for line in poppler.fonts(pdf)]
    assert {font[0].partition("+")[2] for font in fonts} == {"NotoSansSC-Regular"}
    assert {tuple(font[3:6]) for font in fonts} == {("yes", "yes", "yes")}
    assert len(pdf) < 150_000


def test_demo_sheet_carries_a_mark_that_does_not_disturb_copying(poppler: Poppler) -> None:
    real, demo = make_sheet(25), make_sheet(25, is_demo=True)

    (text,) = poppler.pages(render_sheet_pdf(demo))

    assert text.count("演示数据，不可提交") == 1
    assert text.count("据") == 1
    assert "演示数据" not in poppler.pages(render_sheet_pdf(real))[0]
    grey = [
        sum(
            1 for value in poppler.picture(render_sheet_pdf(sheet)).tobytes() if 230 <= value <= 240
        )
        for sheet in (real, demo)
    ]
    assert grey[1] > grey[0] + 50_000


def test_sheets_of_many_classes_keep_their_own_page_numbers(poppler: Poppler) -> None:
    sheets = [make_sheet(26), make_sheet(3, class_name="历史学2201班"), make_sheet(0)]

    texts = [text.replace(" ", "") for text in poppler.pages(render_sheets_pdf(sheets))]

    assert ["第1页，共2页" in texts[0], "第2页，共2页" in texts[1]] == [True, True]
    assert ["第1页，共1页" in texts[2], "第1页，共1页" in texts[3]] == [True, True]
    assert "2022级历史学2201班" in texts[2]


def test_long_class_name_shrinks_to_the_line(poppler: Poppler) -> None:
    name = "马克思主义基本原理与中国特色社会主义理论体系研究方向" * 2 + "2201班"

    words = poppler.words(render_sheet_pdf(make_sheet(1, class_name=name)))

    line = [word for word in words if "马克思" in word.text or "级" in word.text]
    assert line
    assert max(word.right for word in words) <= EDGES[-1] + 1
