"""Schools, colleges, majors, classes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from common.admin import (
    Act,
    Cell,
    ConfigurationAdmin,
    Deed,
    DeedForm,
    Panel,
    ReadonlyAdmin,
    WorkflowAdmin,
    moment_text,
)
from enrollment.admin.appointment import appoint_to_class, appoint_to_college
from enrollment.models import Assignment, ClassGroup, College, Major, School
from enrollment.selectors import FIELD_LABELS
from enrollment.services.organisation import create_school
from enrollment.states import FRESHMAN_FIELDS, RESCUE_FACT_COUNT, RESCUE_FACTS, BindingFact


class SchoolForm(DeedForm):
    """A new school."""

    code = forms.CharField(label="院校代码", max_length=10, help_text="一般是 5 位数字。")
    name = forms.CharField(label="院校名称", max_length=100)
    binding_fact = forms.ChoiceField(
        label="实名绑定要核对的信息",
        choices=BindingFact.choices,
        initial=BindingFact.CANDIDATE_NO,
        help_text="学生实名后，还要填对名册里的这一项才能看到学籍。",
    )


def _create(_obj: None, act: Act) -> School:
    return create_school(
        code=act.given["code"],
        name=act.given["name"],
        binding_fact=act.given["binding_fact"],
        actor=act.actor,
        now=act.now,
    )


class SchoolSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What differs between schools and may be changed at any time."""

    rescue_facts = forms.MultipleChoiceField(
        label="找回证件号码时要填的信息",
        choices=[(name, FIELD_LABELS[name]) for name in RESCUE_FACTS],
        widget=forms.CheckboxSelectMultiple,
        help_text=f"选 {RESCUE_FACT_COUNT} 项名册里有、班级名单上不印的。",
    )

    freshman_fields = forms.MultipleChoiceField(
        label="新生快速查询显示的字段",
        choices=list(FRESHMAN_FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="不用登录就能查到的，越少越好。",
        required=False,
    )

    class Meta:
        model = School
        fields = ("has_freshman_lookup",)
        help_texts = {
            "has_freshman_lookup": "新生用证件号码、姓名和图形验证码就能查，不用注册。新生季过了就关掉。"
        }

    def clean(self) -> dict[str, Any]:
        """A look-up that is open shows something."""
        cleaned = super().clean() or {}
        if cleaned.get("has_freshman_lookup") and not cleaned.get("freshman_fields"):
            self.add_error("freshman_fields", "开放查询，至少显示一项")
        return cleaned

    def clean_rescue_facts(self) -> list[str]:
        """Exactly three."""
        chosen: list[str] = self.cleaned_data["rescue_facts"]
        if len(chosen) != RESCUE_FACT_COUNT:
            raise forms.ValidationError(f"要选 {RESCUE_FACT_COUNT} 项")
        return chosen


@admin.register(School)
class SchoolAdmin(ConfigurationAdmin):
    """Schools with their codes; what counts as key data is shown, not typed."""

    list_display = ("code", "name", "binding_fact", "has_freshman_lookup", "is_demo")
    list_display_links = ("code", "name")
    search_fields = ("=code", "^name")
    search_help_text = "院校代码，或名称开头"
    ordering = ("code",)
    create = Deed(name="create", label="新建学校", form=SchoolForm, run=_create)
    form = SchoolSettingsForm
    fields = (
        "code",
        "name",
        "binding_fact",
        "rescue_facts",
        "has_freshman_lookup",
        "freshman_fields",
        "key_fields_shown",
        "is_demo",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: School | None = None) -> list[str]:
        """The code is the key of every roster: it stays once records use it."""
        return ["key_fields_shown", "is_demo", *(["code"] if obj else [])]

    @admin.display(description="关键信息字段")
    def key_fields_shown(self, school: School) -> str:
        """The labels of the key fields."""
        return "、".join(FIELD_LABELS.get(name, name) for name in school.key_fields)


def assignments_panel(rows: "QuerySet[Assignment]") -> Panel:
    """Who holds which role, from when to when."""
    return Panel.of(
        "任职",
        ("角色", "姓名", "账号", "起", "止", "任命人"),
        (
            (
                Cell(
                    text=row.get_role_display(),
                    url=reverse("admin:enrollment_assignment_change", args=[row.pk]),
                ),
                row.display_name,
                row.user.contact_label,
                moment_text(row.starts_at),
                moment_text(row.ends_at),
                row.appointed_by,
            )
            for row in rows.select_related("user").order_by("role", "-starts_at")
        ),
        empty="还没有人任职",
    )


@admin.register(College)
class CollegeAdmin(WorkflowAdmin):
    """Colleges as rosters name them; secretary and leader are appointed here."""

    list_display = ("name", "school", "class_count")
    list_filter = ("school",)
    list_select_related = ("school",)
    search_fields = ("^name",)
    search_help_text = "学院名称开头"
    ordering = ("school", "name")
    fields = ("school", "name")
    deeds = (appoint_to_college,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[College]":
        """With the number of classes."""
        rows: QuerySet[College] = super().get_queryset(request)
        return rows.annotate(classes_counted=Count("classes"))

    @admin.display(description="班级数", ordering="classes_counted")
    def class_count(self, college: Any) -> int:
        """How many classes."""
        return int(college.classes_counted)

    def panels(self, request: HttpRequest, obj: College) -> Sequence[Panel]:
        """Who is responsible."""
        return [assignments_panel(obj.assignments.all())]


@admin.register(Major)
class MajorAdmin(ReadonlyAdmin):
    """Majors as rosters name them."""

    list_display = ("code", "name", "school")
    list_display_links = ("code", "name")
    list_filter = ("school",)
    list_select_related = ("school",)
    search_fields = ("^code", "^name")
    search_help_text = "专业代码或名称开头"
    ordering = ("school", "code", "name")
    fields = ("school", "code", "name")


@admin.register(ClassGroup)
class ClassGroupAdmin(WorkflowAdmin):
    """Classes; counsellor and monitor are appointed here."""

    list_display = ("name", "college", "entry_grade", "school", "counsellors")
    list_filter = ("school", "entry_grade", "college")
    list_select_related = ("school", "college")
    search_fields = ("^name",)
    search_help_text = "班级名称开头"
    ordering = ("school", "college", "name")
    fields = ("school", "college", "entry_grade", "name", "record_count")
    deeds = (appoint_to_class,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClassGroup]":
        """With the assignments in force."""
        return super().get_queryset(request).prefetch_related("assignments")

    @admin.display(description="辅导员")
    def counsellors(self, class_group: ClassGroup) -> str:
        """Who is counsellor now."""
        now = timezone.now()
        names = [
            row.display_name or "（未填姓名）"
            for row in class_group.assignments.all()
            if row.role == "COUNSELLOR"
            and row.starts_at <= now
            and (row.ends_at is None or row.ends_at > now)
        ]
        return "、".join(names) or "–"

    @admin.display(description="学籍数")
    def record_count(self, class_group: ClassGroup) -> int:
        """How many records are in the class."""
        return class_group.records.count()

    def panels(self, request: HttpRequest, obj: ClassGroup) -> Sequence[Panel]:
        """Who is responsible, and the way to the records."""
        panel = assignments_panel(obj.assignments.all())
        url = reverse("admin:enrollment_studentrecord_changelist")
        people = Panel.of(
            "学籍",
            (),
            (),
            empty=f"本班 {obj.records.count()} 份学籍",
            more=Cell(text="看本班学籍", url=f"{url}?class_group__id__exact={obj.pk}"),
        )
        return [panel, people]
