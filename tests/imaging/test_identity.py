"""Tickets as text: what is made is recognised, and every usual slip is found."""

import re

import pytest

from imaging.identity import (
    canonical_ticket,
    grouped_ticket,
    is_ticket,
    new_ticket_code,
    tickets_in,
)
from imaging.matching import KeyKind, claim_from_name, likely_kind

pytestmark = pytest.mark.unit

ALPHABET = "23456789CDFHJKMNPRTVWXY"
CODES = [new_ticket_code() for _ in range(200)]


def test_codes_are_random_and_of_the_alphabet() -> None:
    assert len(set(CODES)) == len(CODES)
    assert all(re.fullmatch(f"[{ALPHABET}]{{10}}", code) for code in CODES)


def test_code_is_never_taken_for_a_document_number() -> None:
    """What looks like a document number is stored encrypted and masked; a ticket is neither."""
    assert {likely_kind(code) for code in CODES} == {KeyKind.STUDENT_NO}


def test_every_wrong_character_is_found() -> None:
    for code in CODES[:20]:
        for at, right in enumerate(code):
            wrong = [code[:at] + other + code[at + 1 :] for other in ALPHABET if other != right]
            assert not any(map(is_ticket, wrong))


def test_every_swapped_pair_is_found() -> None:
    for code in CODES:
        for one in range(10):
            for other in range(one + 1, 10):
                if code[one] != code[other]:
                    swapped = list(code)
                    swapped[one], swapped[other] = swapped[other], swapped[one]
                    assert not is_ticket("".join(swapped))


def test_code_is_read_however_it_was_typed() -> None:
    code = CODES[0]
    wide = "".join(chr(ord(character) + 0xFEE0) for character in code)

    for typed in (code, code.lower(), f" {grouped_ticket(code)} ", "-".join(code), wide):
        assert canonical_ticket(typed) == code


@pytest.mark.parametrize("typed", ["", "2022040127", "C0002", "990101188603120023", "沈若溪"])
def test_what_is_no_ticket_is_none(typed: str) -> None:
    assert canonical_ticket(typed) is None
    assert tickets_in(typed) == {}


@pytest.mark.parametrize(
    "name", ["{0}", "{1}", "{0} (1)", "{0}_副本", "汉语言文学 {0}", "{0}-2022040127", "{1} 拍照"]
)
def test_file_name_gives_the_ticket(name: str) -> None:
    code = CODES[1]
    grouped = "-".join((code[:4], code[4:8], code[8:]))

    claim = claim_from_name(name.format(code.lower(), grouped))

    assert [key.value for key in claim.keys if key.kinds == (KeyKind.TICKET,)] == [code]


def test_ticket_with_one_slip_in_a_file_name_is_no_ticket() -> None:
    code = CODES[2]
    wrong = ("2" if code[0] != "2" else "3") + code[1:]

    assert not any(key.kinds == (KeyKind.TICKET,) for key in claim_from_name(wrong).keys)
