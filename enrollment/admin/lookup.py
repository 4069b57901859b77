"""What the desk types to name somebody: a log-in name, a student number."""

from accounts.identity.phone import normal_phone
from accounts.models import User
from enrollment.models import School, StudentRecord

__all__ = ["account_with", "records_with_student_no"]


def account_with(login: str) -> User | None:
    """The account of this e-mail, phone or student number."""
    term = login.strip()
    if "@" in term:
        return User.objects.filter(email=term.lower()).first()
    phone = normal_phone(term)
    found = User.objects.with_phone(phone).first() if phone else None
    if found is not None:
        return found
    owners = User.objects.filter(identity__bindings__record__student_no=term).distinct()[:2]
    return owners[0] if len(owners) == 1 else None


def records_with_student_no(
    student_no: str, *, school: School | None = None
) -> list[StudentRecord]:
    """The records of this student number, at most one per school."""
    records = StudentRecord.objects.filter(student_no=student_no.strip())
    if school is not None:
        records = records.filter(school=school)
    return list(records.select_related("school", "class_group", "college", "major")[:5])
