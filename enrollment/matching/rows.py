"""Whether a new row of a roster may be the person of a record that stands under another number."""

import re
from typing import NamedTuple

from enrollment.matching.names import NameLikeness, compare_names
from enrollment.matching.numbers import NumberLikeness, compare_numbers

__all__ = ["RowPerson", "reason_text", "row_reasons"]

# A made-up filler ("0", "无") is shared by strangers.
_TELLING_CANDIDATE_NO = re.compile(r"[0-9]{14,16}")
_NAMESAKES = frozenset({NameLikeness.SAME, NameLikeness.DOT, NameLikeness.VARIANT})
_WORDS = {
    "candidate_no": "考生号相同",
    "student_no": "学号相同",
    "school": "院校代码不同，可能是附属学院",
    "other_name": "姓名不同",
}


class RowPerson(NamedTuple):
    """What a row and a record are compared by; numbers and names as delivered."""

    school_code: str
    student_no: str
    candidate_no: str
    name: str
    number: str


def row_reasons(row: RowPerson, record: RowPerson) -> list[str]:
    """Why the two may be one person, as codes for `reason_text`, best first; empty when nothing says so.

    Proposed are: the same document number; the same candidate number; a number one slip away
    under the same name (two right numbers never are, so twins are not proposed); a namesake with
    the same student number at another school, such as an affiliated college.
    """
    name = compare_names(row.name, record.name)
    number = compare_numbers(row.number, record.number)
    is_namesake = name in _NAMESAKES
    same_candidate = row.candidate_no == record.candidate_no and bool(
        _TELLING_CANDIDATE_NO.fullmatch(row.candidate_no)
    )
    same_student_no = row.student_no == record.student_no
    other_school = row.school_code != record.school_code
    if not (
        number is NumberLikeness.SAME
        or same_candidate
        or (is_namesake and (number or (same_student_no and other_school)))
    ):
        return []
    found = [f"number:{number}"] if number else []
    found += ["candidate_no"] if same_candidate else []
    found += [f"name:{name}" if name else "other_name"]
    found += ["student_no"] if same_student_no else []
    found += ["school"] if other_school else []
    return found


def reason_text(code: str) -> str:
    """A reason as staff read it."""
    kind, _, likeness = code.partition(":")
    if kind == "number":
        return NumberLikeness(likeness).why
    if kind == "name":
        return NameLikeness(likeness).why
    return _WORDS[code]
