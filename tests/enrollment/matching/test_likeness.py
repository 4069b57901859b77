"""How alike two numbers and two names are: every slip that notices and rosters are known for."""

import pytest

from enrollment.matching import (
    NameLikeness,
    NumberLikeness,
    compare_names,
    compare_numbers,
    near_numbers,
    near_texts,
)
from tests.factories.people import make_number

pytestmark = pytest.mark.unit

RIGHT = "440524188001010014"


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        (RIGHT, NumberLikeness.SAME),
        (" 4405 2418 8001 0100 14\u200b", NumberLikeness.SAME),
        ("440524188001010024", NumberLikeness.ONE_SIGN),
        ("44052418800101001X", NumberLikeness.ONE_SIGN),
        ("440542188001010014", NumberLikeness.SWAPPED),
        ("44052418800101014", NumberLikeness.ONE_MISSING),
        ("4405241880010100144", NumberLikeness.ONE_MISSING),
        ("440524800101001", NumberLikeness.OLDER_FORM),
        ("440524188001020028", None),
        ("军字第1880号", None),
        ("", None),
    ],
)
def test_number_likeness(other: str, likeness: NumberLikeness | None) -> None:
    assert compare_numbers(RIGHT, other) == likeness
    assert compare_numbers(other, RIGHT) == likeness


@pytest.mark.parametrize("sign", ["x", "Ｘ", "×", "Х"])
def test_every_written_x_is_the_same_number(sign: str) -> None:
    assert compare_numbers("11010519491231002X", f"11010519491231002{sign}") == NumberLikeness.SAME


def test_fifteen_digits_and_their_widened_form_are_one_number() -> None:
    assert compare_numbers("11010519491231002X", "110105491231002") == NumberLikeness.SAME


def test_permit_with_issue_count_and_bracketed_id_are_the_same_number() -> None:
    assert compare_numbers("H12345678", "H1234567801") == NumberLikeness.SAME
    assert compare_numbers("A123456(7)", "A1234567") == NumberLikeness.SAME


def test_twins_are_two_numbers() -> None:
    """Neighbouring sequence numbers with right check digits are never one slip apart."""
    for serial in range(40):
        assert compare_numbers(make_number(serial), make_number(serial + 1)) is None


def test_near_numbers_are_the_ones_that_compare_finds() -> None:
    near = near_numbers(RIGHT)

    assert RIGHT not in near
    assert len(near) == len(set(near)) < 250
    assert "440542188001010014" in near
    assert "440524188001010024" in near
    assert "440524800101001" in near
    assert {compare_numbers(RIGHT, number) for number in near} <= {
        NumberLikeness.ONE_SIGN,
        NumberLikeness.SWAPPED,
        NumberLikeness.OLDER_FORM,
    }


def test_near_texts_change_one_digit_or_swap_two() -> None:
    near = near_texts("A12")

    assert {"A02", "A13", "1A2", "A21"} <= set(near)
    assert "A12" not in near
    assert "B12" not in near


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("沈若溪", "沈若溪", NameLikeness.SAME),
        ("沈若溪", " 沈 若溪\u3000", NameLikeness.SAME),
        ("古丽米热·艾比布力", "古丽米热•艾比布力", NameLikeness.SAME),
        ("古丽米热·艾比布力", "古丽米热艾比布力", NameLikeness.DOT),
        ("阿·卜·都", "阿卜都", NameLikeness.DOT),
        ("张国强", "張國強", NameLikeness.VARIANT),
        ("沈若溪", "沈若谿", NameLikeness.VARIANT),
        ("李\U0002cc56", "李頔", NameLikeness.VARIANT),
        ("豈白", "\uf900白", NameLikeness.SAME),
        ("沈䶮溪", "沈??溪", NameLikeness.GAP),
        ("沈䶮溪", "沈？溪", NameLikeness.GAP),
        ("沈䶮溪", "沈(王乐)溪", NameLikeness.GAP),
        ("沈䶮溪", "沈（王乐）溪", NameLikeness.GAP),
        ("沈䶮溪", "沈\ue123溪", NameLikeness.GAP),
        ("沈若溪", "沈若水", NameLikeness.ONE_SIGN),
        ("沈若溪", "沈溪若", NameLikeness.SWAPPED),
        ("沈若溪", "沈溪", NameLikeness.ONE_MISSING),
        ("MARY ANN LEE", "Mary Ann Lee", NameLikeness.SAME),
        ("O'Neil", "O’Neil", NameLikeness.SAME),
        ("沈若溪", "秦牧野", None),
        ("沈若溪", "沈牧野", None),
        ("沈若溪", "??", None),
        ("沈", "秦", None),
        ("沈若溪", "", None),
    ],
)
def test_name_likeness(one: str, other: str, likeness: NameLikeness | None) -> None:
    assert compare_names(one, other) == likeness
    assert compare_names(other, one) == likeness


def test_every_likeness_has_a_reason_for_staff() -> None:
    texts = [likeness.why for kind in (NumberLikeness, NameLikeness) for likeness in kind]

    assert len(set(texts)) == len(texts)
    assert all(texts)
