"""Whether a new row may be the person of a record that stands under another number: pure comparing."""

import re
from typing import NamedTuple

from enrollment.states import NearReason

__all__ = ["Person", "is_one_off", "near_reasons"]

# A made-up filler ("0", "无") is shared by strangers.
_TELLING_CANDIDATE_NO = re.compile(r"[0-9]{14,16}")
_LEAST_NUMBER = 6


class Person(NamedTuple):
    """What two sides are compared by; `number` is canonical, so 15 digits and x are folded already."""

    school_code: str
    student_no: str
    candidate_no: str
    name_key: str
    number: str


def is_one_off(one: str, other: str) -> bool:
    """Whether one character was typed wrong, left out or added."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _is_swapped(one: str, other: str) -> bool:
    """Whether two neighbouring characters changed places."""
    if len(one) != len(other):
        return False
    wrong = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(wrong) != 2 or wrong[1] != wrong[0] + 1:  # noqa: PLR2004 - two neighbours
        return False
    first, second = wrong
    return one[first] == other[second] and one[second] == other[first]


def near_reasons(row: Person, record: Person) -> list[NearReason]:
    """Why the two may be one person, best reason first; empty when nothing speaks for it.

    Proposed are: the same document number; the same candidate number; one mistyped digit in the
    number of a namesake (two right numbers never differ in one digit, so twins are not proposed);
    a namesake with the same student number at another school, such as an affiliated college.
    """
    is_namesake = row.name_key == record.name_key
    number = _number_reason(row.number, record.number)
    same_candidate = row.candidate_no == record.candidate_no and bool(
        _TELLING_CANDIDATE_NO.fullmatch(row.candidate_no)
    )
    same_student_no = row.student_no == record.student_no
    other_school = row.school_code != record.school_code
    if not (
        number is NearReason.SAME_NUMBER
        or same_candidate
        or (is_namesake and (number or (same_student_no and other_school)))
    ):
        return []
    if is_namesake:
        name = NearReason.SAME_NAME
    elif is_one_off(row.name_key, record.name_key):
        name = NearReason.NAME_NEAR
    else:
        name = NearReason.OTHER_NAME
    found = [number] if number else []
    found += [NearReason.SAME_CANDIDATE] if same_candidate else []
    found += [name]
    found += [NearReason.SAME_STUDENT_NO] if same_student_no else []
    found += [NearReason.OTHER_SCHOOL] if other_school else []
    return found


def _number_reason(one: str, other: str) -> NearReason | None:
    if min(len(one), len(other)) < _LEAST_NUMBER:
        return None
    if one == other:
        return NearReason.SAME_NUMBER
    if is_one_off(one, other):
        return NearReason.NUMBER_ONE_OFF
    return NearReason.NUMBER_SWAPPED if _is_swapped(one, other) else None
