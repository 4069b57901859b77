"""Every spelling of a phone, and what is none."""

import pytest

from accounts.identity.phone import national_digits, normal_phone

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("(138) 0013 8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("\u200e13800138000\u200b", "+8613800138000"),
        ("19212345678", "+8619212345678"),
        ("+852 9123 4567", "+85291234567"),
        ("+853 6612 3456", "+85366123456"),
        ("+886 912 345 678", "+886912345678"),
        ("00 1 202 555 0143", "+12025550143"),
    ],
)
def test_spellings_of_a_phone(text: str, phone: str) -> None:
    assert normal_phone(text) == phone


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "12345678",
        "02162345678",
        "110105194912310021",
        "H12345678",
        "+8613800138",
        "+86x",
    ],
)
def test_what_is_no_phone(text: str) -> None:
    assert normal_phone(text) is None


def test_digits_as_people_know_them() -> None:
    assert national_digits("+8613800138000") == "13800138000"
    assert national_digits("+85291234567") == "85291234567"
