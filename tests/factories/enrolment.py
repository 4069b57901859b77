"""Schools, classes, records, bindings, assignments."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from accounts.identity import DocumentType, canonical_number, name_match_key
from accounts.models import DeclaredIdentity, User, document_index
from accounts.states import NumberSource
from enrollment.models import (
    Assignment,
    Binding,
    ClassGroup,
    College,
    Major,
    RecordClaim,
    School,
    StudentRecord,
    identity_digest,
    key_digest,
)
from enrollment.states import AssignmentRole, BindingSource
from tests.factories.people import JOINED, make_number

_serial = count(1)


def make_school(code: str = "99999", name: str = "远山大学", **fields: Any) -> School:
    """A school that does not exist."""
    return School.objects.get_or_create(
        code=code, defaults={"name": name, "is_demo": True, **fields}
    )[0]


def make_college(name: str = "人文学院", school: School | None = None) -> College:
    """A college of the school."""
    return College.objects.get_or_create(school=school or make_school(), name=name)[0]


def make_class(
    name: str = "汉语言文学 2201 班", *, college: College | None = None, entry_grade: int = 2022
) -> ClassGroup:
    """A class of the college."""
    college = college or make_college()
    found = ClassGroup.objects.filter(college=college, name=name, entry_grade=entry_grade).first()
    return found or ClassGroup.objects.create(
        school=college.school, college=college, name=name, entry_grade=entry_grade
    )


def make_record(**fields: Any) -> StudentRecord:
    """A record with all fields filled; pass what matters to the test."""
    serial = next(_serial)
    class_group = fields.pop("class_group", None) or make_class()
    school = fields.pop("school", None) or class_group.school
    name = fields.pop("name", "沈若溪")
    # Apart from the numbers that tests write out.
    number = fields.pop("id_number", None) or make_number(20_000 + serial)
    major = (
        fields.pop("major", None)
        or Major.objects.get_or_create(school=school, code="050101", name="汉语言文学")[0]
    )
    values: dict[str, Any] = {
        "student_no": f"20229{serial:05d}",  # apart from the numbers that tests write out
        "candidate_no": f"2299010101{serial:04d}",
        "name": name,
        "name_key": name_match_key(name),
        "sex": "女",
        "birth_date": date(1886, 3, 12),
        "id_type": DocumentType.RESIDENT_ID,
        "id_number": number,
        "id_number_index": document_index(canonical_number(number)),
        "ethnicity": "汉族",
        "college": class_group.college,
        "class_group": class_group,
        "major": major,
        "level": "本科",
        "education_category": "普通高等教育",
        "study_mode": "普通全日制",
        "duration_years": 4,
        "entry_date": date(2022, 9, 1),
        "entry_grade": 2022,
        "expected_graduation_date": date(2026, 6, 30),
        "graduating_class": 2026,
        "enrollment_status_text": "在籍（注册学籍）",
        "created_at": JOINED,
        "updated_at": JOINED,
        **fields,
    }
    digested = {**values, "major_name": major.name, "id_number": values["id_number_index"]}
    return StudentRecord.objects.create(
        school=school,
        key_digest=key_digest(digested, school.key_fields),
        identity_digest=identity_digest(name=name, id_number_index=values["id_number_index"]),
        **values,
    )


def bind(record: StudentRecord, identity: DeclaredIdentity) -> Binding:
    """The record bound to the person, whose number the roster has confirmed."""
    identity.numbers.update(source=NumberSource.ROSTER)
    return Binding.objects.create(
        record=record,
        identity=identity,
        source=BindingSource.FACT,
        bound_at=JOINED,
        bound_by="本人",
    )


def make_claim(identity: DeclaredIdentity, **fields: Any) -> RecordClaim:
    """An open claim on a record of 远山大学 that nobody found at once."""
    values: dict[str, Any] = {
        "school": make_school(),
        "given_no": f"2022800{next(_serial):05d}",
        "given_name": identity.name,
        "submitted_at": JOINED,
        "submitted_by": "本人",
        "due_at": JOINED + timedelta(days=7),
        **fields,
    }
    return RecordClaim.objects.create(identity=identity, **values)


def assign(
    user: User,
    role: AssignmentRole,
    *,
    class_group: ClassGroup | None = None,
    college: College | None = None,
    display_name: str = "",
) -> Assignment:
    """A dated role in force since the school opened."""
    return Assignment.objects.create(
        user=user,
        role=role,
        class_group=class_group,
        college=college,
        display_name=display_name,
        starts_at=JOINED,
        appointed_by="测试",
        appointed_at=JOINED,
    )
