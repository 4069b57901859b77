"""Sentences of the office: places that are known, needed and filled."""

import pytest

from common.errors import InvalidInputError
from common.placeholders import check_places, fill, places_in

pytestmark = pytest.mark.unit


def test_places_are_found_once_in_their_order() -> None:
    assert places_in("到{截止时间}，{批次}；{截止时间}") == ("截止时间", "批次")


def test_text_is_filled_and_the_rest_stays() -> None:
    assert fill("到{截止时间}，{别的}", {"截止时间": "6月16日"}) == "到6月16日，{别的}"


def test_value_with_braces_is_not_filled_again() -> None:
    assert fill("{甲}", {"甲": "{乙}", "乙": "丙"}) == "{乙}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("到{截止日期}", "没有“{截止日期}”"),
        ("到{截止时间", "没有成对"),
        ("到截止时间}", "没有成对"),
        ("{{截止时间}}", "没有成对"),
        ("{}", "没有“{}”"),
        ("{截止时间.__class__}", "没有“{截止时间.__class__}”"),
        ("没有日期", "要有{截止时间}"),
    ],
)
def test_wrong_text_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_places(text, known=("截止时间", "批次"), needed=("截止时间",), field="silence_text")

    assert said in str(refused.value)
    assert refused.value.field == "silence_text"


def test_right_text_passes() -> None:
    check_places("到{截止时间}，{批次}。", known=("截止时间", "批次"), needed=("截止时间",))
