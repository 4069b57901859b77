"""The fields of a record as a person reads them: group, label, value, note."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from accounts.identity import canonical_number
from common.components import FieldRow
from common.masking import MaskKind, mask
from common.wording import NumberKind, date_cn
from enrollment.models import StudentRecord
from enrollment.states import EnrollmentStatus

Kind = Literal["text"] | NumberKind

PERSON = "个人信息"
STUDY = "学籍信息"
PLACE = "校内编排"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field of a record for a page; `is_key`: a change of it invalidates the conclusion on the data."""

    name: str
    group: str
    label: str
    value: str
    kind: Kind = "text"
    note: str = ""
    is_key: bool = False

    @property
    def row(self) -> FieldRow:
        """What the `field_list` tag takes."""
        return FieldRow(label=self.label, value=self.value, kind=self.kind, note=self.note)


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is read and drawn."""

    name: str
    group: str
    label: str
    read: Callable[[StudentRecord], str]
    kind: Kind = "text"
    is_disputable: bool = True
    is_amendable: bool = True


def _text(name: str) -> Callable[[StudentRecord], str]:
    return lambda record: str(getattr(record, name) or "")


def _date(name: str) -> Callable[[StudentRecord], str]:
    def read(record: StudentRecord) -> str:
        day = getattr(record, name)
        return date_cn(day) if day else ""

    return read


def _named(name: str) -> Callable[[StudentRecord], str]:
    def read(record: StudentRecord) -> str:
        related = getattr(record, name)
        return related.name if related else ""

    return read


def _status(record: StudentRecord) -> str:
    return record.enrollment_status_text or str(record.get_enrollment_status_display())


def _years(record: StudentRecord) -> str:
    if record.duration_years is None:
        return ""
    years = Decimal(record.duration_years)
    whole = years == years.to_integral_value()
    return f"{int(years) if whole else years.normalize()} 年"


def _suffixed(name: str, suffix: str) -> Callable[[StudentRecord], str]:
    def read(record: StudentRecord) -> str:
        value = getattr(record, name)
        return f"{value} {suffix}" if value else ""

    return read


def _school(record: StudentRecord) -> str:
    return record.school.name


def _major_code(record: StudentRecord) -> str:
    return record.major.code if record.major else ""


# In the order of the platform's own page, so that the two can be laid side by side.
_FIELDS: tuple[_Field, ...] = (
    _Field("name", PERSON, "姓名", _text("name")),
    _Field("sex", PERSON, "性别", _text("sex")),
    _Field("birth_date", PERSON, "出生日期", _date("birth_date")),
    _Field("ethnicity", PERSON, "民族", _text("ethnicity")),
    _Field("political_status", PERSON, "政治面貌", _text("political_status")),
    _Field("id_type", PERSON, "证件类型", lambda record: str(record.get_id_type_display())),
    _Field("id_number", PERSON, "证件号码", _text("id_number"), "id_number"),
    _Field("school", STUDY, "学校名称", _school, is_disputable=False, is_amendable=False),
    _Field("level", STUDY, "层次", _text("level")),
    _Field("major_name", STUDY, "专业", _named("major")),
    _Field("major_code", STUDY, "专业代码", _major_code, "plain", is_disputable=False),
    _Field("duration_years", STUDY, "学制", _years),
    _Field("education_category", STUDY, "学历类别", _text("education_category")),
    _Field("study_mode", STUDY, "学习形式", _text("study_mode")),
    _Field("student_no", STUDY, "学号", _text("student_no"), "student_no"),
    _Field("candidate_no", STUDY, "考生号", _text("candidate_no"), "candidate_no"),
    _Field("entry_date", STUDY, "入学日期", _date("entry_date")),
    _Field("enrollment_status", STUDY, "学籍状态", _status),
    _Field(
        "expected_graduation_date",
        STUDY,
        "预计毕业日期",
        _date("expected_graduation_date"),
    ),
    _Field("college_name", PLACE, "学院（分院）", _named("college")),
    _Field("department", PLACE, "系所", _text("department")),
    _Field("class_name", PLACE, "班级", _named("class_group")),
    _Field("entry_grade", PLACE, "年级", _suffixed("entry_grade", "级")),
    _Field("graduating_class", PLACE, "届", _suffixed("graduating_class", "届")),
    _Field(
        "counsellor_text",
        PLACE,
        "辅导员（名册所载）",
        _text("counsellor_text"),
        is_disputable=False,
    ),
    _Field("remark", PLACE, "备注", _text("remark"), is_disputable=False),
)
_BY_NAME = {field.name: field for field in _FIELDS}

FIELD_LABELS: dict[str, str] = {field.name: field.label for field in _FIELDS}
"""Every field of a record that people see: name → label."""

DISPUTABLE_FIELDS: dict[str, str] = {
    field.name: field.label for field in _FIELDS if field.is_disputable
}
"""What a student may report as wrong: name → label."""

AMENDABLE_FIELDS: dict[str, str] = {
    field.name: field.label for field in _FIELDS if field.is_amendable
}
"""What `services.record.amend_record` takes: name → label."""

_STATUS_NOTES: dict[str, str] = {
    EnrollmentStatus.REGISTERED: "正常在读，已经注册。",
    EnrollmentStatus.UNREGISTERED: "在读，这个学年还没有注册。",
    EnrollmentStatus.SUSPENDED: "学籍保留，暂停学业；复学后恢复注册。",
    EnrollmentStatus.RETAINED: "因参军等原因保留学籍，回校后恢复。",
    EnrollmentStatus.ADMISSION_RETAINED: "还没有入学，入学资格保留。",
    EnrollmentStatus.GRADUATED: "已经毕业，学籍终止。",
    EnrollmentStatus.COMPLETED: "已经结业，学籍终止；能否换发毕业证书看学校规定。",
    EnrollmentStatus.INCOMPLETE: "已经肄业，学籍终止。",
    EnrollmentStatus.WITHDRAWN: "已经退学，学籍终止。",
    EnrollmentStatus.TRANSFERRED_OUT: "已经转到别的学校，学籍在转入学校。",
    EnrollmentStatus.EXPELLED: "学籍已被开除。",
    EnrollmentStatus.DECEASED: "学籍已终止。",
    EnrollmentStatus.CANCELLED: "学籍已被取消。",
    EnrollmentStatus.OTHER: "名册里的状态不在常见的几种之内，有疑问找教务处。",
}


def status_note(record: StudentRecord) -> str:
    """What the enrolment status means, in one sentence."""
    return _STATUS_NOTES[record.enrollment_status]


def record_value(record: StudentRecord, name: str, *, whole_number: bool = False) -> str:
    """The field as it is shown; the document number masked unless asked for whole."""
    value = _BY_NAME[name].read(record)
    if name == "id_number" and not whole_number:
        return mask(canonical_number(value), MaskKind.DOCUMENT_NO)
    return value


def record_fields(record: StudentRecord) -> list[ShownField]:
    """All fields in the platform's order with their groups; empty ones too (shown as empty).

    The document number is masked here as everywhere: a record is bound only where it equals the
    number that the student declared, so nothing is left to compare.
    """
    key_fields = frozenset(record.school.key_fields)
    return [
        ShownField(
            name=field.name,
            group=field.group,
            label=field.label,
            value=record_value(record, field.name),
            kind=field.kind,
            note=status_note(record) if field.name == "enrollment_status" else "",
            is_key=field.name in key_fields,
        )
        for field in _FIELDS
    ]
