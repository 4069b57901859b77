"""Schools, colleges, majors, classes, and who is responsible for them from when to when."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from enrollment.states import CLASS_ROLES, FRESHMAN_FIELDS, AssignmentRole, BindingFact


def default_key_fields() -> list[str]:
    """Fields whose change invalidates a conclusion on the data (domain: defaults; data per school)."""
    return [
        "name",
        "sex",
        "birth_date",
        "id_type",
        "id_number",
        "ethnicity",
        "major_name",
        "level",
        "study_mode",
        "duration_years",
    ]


def default_rescue_facts() -> list[str]:
    """What a claimant of an occupied number is asked for: three facts that no class list prints."""
    return ["candidate_no", "entry_date", "ethnicity"]


def default_freshman_fields() -> list[str]:
    """What the quick look-up shows until the school decides otherwise."""
    return list(FRESHMAN_FIELDS)


class School(models.Model):
    """A school with its own five-digit code; an affiliated college is a school of its own."""

    code = models.CharField("院校代码", max_length=10, unique=True)
    name = models.CharField("院校名称", max_length=100)
    binding_fact = models.CharField(
        "实名绑定要核对的信息",
        max_length=20,
        choices=BindingFact.choices,
        default=BindingFact.CANDIDATE_NO,
    )
    key_fields = models.JSONField("关键信息字段", default=default_key_fields)
    rescue_facts = models.JSONField("找回证件号码时要填的信息", default=default_rescue_facts)
    # 新生快速查询: open to people without an account, so the school switches it on for its season.
    has_freshman_lookup = models.BooleanField("开放新生快速查询", default=False)
    freshman_fields = models.JSONField("新生快速查询显示的字段", default=default_freshman_fields)
    is_demo = models.BooleanField("演示学校", default=False)

    class Meta:
        verbose_name = "学校"
        verbose_name_plural = "学校"
        constraints = [
            models.CheckConstraint(
                name="enrollment_school_binding_fact",
                condition=Q(binding_fact__in=BindingFact.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class College(models.Model):
    """A college (学院, 分院) of a school."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="colleges"
    )
    name = models.CharField("名称", max_length=100)

    class Meta:
        verbose_name = "学院"
        verbose_name_plural = "学院"
        constraints = [
            models.UniqueConstraint(name="enrollment_college_name", fields=["school", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Major(models.Model):
    """A major as the roster names it; code of six digits and an optional suffix (K, T, TK)."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="majors"
    )
    code = models.CharField("专业代码", max_length=12, blank=True)
    name = models.CharField("专业名称", max_length=100)

    class Meta:
        verbose_name = "专业"
        verbose_name_plural = "专业"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_major_code_name", fields=["school", "code", "name"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}".strip()


def class_key(school_id: int, college_id: int | None, entry_grade: int | None, name: str) -> str:
    """What makes a class one class: school, college, entry grade and name."""
    return f"{school_id}/{college_id or '-'}/{entry_grade or '-'}/{name}"


class ClassGroup(models.Model):
    """A class: school, college, entry grade and name together."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="classes"
    )
    college = models.ForeignKey(
        College, verbose_name="学院", null=True, on_delete=models.PROTECT, related_name="classes"
    )
    entry_grade = models.PositiveSmallIntegerField("年级", null=True)
    name = models.CharField("班级", max_length=100)
    # One text for the four parts, because databases differ on whether two NULLs are equal.
    key = models.CharField("唯一键", max_length=260, editable=False)

    class Meta:
        verbose_name = "班级"
        verbose_name_plural = "班级"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_classgroup_key",
                fields=["key"],
                violation_error_message="这个班级已经有了",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key beside its parts."""
        self.key = class_key(self.school_id, self.college_id, self.entry_grade, self.name)
        super().save(*args, **kwargs)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments in force."""

    def in_force_at(self, now: datetime) -> Self:
        """Begun and not ended at `now`."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)


class Assignment(models.Model):
    """A person's role in a class or a college, from a moment until a moment."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    role = models.CharField("角色", max_length=20, choices=AssignmentRole.choices)
    class_group = models.ForeignKey(
        ClassGroup,
        verbose_name="班级",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    college = models.ForeignKey(
        College,
        verbose_name="学院",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    display_name = models.CharField("姓名", max_length=100, blank=True)
    is_deputy = models.BooleanField("代理", default=False)
    starts_at = models.DateTimeField("起")
    ends_at = models.DateTimeField("止", null=True, blank=True)
    appointed_by = models.CharField("任命人", max_length=100)
    appointed_at = models.DateTimeField("任命时间")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        constraints = [
            models.CheckConstraint(
                name="enrollment_assignment_scope",
                condition=Q(role__in=sorted(CLASS_ROLES), class_group__isnull=False, college=None)
                | (
                    Q(class_group=None, college__isnull=False)
                    & Q(role__in=[AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER])
                ),
                violation_error_message="辅导员、班长要选班级，教学秘书、学院领导要选学院",
            ),
            models.CheckConstraint(
                name="enrollment_assignment_order",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="止于的时间要晚于起始时间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}，{self.class_group or self.college}"
