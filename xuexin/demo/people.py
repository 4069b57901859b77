"""The students of the demonstration: who they are, and which part each of the cast plays."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from accounts.identity import Sex, check_digit
from xuexin.demo.classes import ClassPlan, planned_classes
from xuexin.demo.names import Called, name_of

__all__ = ["LEAST_STUDENTS", "Part", "Student", "cast_of", "students_of"]

_SEED = 20260612
# Nobody can have been born then: every number made here is impossible although its check digit holds.
_FIRST_BIRTHDAY = date(1880, 1, 1)
_BIRTHDAYS = (date(1899, 12, 31) - _FIRST_BIRTHDAY).days
_REGION = "990101"


class Part(StrEnum):
    """What happens to a student of the cast; everybody else is an extra."""

    MONITOR = "monitor"
    TODO = "todo"
    PROVISIONAL = "provisional"
    LOCKED = "locked"
    TAKEN_BACK = "taken_back"
    DISPUTED = "disputed"
    CASE_OPEN = "case_open"
    CASE_APPLIED = "case_applied"
    CASE_RETURNED = "case_returned"
    NO_PHOTO = "no_photo"
    SWAPPED_LEFT = "swapped_left"
    SWAPPED_RIGHT = "swapped_right"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    NEWCOMER = "newcomer"
    LATE_PHOTO = "late_photo"
    MISNAMED = "misnamed"
    EXTRA = "extra"


_CAST: dict[Part, Called] = {
    Part.MONITOR: Called("秦川", Sex.MALE),
    Part.TODO: Called("沈若溪", Sex.FEMALE),
    Part.PROVISIONAL: Called("古丽米热·艾比布拉", Sex.FEMALE, "维吾尔族"),
    Part.LOCKED: Called("方镕", Sex.MALE),
    Part.TAKEN_BACK: Called("欧阳静姝", Sex.FEMALE),
    Part.DISPUTED: Called("司马𬭩", Sex.MALE),
    Part.CASE_OPEN: Called("董采薇", Sex.FEMALE),
    Part.CASE_APPLIED: Called("那日苏", Sex.MALE, "汉族"),  # the roster is wrong on purpose
    Part.CASE_RETURNED: Called("孟哲", Sex.MALE),
    Part.NO_PHOTO: Called("林㛃", Sex.FEMALE),
    Part.SWAPPED_LEFT: Called("周子墨", Sex.MALE),
    Part.SWAPPED_RIGHT: Called("周子默", Sex.MALE),
    Part.AMBIGUOUS: Called("王芳", Sex.FEMALE),
    Part.DUPLICATE: Called("尉迟长风", Sex.MALE),
    Part.NEWCOMER: Called("陆清和", Sex.FEMALE),
    Part.LATE_PHOTO: Called("扎西央宗", Sex.FEMALE, "藏族"),
    Part.MISNAMED: Called("何望舒", Sex.FEMALE),
}
# The cast, a student of the affiliated college, and a few extras in every class.
LEAST_STUDENTS = 24
# One student here was registered late and has left again: shows that status.
_WITHDRAWN_EVERY = 97
_SUSPENDED_EVERY = 61


@dataclass(frozen=True, slots=True)
class Student:
    """One person with one record; `serial` decides number, birthday and face."""

    serial: int
    part: Part
    group: ClassPlan
    seat: int
    student_no: str
    called: Called

    @property
    def name(self) -> str:
        """The name as the roster writes it."""
        return self.called.name

    @property
    def sex(self) -> Sex:
        """The sex, which the document number states too."""
        return self.called.sex

    @property
    def birth_date(self) -> date:
        """A day in 1880–1899."""
        return _FIRST_BIRTHDAY + timedelta(days=self.serial * 37 % _BIRTHDAYS)

    @property
    def id_number(self) -> str:
        """18 digits with a right check digit that cannot be anybody's."""
        order = 2 * (self.serial % 499) + (1 if self.sex is Sex.MALE else 2)
        first = f"{_REGION}{self.birth_date:%Y%m%d}{order:03d}"
        return first + check_digit(first)

    @property
    def candidate_no(self) -> str:
        """14 digits: year 22, a region that does not exist, a running number."""
        return f"22{_REGION}{self.serial + 1:06d}"

    @property
    def status(self) -> str:
        """学籍状态 as the platform words it."""
        if self.part is Part.EXTRA and self.serial % _WITHDRAWN_EVERY == _WITHDRAWN_EVERY - 1:
            return "不在籍（退学）"
        if self.part is Part.EXTRA and self.serial % _SUSPENDED_EVERY == _SUSPENDED_EVERY - 1:
            return "在籍（休学）"
        return "在籍（注册学籍）"

    @property
    def is_gone(self) -> bool:
        """Whether the person is a student no more and so in no campaign."""
        return self.status.startswith("不在籍")


def students_of(count: int) -> list[Student]:
    """`count` students, the same every time; the cast are the first, whatever the count."""
    rng = random.Random(_SEED)
    parts = list(_CAST)
    made: list[Student] = []
    for group in planned_classes(count):
        for seat in range(1, group.size + 1):
            serial = len(made)
            part = parts[serial] if serial < len(parts) else Part.EXTRA
            called = _CAST[part] if part in _CAST else name_of(rng)
            made.append(Student(serial, part, group, seat, group.student_no(seat), called))
    return _with_shared_number(made)


def _with_shared_number(students: list[Student]) -> list[Student]:
    """Give the first student of the affiliated college the student number of one in the school."""
    shared = next(each for each in students if each.part is Part.AMBIGUOUS)
    first = next(
        index for index, each in enumerate(students) if each.group.school != shared.group.school
    )
    other = students[first]
    students[first] = Student(
        other.serial, other.part, other.group, other.seat, shared.student_no, other.called
    )
    return students


def cast_of(students: list[Student]) -> dict[Part, Student]:
    """The cast by part."""
    return {each.part: each for each in students if each.part is not Part.EXTRA}
