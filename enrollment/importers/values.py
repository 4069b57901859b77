"""The typed values of one roster row."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from accounts.identity import DocumentType
from enrollment.states import EnrollmentStatus

__all__ = ["CELL_FIELDS", "CELL_MAXIMA", "READ_CELLS", "RosterValues", "Schools"]


class Schools(NamedTuple):
    """The schools that a roster may name; `default_code` stands where a row names none."""

    codes: AbstractSet[str]
    default_code: str = ""
    code_by_name: Mapping[str, str] = {}


class RosterValues(NamedTuple):
    """One row, typed. Text is as delivered; `name_key` and `id_key` are for comparing.

    An absent column and an empty cell both give an empty value: `ParsedRoster.present_fields`
    tells which fields the file has, and only those may overwrite stored values.
    """

    id_number: str
    id_key: str
    id_type: DocumentType
    school_code: str
    student_no: str
    candidate_no: str
    name: str
    name_key: str
    sex: str
    birth_date: date | None
    entry_date: date | None
    expected_graduation_date: date | None
    entry_grade: int | None
    graduating_class: int | None
    duration_years: Decimal | None
    enrollment_status: EnrollmentStatus | None
    enrollment_status_text: str
    ethnicity: str
    political_status: str
    major_code: str
    major_name: str
    level: str
    study_mode: str
    education_category: str
    college_name: str
    department: str
    class_name: str
    counsellor_text: str
    remark: str


# Cells that are read by a rule, in the order in which they are picked, with the longest text that a
# record keeps (of dates and the like, the longest that makes sense).
_READ: dict[str, int] = {
    "school_code": 10,
    "school_name": 100,
    "student_no": 32,
    "candidate_no": 32,
    "name": 100,
    "sex": 10,
    "birth_date": 40,
    "id_type": 60,
    "id_number": 60,
    "entry_date": 40,
    "expected_graduation_date": 40,
    "entry_grade": 20,
    "graduating_class": 20,
    "duration_years": 20,
    "enrollment_status": 50,
}
# Cells that are kept as they are, in the order of the last fields of `RosterValues`.
_KEPT: dict[str, int] = {
    "ethnicity": 50,
    "political_status": 50,
    "major_code": 12,
    "major_name": 100,
    "level": 50,
    "study_mode": 50,
    "education_category": 50,
    "college_name": 100,
    "department": 100,
    "class_name": 100,
    "counsellor_text": 100,
    "remark": 200,
}
READ_CELLS = len(_READ)
CELL_FIELDS: tuple[str, ...] = (*_READ, *_KEPT)
CELL_MAXIMA: tuple[int, ...] = (*_READ.values(), *_KEPT.values())
