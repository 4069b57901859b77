"""How one typed text becomes a value of a record."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from accounts.identity import canonical_number, parse_document_type
from common.errors import InvalidInputError
from enrollment.importers.dates import parse_date, parse_duration, parse_year
from enrollment.importers.statuses import parse_status
from enrollment.models import ClassGroup, College, Major, StudentRecord
from enrollment.selectors import AMENDABLE_FIELDS

__all__ = ["set_values"]


def set_values(record: StudentRecord, changes: Mapping[str, str]) -> None:
    """Put typed values into an unsaved record; InvalidInputError names the field that cannot be read."""
    for name, text in sorted(changes.items(), key=lambda item: item[0] != "college_name"):
        if name not in AMENDABLE_FIELDS:
            raise InvalidInputError("没有这个字段。", field=name)
        try:
            _SETTERS.get(name, _set_text)(record, name, text.strip())
        except InvalidInputError as error:
            error.field = name
            raise


_LONGEST: dict[str, int] = {
    field.name: field.max_length
    for field in StudentRecord._meta.fields  # noqa: SLF001 -- Django's public _meta
    if field.max_length is not None
}


def _set_text(record: StudentRecord, name: str, text: str) -> None:
    if len(text) > _LONGEST[name]:
        raise InvalidInputError(f"最多 {_LONGEST[name]} 个字。")
    setattr(record, name, text)


def _set_required(record: StudentRecord, name: str, text: str) -> None:
    if not text:
        raise InvalidInputError(f"{AMENDABLE_FIELDS[name]}不能是空的。")
    _set_text(record, name, text)


def _set_id_number(record: StudentRecord, name: str, text: str) -> None:
    if not canonical_number(text):
        raise InvalidInputError("证件号码不能是空的。")
    setattr(record, name, text)


def _set_id_type(record: StudentRecord, name: str, text: str) -> None:
    kind = parse_document_type(text)
    if kind is None:
        raise InvalidInputError("没有这种证件类型。")
    setattr(record, name, kind.value)


def _set_date(record: StudentRecord, name: str, text: str) -> None:
    found = parse_date(text)
    if not found.is_readable:
        raise InvalidInputError("日期写成 2026-06-30 或 20260630。")
    day: date | None = found.day
    setattr(record, name, day)


def _set_year(record: StudentRecord, name: str, text: str) -> None:
    year = parse_year(text) if text else None
    if text and year is None:
        raise InvalidInputError("年份写成四位数，例如 2026。")
    setattr(record, name, year)


def _set_duration(record: StudentRecord, name: str, text: str) -> None:
    years: Decimal | None = parse_duration(text) if text else None
    if text and years is None:
        raise InvalidInputError("学制写成年数，例如 4 或 2.5。")
    setattr(record, name, years)


def _set_status(record: StudentRecord, name: str, text: str) -> None:
    status = parse_status(text)
    if status is None:
        raise InvalidInputError("没有这种学籍状态。")
    setattr(record, name, status)
    record.enrollment_status_text = str(status.label) if text == status.value else text


def _set_major(record: StudentRecord, name: str, text: str) -> None:
    """A major as named, made when the school has none of that name and code."""
    parts = {
        "major_name": record.major_name,
        "major_code": record.major.code if record.major else "",
    }
    parts[name] = text
    if not parts["major_name"]:
        record.major = None
        return
    same_name = Major.objects.filter(school=record.school_id, name=parts["major_name"])
    known = same_name.filter(code=parts["major_code"]).first()
    if known is None and name == "major_name":
        known = same_name.order_by("pk").first()
        parts["major_code"] = ""
    record.major = (
        known
        or Major.objects.get_or_create(
            school=record.school, code=parts["major_code"], name=parts["major_name"]
        )[0]
    )


def _set_college(record: StudentRecord, name: str, text: str) -> None:
    found = College.objects.filter(school=record.school_id, name=text).first()
    if text and found is None:
        raise InvalidInputError(f"这个学校没有这个{AMENDABLE_FIELDS[name]}，先新增再改。")
    record.college = found


def _set_class(record: StudentRecord, name: str, text: str) -> None:
    if not text:
        record.class_group = None
        return
    named = ClassGroup.objects.filter(school=record.school_id, name=text)
    own_college = named.filter(college=record.college_id)
    own_grade = own_college.filter(entry_grade=record.entry_grade)
    for narrowed in (own_grade, own_college, named):
        classes = list(narrowed[:2])
        if len(classes) == 1:
            record.class_group = classes[0]
            return
    raise InvalidInputError(
        f"没有这个{AMENDABLE_FIELDS[name]}，或者同名的不止一个；先改学院和年级，再改班级。"
    )


_SETTERS: dict[str, Callable[[StudentRecord, str, str], None]] = {
    "name": _set_required,
    "student_no": _set_required,
    "id_number": _set_id_number,
    "id_type": _set_id_type,
    "birth_date": _set_date,
    "entry_date": _set_date,
    "expected_graduation_date": _set_date,
    "entry_grade": _set_year,
    "graduating_class": _set_year,
    "duration_years": _set_duration,
    "enrollment_status": _set_status,
    "major_name": _set_major,
    "major_code": _set_major,
    "college_name": _set_college,
    "class_name": _set_class,
}
