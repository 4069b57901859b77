"""Reports and their checks: looked at by whoever may, closed by the registrar with a reason."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    Panel,
    Phase,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from common.policy import allowed
from reports.models import ReportView, VerificationReport
from reports.policies import check_can_close
from reports.selectors import content_of, standing_of, views_of
from reports.services.report import close_report

_VIEWS = 50


def _can_close(report: VerificationReport, act: Act) -> bool:
    return allowed(check_can_close, cast("User", act.actor), report, now=act.now)


def _close(report: VerificationReport, act: Act) -> str:
    close_report(report=report, reason=act.reason, actor=cast("User", act.actor), now=act.now)
    return "已关闭，学生会收到通知"


@admin.register(VerificationReport)
class VerificationReportAdmin(WorkflowAdmin):
    """What students let others see; the code itself is the student's and is not shown here."""

    list_display = (
        "__str__",
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "purpose",
        "language",
        moment("issued_at", "签发时间"),
        moment("expires_at", "有效到"),
        moment("closed_at", "关闭时间"),
    )
    list_filter = (
        phase_filter(
            "有效期",
            "life",
            Phase(
                "live",
                "在用",
                lambda rows, now: rows.filter(closed_at=None, expires_at__gt=now),
            ),
            Phase("closed", "已关闭", lambda rows, _now: rows.exclude(closed_at=None)),
            Phase(
                "expired",
                "已过期",
                lambda rows, now: rows.filter(closed_at=None, expires_at__lte=now),
            ),
        ),
        "purpose",
        "language",
    )
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-issued_at", "-id")
    viewed_action = "report.viewed"
    fields = (
        "record",
        "state_shown",
        "purpose",
        "language",
        "fields_shown",
        "photo_shown",
        "pin_shown",
        "issued_at",
        "issued_by",
        "expires_at",
        "expiry_announced_at",
        "closed_at",
        "closed_by",
        "close_reason",
    )
    deeds = (
        Deed(
            name="close",
            label="关闭报告",
            form=ReasonForm,
            lead="查验的人从此只看到“已关闭”。学生会收到通知和你写的理由；关闭以后不能再打开。",
            is_offered=_can_close,
            run=_close,
            is_danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the page reads."""
        return (
            super()
            .get_queryset(request)
            .select_related("record__school", "record__binding", "identity", "photo")
        )

    @admin.display(description="学号")
    def student_no(self, row: VerificationReport) -> str:
        """The student number."""
        return row.record.student_no

    @admin.display(description="现在")
    def state_shown(self, row: VerificationReport) -> str:
        """What a check would say now."""
        return str(standing_of(row, now=timezone.now()).state.label)

    @admin.display(description="公开的字段")
    def fields_shown(self, row: VerificationReport) -> str:
        """Which fields, without their values."""
        return "、".join(field.label for field in content_of(row).fields)

    @admin.display(description="公开照片", boolean=True)
    def photo_shown(self, row: VerificationReport) -> bool:
        """Whether the photo is shown."""
        return row.photo_id is not None

    @admin.display(description="设了 PIN", boolean=True)
    def pin_shown(self, row: VerificationReport) -> bool:
        """Whether a PIN is asked for."""
        return bool(row.pin_hash)

    def subject_of(self, obj: VerificationReport) -> Model:
        """The record, whose owner sees who opened this page."""
        return obj.record

    def panels(self, request: HttpRequest, obj: VerificationReport) -> Sequence[Panel]:
        """Who looked."""
        return [
            Panel.of(
                "查验记录",
                ("时间", "查验号", "结果", "来自网络"),
                (
                    (
                        moment_text(row.viewed_at),
                        row.number,
                        row.get_result_display(),
                        row.network or "–",
                    )
                    for row in views_of(obj)[:_VIEWS]
                ),
                empty="还没有人查验",
            )
        ]


@admin.register(ReportView)
class ReportViewAdmin(ReadonlyAdmin):
    """Checks of reports."""

    list_display = ("number", "report", "result", "network", moment("viewed_at", "查验时间"))
    list_filter = ("result",)
    list_select_related = ("report",)
    search_fields = ("^number",)
    search_help_text = "查验号开头"
    ordering = ("-id",)
    fields = ("number", "report", "result", "network", "viewed_at")
