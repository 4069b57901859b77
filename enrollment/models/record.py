"""Student records, their amendments, and their binding to people."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity
from common.fields import EncryptedTextField, blind_index_field
from common.masking import MaskKind, mask
from common.wording import local
from enrollment.models.organisation import ClassGroup, College, Major, School
from enrollment.states import BindingSource, EnrollmentStatus


class StudentRecord(models.Model):
    """学籍: a person's enrolment at one school, keyed by school and student number.

    Text is stored as the roster delivered it; `name_key` and `id_number_index` are for comparing.
    """

    school = models.ForeignKey(
        School,
        verbose_name="院校",
        on_delete=models.PROTECT,
        related_name="records",
        db_index=False,  # the unique number begins with it
    )
    student_no = models.CharField("学号", max_length=32)
    candidate_no = models.CharField("考生号", max_length=32, blank=True)
    name = models.CharField("姓名", max_length=150)
    name_key = models.CharField("姓名比对键", max_length=150, db_index=True)
    sex = models.CharField("性别", max_length=10, blank=True)
    birth_date = models.DateField("出生日期", null=True)
    id_type = models.CharField("证件类型", max_length=30, choices=DocumentType.choices)
    id_number = EncryptedTextField("证件号码")
    id_number_index = blind_index_field(verbose_name="证件号码索引", db_index=True)
    ethnicity = models.CharField("民族", max_length=50, blank=True)
    political_status = models.CharField("政治面貌", max_length=50, blank=True)
    college = models.ForeignKey(
        College, verbose_name="学院", null=True, on_delete=models.PROTECT, related_name="records"
    )
    department = models.CharField("系所", max_length=100, blank=True)
    class_group = models.ForeignKey(
        ClassGroup,
        verbose_name="班级",
        null=True,
        on_delete=models.PROTECT,
        related_name="records",
        db_index=False,  # the list of a class begins with it
    )
    major = models.ForeignKey(
        Major, verbose_name="专业", null=True, on_delete=models.PROTECT, related_name="records"
    )
    level = models.CharField("层次", max_length=50, blank=True)
    education_category = models.CharField("学历类别", max_length=50, blank=True)
    study_mode = models.CharField("学习形式", max_length=50, blank=True)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1, null=True)
    entry_date = models.DateField("入学日期", null=True)
    entry_grade = models.PositiveSmallIntegerField("年级", null=True)
    expected_graduation_date = models.DateField("预计毕业日期", null=True)
    graduating_class = models.PositiveSmallIntegerField("届", null=True, db_index=True)
    enrollment_status = models.CharField(
        "学籍状态",
        max_length=20,
        choices=EnrollmentStatus.choices,
        default=EnrollmentStatus.REGISTERED,
    )
    enrollment_status_text = models.CharField("学籍状态原文", max_length=50, blank=True)
    counsellor_text = models.CharField("辅导员（名册所载）", max_length=100, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)
    # Whether any further section stands beside it, so that nobody asks for what is not there.
    has_sections = models.BooleanField("有更多信息", default=False, db_default=False)
    # A status that takes effect on a day to come: time decides, a sweep only moves it over.
    next_status = models.CharField(
        "将变更为",
        max_length=20,
        choices=EnrollmentStatus.choices,
        blank=True,
        default="",
        db_default="",
    )
    next_status_from = models.DateField("变更生效日期", null=True)
    # While the office looks into a record its student does not see it.
    hidden_at = models.DateTimeField("暂不显示时间", null=True)
    hidden_by = models.CharField(
        "暂不显示操作人", max_length=100, blank=True, default="", db_default=""
    )
    hidden_reason = models.CharField(
        "暂不显示理由", max_length=300, blank=True, default="", db_default=""
    )
    duplicate_of = models.ForeignKey(
        "self",
        verbose_name="重复于",
        null=True,
        on_delete=models.PROTECT,
        related_name="duplicates",
        db_index=False,
    )
    # What a conclusion has seen: digests of the key fields, and of name with number.
    key_digest = models.CharField("关键信息摘要", max_length=32)
    identity_digest = models.CharField("姓名与证件摘要", max_length=32)
    # Since when the latest roster that claims to be complete lacks the record, and which one it is.
    missing_at = models.DateTimeField("不在最新名册（起）", null=True)
    missing_roster = models.ForeignKey(
        "enrollment.RosterImport",
        verbose_name="缺这份学籍的名册",
        null=True,
        on_delete=models.PROTECT,
        related_name="missing_records",
        db_index=False,  # asked for only beside the moment, which has an index
    )
    created_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "学籍"
        verbose_name_plural = "学籍"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_studentrecord_number",
                fields=["school", "student_no"],
                violation_error_message="这个学校已有同一学号的学籍",
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_id_type",
                condition=Q(id_type__in=DocumentType.values),
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_status",
                condition=Q(enrollment_status__in=EnrollmentStatus.values),
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_missing_whole",
                condition=Q(missing_at=None, missing_roster=None)
                | Q(missing_at__isnull=False, missing_roster__isnull=False),
                violation_error_message="“不在最新名册”要同时有时间和名册",
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_named",
                condition=~Q(name="") & ~Q(student_no=""),
                violation_error_message="姓名和学号不能为空",
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_next_status",
                condition=Q(next_status="", next_status_from=None)
                | Q(next_status__in=EnrollmentStatus.values, next_status_from__isnull=False),
                violation_error_message="将来的学籍状态要有生效日期",
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_hidden_whole",
                condition=Q(hidden_at=None, hidden_by="", hidden_reason="")
                | (Q(hidden_at__isnull=False) & ~Q(hidden_by="") & ~Q(hidden_reason="")),
                violation_error_message="暂不显示要同时有时间、操作人和理由",
            ),
            models.CheckConstraint(
                name="enrollment_studentrecord_not_own_duplicate",
                condition=Q(duplicate_of=None) | ~Q(duplicate_of=F("id")),
                violation_error_message="学籍不能和自己重复",
            ),
        ]
        indexes = [
            models.Index(fields=["class_group", "student_no"], name="enrollment_record_class"),
            models.Index(fields=["student_no"], name="enrollment_record_student_no"),
            models.Index(
                fields=["candidate_no"],
                name="enrollment_record_candidate",
                condition=~Q(candidate_no=""),
            ),
            models.Index(
                fields=["next_status_from"],
                name="enrollment_record_next_status",
                condition=~Q(next_status=""),
            ),
            models.Index(
                fields=["duplicate_of"],
                name="enrollment_record_duplicate",
                condition=Q(duplicate_of__isnull=False),
            ),
            models.Index(
                fields=["missing_at"],
                name="enrollment_record_missing",
                condition=Q(missing_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{mask(self.name, MaskKind.NAME)} {self.student_no}"

    def status_at(self, now: datetime) -> str:
        """The enrolment status in force at `now`, whether or not a sweep has moved it over yet."""
        due = self.next_status_from is not None and self.next_status_from <= local(now).date()
        return self.next_status if due else self.enrollment_status

    @property
    def is_shown(self) -> bool:
        """Whether its student sees it: not while the office checks it, never as a duplicate."""
        return self.hidden_at is None and self.duplicate_of_id is None

    @property
    def major_name(self) -> str:
        """The name of the major, empty without one."""
        return self.major.name if self.major else ""


def identity_digest(*, name: str, id_number_index: bytes) -> str:
    """Digest of what a photo conclusion is bound to beside the photo: name and document number."""
    return hashlib.sha256(name.encode() + b"\0" + bytes(id_number_index)).hexdigest()[:32]


def key_digest(values: dict[str, Any], key_fields: list[str]) -> str:
    """Digest of the key fields: `values` maps field names to stored values; the number by its index."""
    fields, template = _key_template(tuple(key_fields))
    content = template % tuple(
        [
            encode_basestring(
                value if type(value := values.get(field)) is str else digest_text(value)
            )
            for field in fields
        ]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:32]


@lru_cache(maxsize=256)
def _key_template(key_fields: tuple[str, ...]) -> tuple[list[str], str]:
    """The JSON of [field, value] pairs with places for the values: a roster needs it for every row."""
    fields = sorted(key_fields)
    empty = json.dumps([[field, "\0"] for field in fields], ensure_ascii=False)
    return fields, empty.replace("%", "%%").replace('"\\u0000"', "%s")


def record_digests(record: StudentRecord) -> dict[str, str]:
    """Both digests of a record as it stands, by field name: the one place that gathers their values.

    Whoever writes records sets these two with every change of a field that they cover.
    """
    values = {field.attname: getattr(record, field.attname) for field in record._meta.fields}  # noqa: SLF001 -- Django's public _meta
    values["id_number"] = record.id_number_index
    values["major_name"] = record.major_name
    values["major_code"] = record.major.code if record.major else ""
    values["college_name"] = record.college.name if record.college else ""
    values["class_name"] = record.class_group.name if record.class_group else ""
    return {
        "key_digest": key_digest(values, record.school.key_fields),
        "identity_digest": identity_digest(
            name=record.name, id_number_index=record.id_number_index
        ),
    }


def digest_text(value: Any) -> str:
    """A stored value as the text that a digest covers."""
    if value is None:
        return ""
    if isinstance(value, Decimal):  # 4 and 4.0 are one duration
        return f"{value.normalize():f}"
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


class Amendment(models.Model):
    """One field of a record changed by staff, with its former value, reason and moment."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="amendments"
    )
    field = models.CharField("字段", max_length=40)
    old_value = EncryptedTextField("原值")
    new_value = EncryptedTextField("新值")
    reason = models.CharField("理由", max_length=300)
    case_ref = models.CharField("依据", max_length=100, blank=True, default="", db_default="")
    is_key = models.BooleanField("关键信息", default=False, db_default=False)
    amended_at = models.DateTimeField("更正时间")
    amended_by = models.CharField("更正人", max_length=100)

    class Meta:
        verbose_name = "学籍更正"
        verbose_name_plural = "学籍更正"

    def __str__(self) -> str:
        return f"更正 {self.pk}"


class Binding(models.Model):
    """实名绑定: this record belongs to this person."""

    record = models.OneToOneField(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="binding"
    )
    identity = models.ForeignKey(
        DeclaredIdentity, verbose_name="实名信息", on_delete=models.PROTECT, related_name="bindings"
    )
    source = models.CharField("方式", max_length=10, choices=BindingSource.choices)
    bound_at = models.DateTimeField("绑定时间")
    bound_by = models.CharField("操作人", max_length=100)

    class Meta:
        verbose_name = "实名绑定"
        verbose_name_plural = "实名绑定"
        constraints = [
            models.CheckConstraint(
                name="enrollment_binding_source", condition=Q(source__in=BindingSource.values)
            ),
        ]

    def __str__(self) -> str:
        return f"绑定 {self.pk}"
