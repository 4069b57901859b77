"""Verification reports, who looked at them, and the school's official English names."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import DeclaredIdentity
from common.crypto import blind_index
from common.fields import EncryptedJSONField, EncryptedTextField, blind_index_field
from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from reports.states import ReportLanguage, ReportPurpose, ReportState


def code_index(code: str) -> bytes:
    """The keyed index by which a canonical code finds its report."""
    return blind_index(code, purpose="report code")


class ReportQuerySet(models.QuerySet["VerificationReport"]):
    """Reads of reports by their moments."""

    def live_at(self, now: datetime) -> "ReportQuerySet":
        """Neither closed nor expired: what counts against the limit of a record."""
        return self.filter(closed_at=None, expires_at__gt=now)

    def with_record(self) -> "ReportQuerySet":
        """With everything that the state and the page of a report read, in one query."""
        return self.select_related(
            "record__school",
            "record__college",
            "record__major",
            "record__class_group",
            "record__binding",
            "photo__entry__published",
        )


class VerificationReport(models.Model):
    """在线验证报告: what a student lets one receiver see of a record, for a time.

    `content` is what the receiver sees, frozen at issue; `content_digest` tells whether the record
    still says the same. What the report is worth at a moment is derived, see `selectors.state_of`.
    """

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="reports"
    )
    identity = models.ForeignKey(
        DeclaredIdentity, verbose_name="实名信息", on_delete=models.PROTECT, related_name="reports"
    )
    photo = models.ForeignKey(
        PhotoVersion,
        verbose_name="照片",
        null=True,
        on_delete=models.PROTECT,
        related_name="reports",
    )
    purpose = models.CharField("用途", max_length=10, choices=ReportPurpose.choices)
    purpose_text = EncryptedTextField("用途说明", null=True)
    receiver = EncryptedTextField("出具给")
    language = models.CharField("语言", max_length=2, choices=ReportLanguage.choices)
    content = EncryptedJSONField("公开的内容")
    content_digest = blind_index_field(verbose_name="内容摘要")
    code = EncryptedTextField("验证码")
    code_index = blind_index_field(verbose_name="验证码索引", unique=True)
    pin_hash = models.CharField("PIN 摘要", max_length=128, blank=True)
    issued_at = models.DateTimeField("签发时间")
    issued_by = models.CharField("签发人", max_length=100)
    expires_at = models.DateTimeField("有效到")
    expiry_announced_at = models.DateTimeField("到期提醒时间", null=True)
    closed_at = models.DateTimeField("关闭时间", null=True)
    closed_by = models.CharField("关闭人", max_length=100, blank=True)
    close_reason = models.CharField("关闭原因", max_length=300, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "验证报告"
        verbose_name_plural = "验证报告"
        constraints = [
            models.CheckConstraint(
                name="reports_report_purpose", condition=Q(purpose__in=ReportPurpose.values)
            ),
            models.CheckConstraint(
                name="reports_report_language", condition=Q(language__in=ReportLanguage.values)
            ),
            models.CheckConstraint(
                name="reports_report_lasts",
                condition=Q(expires_at__gt=models.F("issued_at")),
                violation_error_message="报告的有效期要晚于签发时间",
            ),
            models.CheckConstraint(
                name="reports_report_closed_whole",
                condition=Q(closed_at=None, closed_by="")
                | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                violation_error_message="关闭报告要同时有时间和操作人",
            ),
        ]
        indexes = [
            models.Index(fields=["record", "expires_at"], name="reports_report_record"),
            models.Index(
                fields=["expires_at"],
                name="reports_report_to_announce",
                condition=Q(expiry_announced_at=None, closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"验证报告 {self.pk}"

    @property
    def is_english(self) -> bool:
        """Whether labels and values are written in English."""
        return self.language == ReportLanguage.EN


class ReportView(models.Model):
    """One check of a report by somebody with its code; who that was is not known.

    The network is coarse on purpose: the owner learns that somebody looked, not where they sit.
    """

    report = models.ForeignKey(
        VerificationReport, verbose_name="验证报告", on_delete=models.PROTECT, related_name="views"
    )
    number = models.CharField("查验号", max_length=12, unique=True)
    result = models.CharField("结果", max_length=10, choices=ReportState.choices)
    network = models.CharField("来自网络", max_length=40, blank=True)
    viewed_at = models.DateTimeField("查验时间")

    class Meta:
        verbose_name = "报告查验"
        verbose_name_plural = "报告查验"
        constraints = [
            models.CheckConstraint(
                name="reports_view_result", condition=Q(result__in=ReportState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"查验 {self.number}"


class EnglishTerm(models.Model):
    """The school's official English name of a school, college, major or class, for English reports."""

    chinese = models.CharField("中文", max_length=150, unique=True)
    english = models.CharField("正式英文名称", max_length=200)

    class Meta:
        verbose_name = "英文名称"
        verbose_name_plural = "英文名称"

    def __str__(self) -> str:
        return self.chinese
