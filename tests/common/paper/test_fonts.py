import pytest

from common.paper.fonts import (
    FONT_PATH,
    UnprintableName,
    can_print,
    paper_font,
    printable_text,
    text_width,
    unprintable_names,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("character", list("镕㛃𬭩䶮·〇□√〓沈ǹＡ"))
def test_can_print_rare_characters_of_names(character: str) -> None:
    assert can_print(character)


@pytest.mark.parametrize("character", ["\ue000", "☑", "\U000f0000", "\U00031350"])
def test_can_print_refuses_what_the_font_lacks(character: str) -> None:
    assert not can_print(character)


def test_unprintable_names_lists_each_missing_character_once() -> None:
    names = ["沈若溪", "王\ue000丽\ue000☑", "古丽·阿衣努尔", "镕㛃𬭩"]

    found = unprintable_names(names)

    assert found == [UnprintableName("王\ue000丽\ue000☑", ("\ue000", "☑"))]
    assert found[0].code_points == "U+E000、U+2611"


def test_unprintable_names_ignores_marks_without_a_shape() -> None:
    assert unprintable_names(["葛\U000e0100\ufe00", "张\u200b三\x00", "张\u3000三\xa0"]) == []


def test_printable_text_marks_missing_characters() -> None:
    assert printable_text("王\ue000丽") == "王〓丽"


def test_printable_text_drops_what_has_no_shape_and_evens_spaces() -> None:
    assert printable_text("葛\U000e0100\u200b\x00\tA\n　B") == "葛 A 　B"


def test_text_width_counts_a_chinese_character_as_one_em() -> None:
    assert text_width("沈若𬭩", size=10) == 30


def test_font_is_loaded_once_and_has_its_licence_beside_it() -> None:
    assert paper_font() is paper_font()
    licence = FONT_PATH.with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence.upper()
