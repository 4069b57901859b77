import math

import pytest

from reports.matching import (
    ALPHABET,
    LENGTH,
    canonical_check_number,
    canonical_code,
    grouped,
    masked_code,
    new_check_number,
    new_code,
)

pytestmark = pytest.mark.unit

CODE = "7K30QFHM2XWD41TP"


def test_code_has_at_least_75_bits_and_only_its_alphabet() -> None:
    assert LENGTH * math.log2(len(set(ALPHABET))) >= 75
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert set("".join(codes)) == set(ALPHABET)
    assert all(len(code) == LENGTH for code in codes)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        "7K30 QFHM 2XWD 41TP",
        "7k30-qfhm-2xwd-41tp",
        "  7K30—QFHM–2XWD―41TP\u200a",
        "7KEO QFHM".replace("E", "3") + " 2XWD 4ITP",
        "7K3OQFHM2XWD4LTP",
        "7K3oqfhm2xwd4itp",
        "７Ｋ３０ＱＦＨＭ２ＸＷＤ４１ＴＰ",
        "7K30.QFHM.2XWD.41TP",
        "7K30_QFHM_2XWD_41TP\n",
    ],
)
def test_code_is_read_however_it_was_typed(typed: str) -> None:
    assert canonical_code(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["", "7K30", CODE + "7", CODE[:-1] + "U", CODE[:-1] + "验", CODE[:-1] + "%"]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert canonical_code(typed) is None


def test_new_code_reads_as_itself() -> None:
    code = new_code()

    assert canonical_code(grouped(code)) == code


def test_masked_code_does_not_open_anything() -> None:
    masked = masked_code(CODE)

    assert masked == "7K30 **** **** 41TP"
    assert canonical_code(masked) is None


def test_check_number_is_read_with_groups_and_letter() -> None:
    number = new_check_number()

    assert len(number) == 12
    assert canonical_check_number(f" C {number[:4]} {number[4:8]}-{number[8:]} ") == number
    assert canonical_check_number("123") is None
