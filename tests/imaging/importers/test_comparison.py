"""Reading lists of comparison results."""

import io

import pytest
from xlsxwriter import Workbook

from enrollment.importers.tables import UnreadableTableError, read_table
from imaging.importers.comparison import MOST_ROWS, ComparedRow, parse_comparison
from imaging.states.review import ComparisonResult

pytestmark = pytest.mark.unit


def parsed(text: str) -> list[ComparedRow]:
    return list(parse_comparison(read_table(text.encode(), "比对.csv")))


def test_workbook_with_a_title_is_read() -> None:
    target = io.BytesIO()
    book = Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["2026 届人像比对结果"])
    sheet.write_row(1, 0, ["姓名", "学号", "比对结论"])
    sheet.write_row(2, 0, ["沈若溪", "2022040127", "比对不通过"])
    book.close()

    rows = list(parse_comparison(read_table(target.getvalue(), "比对.xlsx")))

    assert [(row.student_no, row.name, row.result) for row in rows] == [
        ("2022040127", "沈若溪", ComparisonResult.NOT_PASSED)
    ]


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("未通过", ComparisonResult.NOT_PASSED),
        (" 不 确定 ", ComparisonResult.UNCERTAIN),
        ("异常", ComparisonResult.ABNORMAL),
        ("通过", ComparisonResult.PASSED),
    ],
)
def test_result_is_understood(said: str, result: ComparisonResult) -> None:
    assert parsed(f"学号,比对结果\n1,{said}\n")[0].result is result


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",异常", "没写学号"),
        ("1,", "没写比对结果"),
        ("1,可疑", "看不懂"),
        ("2.0220401E+11,异常", "变成了数字"),
        (f"{'1' * 60},异常", "太长"),
    ],
)
def test_row_that_cannot_be_used_says_why(row: str, said: str) -> None:
    assert said in parsed(f"学号,比对结果\n{row}\n")[0].problem


def test_list_is_bounded() -> None:
    with pytest.raises(UnreadableTableError, match=f"最多 {MOST_ROWS} 行"):
        parsed("学号,比对结果\n" + "".join(f"{number},异常\n" for number in range(MOST_ROWS + 1)))


def test_list_without_results_is_none() -> None:
    with pytest.raises(UnreadableTableError, match="找不到表头"):
        parsed("学号,姓名\n1,沈若溪\n")
