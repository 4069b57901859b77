import pytest

from common.paper.fitting import FittedText, fit_name, fit_text
from common.paper.fonts import text_width

pytestmark = pytest.mark.unit

WIDTH = 97.0
HEIGHT = 20.0
LONG_NAME = "阿卜杜拉·买买提依明·吐尔逊江·阿卜杜热合曼·努尔买买提"


def _fits(fitted: FittedText, *, width: float = WIDTH, height: float = HEIGHT) -> bool:
    widest = max(text_width(line, size=fitted.size) for line in fitted.lines)
    return widest <= width and len(fitted.lines) * fitted.leading <= height


def test_fit_text_keeps_the_largest_size_when_it_fits() -> None:
    assert fit_text("沈若溪", width=WIDTH, height=HEIGHT, largest=10.5) == FittedText(
        ("沈若溪",), 10.5
    )


def test_fit_name_breaks_a_long_name_between_its_parts() -> None:
    fitted = fit_name("阿卜杜拉·买买提依明·吐尔逊江", width=WIDTH, height=HEIGHT, largest=10.5)

    assert fitted.lines == ("阿卜杜拉·买买提依明·", "吐尔逊江")
    assert _fits(fitted)


def test_fit_name_breaks_a_hyphenated_name_after_the_hyphen() -> None:
    fitted = fit_name(
        "Konstantinopoulou-Wolfeschlegelstein", width=WIDTH, height=HEIGHT, largest=10.5
    )

    assert fitted.lines == ("Konstantinopoulou-", "Wolfeschlegelstein")


@pytest.mark.parametrize("name", [LONG_NAME, LONG_NAME.replace("·", ""), "W" * 60, LONG_NAME * 3])
def test_fit_name_loses_nothing_of_a_very_long_name(name: str) -> None:
    fitted = fit_name(name, width=WIDTH, height=HEIGHT, largest=10.5)

    assert "".join(fitted.lines) == name
    assert _fits(fitted)


def test_fit_text_never_begins_a_line_with_a_stop_nor_splits_the_mark() -> None:
    text = (
        "信息有误：姓名、出生日期、证件号码、民族、专业、学制、入学日期、学习形式；照片有误（暂定）"
    )

    for width in range(70, 190, 5):
        fitted = fit_text(text, width=width, height=HEIGHT, largest=10.5)
        assert "".join(fitted.lines) == text
        assert not [line for line in fitted.lines if line[0] in "、：；）"]
        assert [line for line in fitted.lines if "（暂定）" in line]


def test_fit_text_keeps_a_latin_word_whole() -> None:
    fitted = fit_text("学号 B2022040123 有误", width=60, height=HEIGHT, largest=10.5)

    assert [line for line in fitted.lines if "B2022040123" in line]


def test_fit_text_cuts_what_no_size_can_hold() -> None:
    fitted = fit_text("误" * 2000, width=WIDTH, height=HEIGHT, largest=10.5)

    assert fitted.lines[-1].endswith("…")
    assert _fits(fitted)
