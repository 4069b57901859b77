"""Colleges, majors and classes of the two demonstration schools."""

from dataclasses import dataclass
from math import ceil

__all__ = [
    "AFFILIATED",
    "ENTRY_GRADE",
    "GRADUATING_CLASS",
    "SCHOOL",
    "ClassPlan",
    "SchoolPlan",
    "affiliated_size",
    "planned_classes",
]

GRADUATING_CLASS = 2026
ENTRY_GRADE = 2022
_CLASS_SIZE = 29
_MAIN_CLASSES = 8


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school with a code that is assigned to nobody."""

    code: str
    name: str


SCHOOL = SchoolPlan("99999", "远山大学（演示）")
AFFILIATED = SchoolPlan("99998", "远山大学云岭学院（演示）")


@dataclass(frozen=True, slots=True)
class _Course:
    """One major of a college."""

    college_no: int
    college: str
    major: str
    major_code: str
    short: str
    years: int
    counsellor: str


_COURSES = (
    _Course(4, "文学院", "汉语言文学", "050101", "汉语言文学", 4, "陈望"),
    _Course(4, "文学院", "汉语国际教育", "050103", "汉教", 4, "陈望"),
    _Course(7, "信息工程学院", "计算机科学与技术", "080901", "计算机", 4, "杜若"),
    _Course(7, "信息工程学院", "软件工程", "080902", "软件", 4, "杜若"),
    _Course(7, "信息工程学院", "数据科学与大数据技术", "080910T", "大数据", 4, "杜若"),
    _Course(9, "医学院", "护理学", "101101K", "护理", 4, "梅雪"),
    _Course(9, "医学院", "医学影像技术", "101003", "影像", 4, "梅雪"),
    _Course(9, "医学院", "药学", "100701", "药学", 4, "梅雪"),
)
_AFFILIATED_COURSE = _Course(1, "经济管理系", "会计学", "120203K", "会计", 4, "常青")


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """One class and what its students have in common."""

    school: SchoolPlan
    college_no: int
    college: str
    class_no: int
    name: str
    major: str
    major_code: str
    years: int
    counsellor: str
    size: int

    def student_no(self, seat: int) -> str:
        """Grade, college, class, seat: 2022040127."""
        return f"{ENTRY_GRADE}{self.college_no:02d}{self.class_no:02d}{seat:02d}"


def affiliated_size(students: int) -> int:
    """How many of the students belong to the affiliated college: one small class."""
    return min(8, max(3, students // 30))


def planned_classes(students: int) -> list[ClassPlan]:
    """The classes of `students` people: eight in the school when it is small, more when it is big."""
    small = affiliated_size(students)
    left = students - small
    count = max(min(_MAIN_CLASSES, ceil(left / 12)), ceil(left / (_CLASS_SIZE + 1)))
    plans = []
    for index in range(count):
        size = left // count + (index < left % count)
        plans.append(_class(SCHOOL, _COURSES[index % len(_COURSES)], index, size))
    return [*plans, _class(AFFILIATED, _AFFILIATED_COURSE, 0, small)]


def _class(school: SchoolPlan, course: _Course, index: int, size: int) -> ClassPlan:
    ordinal = index // len(_COURSES) + 1
    of_college = [each for each in _COURSES if each.college_no == course.college_no]
    place = of_college.index(course) if course in of_college else 0
    return ClassPlan(
        school=school,
        college_no=course.college_no,
        college=course.college,
        class_no=(ordinal - 1) * len(of_college) + place + 1,
        name=f"{course.short}{ENTRY_GRADE % 100}{ordinal:02d}班",
        major=course.major,
        major_code=course.major_code,
        years=course.years,
        counsellor=course.counsellor,
        size=size,
    )
