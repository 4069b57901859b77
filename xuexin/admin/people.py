"""Accounts: masked, with what belongs to them in every app."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.identity.phone import normal_phone
from accounts.models import OfficeRole, User, phone_index
from accounts.services import grant_role
from accounts.services.closing import silence_account, speak_again
from accounts.states import Role
from common import audit
from common.admin import (
    Act,
    Cell,
    Deed,
    DeedForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind, mask
from enrollment.models import Assignment, Binding
from xuexin.admin.merge_panels import likeness_panel, merges_panel


class RoleForm(DeedForm):
    """Which office-wide role."""

    role = forms.ChoiceField(label="角色", choices=Role.choices, widget=forms.RadioSelect)


def _grant(user: User, act: Act) -> str:
    granted = grant_role(user=user, role=Role(act.given["role"]), actor=act.actor, now=act.now)
    return f"已授予：{granted.get_role_display()}"


def _reveal(user: User, act: Act) -> Sequence[Panel]:
    audit.record("user.revealed", actor=act.actor, now=act.now, obj=user, reason=act.reason)
    return [
        facts(
            "联系方式",
            [("邮箱", user.email), ("手机号", user.phone)],
            note="只显示这一次，查看已记入审计。",
        )
    ]


def _silence(user: User, act: Act) -> str:
    silence_account(user=user, reason=act.reason, actor=act.actor, now=act.now)
    return "已停发，不再给这个账号发任何消息"


def _speak(user: User, act: Act) -> str:
    speak_again(user=user, reason=act.reason, actor=act.actor, now=act.now)
    return "已恢复发消息"


@admin.register(User)
class UserAdmin(WorkflowAdmin):
    """Accounts; contacts are masked and found only whole."""

    list_display = (
        "contact_masked",
        "name_masked",
        "roles_shown",
        "is_active",
        moment("date_joined", "注册时间"),
        moment("last_login", "最近登录"),
    )
    list_filter = (
        phase_filter(
            "身份",
            "who",
            Phase(
                "office",
                "教务处、审计",
                lambda rows, _now: rows.filter(
                    office_roles__ended_at=None, office_roles__isnull=False
                ).distinct(),
            ),
            Phase(
                "bound",
                "已绑定学籍",
                lambda rows, _now: rows.filter(identity__bindings__isnull=False).distinct(),
            ),
            Phase(
                "declared",
                "已实名，没绑定",
                lambda rows, _now: rows.filter(identity__isnull=False, identity__bindings=None),
            ),
            Phase("new", "没有实名", lambda rows, _now: rows.filter(identity=None)),
        ),
        "is_active",
    )
    list_select_related = ("identity",)
    search_fields = ("pk",)
    search_help_text = "整个邮箱、整个手机号，或学号"
    ordering = ("-id",)
    viewed_action = "user.viewed"
    fields = (
        "email_masked",
        "phone_masked",
        "name_masked",
        "is_active",
        "date_joined",
        "last_login",
        "phone_verified_at",
        "consented_at",
        "consent_version",
        "closed_at",
        "silenced_at",
        "silenced_by",
        "superseded_at",
        "superseded_by",
    )
    deeds = (
        Deed(
            name="grant",
            label="授予全校角色",
            form=RoleForm,
            lead="教务处可以办理一切，审计只看不办。学生账号不能有全校角色。",
            run=_grant,
        ),
        Deed(
            name="silence",
            label="停发一切消息",
            lead="用于去世的学生：不再发任何邮件、短信，也不提醒家人。学籍留在名单上，情况写在备注里。",
            is_offered=lambda user, _act: user.silenced_at is None and user.closed_at is None,
            run=_silence,
            is_danger=True,
        ),
        Deed(
            name="speak",
            label="恢复发消息",
            is_offered=lambda user, _act: user.silenced_at is not None,
            run=_speak,
        ),
        Deed(
            name="reveal",
            label="看联系方式",
            lead="只显示一次。查看人、时间和理由会记入审计。",
            run=_reveal,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """With the roles in force."""
        return cast("QuerySet[User]", super().get_queryset(request)).prefetch_related(
            "office_roles"
        )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """A whole e-mail, a whole phone in any spelling, or a student number."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(email=term.lower()) | Q(identity__bindings__record__student_no=term)
        phone = normal_phone(term)
        if phone:
            found |= Q(phone_index=phone_index(phone))
        return queryset.filter(found), True

    @admin.display(description="账号", ordering="email")
    def contact_masked(self, user: User) -> str:
        """The masked log-in name."""
        return user.contact_label

    @admin.display(description="邮箱")
    def email_masked(self, user: User) -> str:
        """The masked e-mail."""
        return mask(user.email or "", MaskKind.EMAIL) or "–"

    @admin.display(description="手机号")
    def phone_masked(self, user: User) -> str:
        """The masked phone."""
        return mask(user.phone or "", MaskKind.PHONE) or "–"

    @admin.display(description="姓名")
    def name_masked(self, user: User) -> str:
        """The masked declared name."""
        identity = getattr(user, "identity", None)
        return mask(identity.name, MaskKind.NAME) if identity else "–"

    @admin.display(description="全校角色")
    def roles_shown(self, user: User) -> str:
        """Office-wide roles in force."""
        held = [row.get_role_display() for row in user.office_roles.all() if row.ended_at is None]
        return "、".join(held) or "–"

    def panels(self, request: HttpRequest, obj: User) -> Sequence[Panel]:
        """Roles, assignments, records, and other accounts that may be the same person's."""
        panels = [roles_panel(obj), assignments_panel(obj), records_panel(obj)]
        if obj.closed_at is None and obj.superseded_at is None and not obj.roles:
            panels.append(likeness_panel(obj))
        merges = merges_panel(obj)
        if merges is not None:
            panels.append(merges)
        return panels


def roles_panel(user: User) -> Panel:
    """Office-wide roles, held and ended."""
    rows = OfficeRole.objects.filter(user=user).order_by(
        F("ended_at").desc(nulls_first=True), "-granted_at"
    )
    return Panel.of(
        "全校角色",
        ("角色", "授予", "终止"),
        (
            (
                Cell(
                    text=row.get_role_display(),
                    url=reverse("admin:accounts_officerole_change", args=[row.pk]),
                ),
                f"{moment_text(row.granted_at)} {row.granted_by}",
                f"{moment_text(row.ended_at)} {row.ended_by}",
            )
            for row in rows
        ),
        empty="没有",
    )


def assignments_panel(user: User) -> Panel:
    """Dated roles in classes and colleges."""
    rows = Assignment.objects.filter(user=user).select_related("class_group", "college")
    return Panel.of(
        "任职",
        ("角色", "范围", "起", "止"),
        (
            (
                Cell(
                    text=row.get_role_display(),
                    url=reverse("admin:enrollment_assignment_change", args=[row.pk]),
                ),
                row.class_group or row.college,
                moment_text(row.starts_at),
                moment_text(row.ends_at),
            )
            for row in rows.order_by("-starts_at")
        ),
        empty="没有",
    )


def records_panel(user: User) -> Panel:
    """The records bound to the person."""
    rows = Binding.objects.filter(identity__user=user).select_related("record__school")
    return Panel.of(
        "学籍",
        ("学籍", "学校", "方式", "绑定时间"),
        (
            (
                Cell(
                    text=str(row.record),
                    url=reverse("admin:enrollment_studentrecord_change", args=[row.record_id]),
                ),
                row.record.school.name,
                row.get_source_display(),
                moment_text(row.bound_at),
            )
            for row in rows.order_by("-bound_at")
        ),
        empty="没有绑定学籍",
    )
