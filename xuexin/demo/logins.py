"""The demonstration's logins, as `make run` prints them: one per role, and somebody without one."""

from enrollment.models import StudentRecord
from xuexin.demo.accounts import PASSWORD, address
from xuexin.demo.classes import SCHOOL
from xuexin.demo.people import LEAST_STUDENTS, Part, Student, cast_of, students_of

__all__ = ["lines", "newcomer"]

_LOGINS = (
    ("学生，还没核对", "student"),
    ("学生，已提交，还能撤回", "provisional"),
    ("学生，已锁定", "locked"),
    ("学生，报了有误", "disputed"),
    ("学生，勘误要补材料", "returned"),
    ("学生，更正后要再核对", "corrected"),
    ("学生，看不到照片", "nophoto"),
    ("学生，照片和同学换了", "swapped"),
    ("学生，号码在旧账号上", "rescue"),
    ("学生，换过证件号码", "claim"),
    ("班长", "monitor"),
    ("辅导员", "counsellor"),
    ("教学秘书", "secretary"),
    ("教学秘书，别的学院", "secretary2"),
    ("学院领导", "leader"),
    ("教务处（/admin/）", "registrar"),
    ("审计（/admin/）", "auditor"),
)


def lines() -> list[str]:
    """One line a login, the password once, and a person who can still register."""
    width = max(_width(role) for role, _ in _LOGINS)
    shown = [f"{role}{' ' * (width - _width(role))}  {address(name)}" for role, name in _LOGINS]
    shown.append(f"密码都是 {PASSWORD}")
    person = newcomer()
    if StudentRecord.objects.filter(
        school__code=SCHOOL.code, candidate_no=person.candidate_no, binding=None
    ).exists():
        shown.append(
            f"想自己走一遍：注册一个账号，实名 {person.name}，"
            f"证件号码 {person.id_number}，考生号 {person.candidate_no}"
        )
    return shown


def newcomer() -> Student:
    """A student of the roster without an account; the same in a school of any size."""
    return cast_of(students_of(LEAST_STUDENTS))[Part.NEWCOMER]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)  # noqa: PLR2004 -- first CJK block
