"""区位码: the codes of GB 2312, and what it does not know."""

import pytest

from imaging.documents.district_codes import district_codes

pytestmark = pytest.mark.unit


def test_name_in_the_character_set_has_four_digits_each() -> None:
    assert [(each.character, each.code) for each in district_codes("王伟")] == [
        ("王", "4585"),
        ("伟", "4616"),
    ]


@pytest.mark.parametrize(
    ("character", "code"),
    [("镕", "U+9555"), ("喆", "U+5586"), ("玥", "U+73A5"), ("犇", "U+7287"), ("𠮷", "U+20BB7")],
)
def test_character_outside_says_so(character: str, code: str) -> None:
    (found,) = district_codes(character)

    assert (found.code, found.is_known) == (code, False)


def test_interpunct_of_a_name_has_its_own_code() -> None:
    assert [each.code for each in district_codes("古丽·艾")][2] == "0104"


def test_latin_letter_has_no_district_code() -> None:
    assert not district_codes("A")[0].is_known
