import pytest

from corrections.documents.ordering import ordering_label, sort_rows
from corrections.documents.sheet import SheetRow
from tests.corrections.documents.makers import make_row

pytestmark = pytest.mark.unit

_FULL_WIDTH = "\uff12\uff10\uff12\uff12"  # 2022


def _rows(*numbers: str) -> list[SheetRow]:
    return [make_row(place, student_no=number) for place, number in enumerate(numbers, start=1)]


def _numbers(rows: tuple[SheetRow, ...]) -> list[str]:
    return [row.student_no for row in rows]


def test_sort_rows_goes_from_large_to_small_and_numbers_from_one() -> None:
    ordered = sort_rows(_rows("2022040101", "2022040103", "2022040102"))

    assert _numbers(ordered) == ["2022040103", "2022040102", "2022040101"]
    assert [row.position for row in ordered] == [1, 2, 3]


def test_sort_rows_ascending_when_the_template_asks() -> None:
    ordered = sort_rows(_rows("3", "1", "2"), descending=False)

    assert _numbers(ordered) == ["1", "2", "3"]


def test_sort_rows_compares_digits_as_numbers() -> None:
    assert _numbers(sort_rows(_rows("99", "100", "9"))) == ["100", "99", "9"]


def test_sort_rows_compares_natural_text_when_letters_occur() -> None:
    ordered = sort_rows(_rows("A10", "B1", "a2", "20220401", "A2X"), descending=False)

    assert _numbers(ordered) == ["20220401", "a2", "A2X", "A10", "B1"]


def test_sort_rows_lets_leading_zeros_settle_only_a_tie() -> None:
    ordered = sort_rows(_rows("0012", "11", "012", "12", "013"), descending=False)

    assert _numbers(ordered) == ["11", "12", "012", "0012", "013"]


def test_sort_rows_puts_other_spellings_last_when_numeric_is_demanded() -> None:
    numbers = ("A2", "7", "A10", "12")

    assert _numbers(sort_rows(_rows(*numbers), numeric=True)) == ["12", "7", "A10", "A2"]
    assert _numbers(sort_rows(_rows(*numbers), numeric=True, descending=False)) == [
        "7",
        "12",
        "A2",
        "A10",
    ]


def test_sort_rows_compares_characters_when_text_is_demanded() -> None:
    assert _numbers(sort_rows(_rows("99", "100", "A1"), numeric=False)) == ["A1", "99", "100"]


def test_sort_rows_reads_full_width_digits_and_foreign_digits() -> None:
    ordered = sort_rows(_rows(_FULL_WIDTH, "2021", "٣x", "²"), descending=False)

    assert _numbers(ordered) == ["²", "2021", _FULL_WIDTH, "٣x"]


def test_sort_rows_keeps_the_given_order_of_equal_numbers() -> None:
    rows = [make_row(1, student_no="5", name="苏合"), make_row(2, student_no="5", name="温良")]

    assert [row.name for row in sort_rows(rows)] == ["苏合", "温良"]


def test_sort_rows_of_nothing_is_nothing() -> None:
    assert sort_rows([]) == ()


def test_ordering_label_says_the_direction() -> None:
    assert ordering_label() == "按学号由大到小"
    assert ordering_label(descending=False) == "按学号由小到大"
