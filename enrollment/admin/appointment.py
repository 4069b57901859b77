"""Appointing counsellors, monitors, secretaries and leaders, and ending it."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import make_aware

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    DeedForm,
    NothingForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
    phase_filter,
)
from enrollment.admin.lookup import account_with
from enrollment.models import Assignment, ClassGroup, College
from enrollment.services.assignment import appoint, end_assignment
from enrollment.states import AssignmentRole


class AppointmentForm(DeedForm):
    """Which account, in which role, under which name."""

    role = forms.ChoiceField(label="角色", widget=forms.RadioSelect)
    login = forms.CharField(
        label="账号",
        max_length=150,
        help_text="对方登录用的邮箱或手机号；班长也可以写学号。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    display_name = forms.CharField(
        label="姓名", max_length=100, required=False, help_text="给学生看的称呼，比如 陈老师。"
    )
    is_deputy = forms.BooleanField(
        label="代理", required=False, help_text="原来的人不在时代为办理，以自己的名义。"
    )
    ends_on = forms.DateField(
        label="止于",
        required=False,
        help_text="到这一天零点为止；不填就一直有效。",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    roles: tuple[AssignmentRole, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(role.value, role.label) for role in self.roles]

    def clean_login(self) -> User:
        """The account that logs in so."""
        user = account_with(self.cleaned_data["login"])
        if user is None:
            raise forms.ValidationError("没有这个账号。请对方先注册，再来任命。")
        return user


class ClassAppointmentForm(AppointmentForm):
    """Roles in a class."""

    roles = (AssignmentRole.COUNSELLOR, AssignmentRole.MONITOR)


class CollegeAppointmentForm(AppointmentForm):
    """Roles in a college."""

    roles = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)


def _preview(obj: ClassGroup | College, act: Act) -> Sequence[Panel]:
    if not act.given:
        return ()
    return [
        facts(
            "会这样任命",
            [
                ("角色", AssignmentRole(act.given["role"]).label),
                ("范围", str(obj)),
                ("账号", act.given["login"].contact_label),
                ("姓名", act.given["display_name"]),
                ("代理", "是" if act.given["is_deputy"] else "否"),
                ("起", moment_text(act.now)),
                ("止", moment_text(_end_of(act))),
            ],
        )
    ]


def _end_of(act: Act) -> datetime | None:
    day = act.given["ends_on"]
    return make_aware(datetime.combine(day, time())) if day else None


def _appoint(obj: ClassGroup | College, act: Act) -> str:
    made = appoint(
        user=act.given["login"],
        role=AssignmentRole(act.given["role"]),
        class_group=obj if isinstance(obj, ClassGroup) else None,
        college=obj if isinstance(obj, College) else None,
        display_name=act.given["display_name"],
        is_deputy=act.given["is_deputy"],
        ends_at=_end_of(act),
        actor=act.actor,
        now=act.now,
    )
    return f"已任命：{made.get_role_display()} {obj}"


appoint_to_class = Deed(
    name="appoint",
    label="任命辅导员或班长",
    form=ClassAppointmentForm,
    preview=_preview,
    asks_first=True,
    run=_appoint,
)
appoint_to_college = Deed(
    name="appoint",
    label="任命教学秘书或学院领导",
    form=CollegeAppointmentForm,
    preview=_preview,
    asks_first=True,
    run=_appoint,
)


def _end(assignment: Assignment, act: Act) -> str:
    end_assignment(assignment=assignment, actor=act.actor, now=act.now)
    return "已终止，对方立刻失去这个角色"


@admin.register(Assignment)
class AssignmentAdmin(WorkflowAdmin):
    """Dated roles; begun on the page of a class or college, ended here."""

    list_display = (
        "role",
        "is_deputy",
        "display_name",
        "scope",
        "account",
        moment("starts_at", "起"),
        moment("ends_at", "止"),
    )
    list_filter = (
        phase_filter(
            "时间",
            "phase",
            Phase("now", "现任", lambda rows, now: rows.in_force_at(now)),  # type: ignore[attr-defined]
            Phase("past", "已结束", lambda rows, now: rows.filter(ends_at__lte=now)),
        ),
        "role",
    )
    list_select_related = ("user", "class_group", "college")
    search_fields = ("^display_name",)
    search_help_text = "姓名开头"
    ordering = ("-id",)
    fields = (
        "role",
        "is_deputy",
        "display_name",
        "scope",
        "account",
        "starts_at",
        "ends_at",
        "appointed_by",
        "appointed_at",
    )
    deeds = (
        Deed(
            name="end",
            label="终止任职",
            form=NothingForm,
            lead="从现在起不再担任，历史记录保留。",
            is_offered=lambda row, act: row.ends_at is None or row.ends_at > act.now,
            run=_end,
            is_danger=True,
        ),
    )

    @admin.display(description="范围")
    def scope(self, row: Assignment) -> str:
        """The class or the college."""
        return str(row.class_group or row.college)

    @admin.display(description="账号")
    def account(self, row: Assignment) -> str:
        """The masked log-in name."""
        return row.user.contact_label

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the account."""
        return super().get_queryset(request).select_related("user", "class_group", "college")
