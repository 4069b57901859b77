"""Correction requests: what is wrong, what it should be, the evidence, what was decided."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from common.models import StoredFile
from corrections.states import OPEN_REQUESTS, RequestAction, RequestState
from enrollment.models import StudentRecord
from imaging.models import VerificationConclusion
from imaging.states import ConclusionKind


class CorrectionRequest(models.Model):
    """勘误 case on the data or the photo of a record."""

    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        on_delete=models.PROTECT,
        related_name="correction_requests",
    )
    kind = models.CharField("勘误内容", max_length=5, choices=ConclusionKind.choices)
    conclusion = models.OneToOneField(
        VerificationConclusion,
        verbose_name="来自结论",
        null=True,
        on_delete=models.PROTECT,
        related_name="correction_request",
    )
    state = models.CharField(
        "状态", max_length=20, choices=RequestState.choices, default=RequestState.SUBMITTED
    )
    reasons = models.JSONField("原因", default=list)
    note = EncryptedTextField("补充说明", null=True)
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.CharField("提交人", max_length=100)
    # Whom the label names, so that nobody can decide on the own request even after a rebinding.
    submitter = models.ForeignKey(
        "accounts.User",
        verbose_name="提交账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="submitted_requests",
    )
    handler = models.ForeignKey(
        "accounts.User",
        verbose_name="经办人",
        null=True,
        on_delete=models.PROTECT,
        related_name="handled_requests",
    )
    # People write names and numbers into free text, so it is kept like the values.
    answer = EncryptedTextField("答复", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)

    class Meta:
        verbose_name = "勘误申请"
        verbose_name_plural = "勘误申请"
        constraints = [
            models.CheckConstraint(
                name="corrections_request_state", condition=Q(state__in=RequestState.values)
            ),
            models.CheckConstraint(
                name="corrections_request_kind", condition=Q(kind__in=ConclusionKind.values)
            ),
            models.UniqueConstraint(
                name="corrections_request_one_open",
                fields=["record", "kind"],
                condition=Q(state__in=sorted(OPEN_REQUESTS)),
                violation_error_message="这份学籍已有一个未办结的同类勘误",
            ),
            models.CheckConstraint(
                name="corrections_request_closed_whole",
                condition=Q(state__in=sorted(OPEN_REQUESTS), closed_at=None, closed_by="")
                | (
                    ~Q(state__in=sorted(OPEN_REQUESTS))
                    & Q(closed_at__isnull=False)
                    & ~Q(closed_by="")
                ),
                violation_error_message="办结的勘误要有办结时间和办结人，没办结的不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"勘误 {self.pk}"


class CorrectionField(models.Model):
    """One field of a request: as it was, as it should be, and what was done about it."""

    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.CASCADE, related_name="fields"
    )
    field = models.CharField("字段", max_length=40)
    original = EncryptedTextField("原值")
    proposed = EncryptedTextField("应为")
    is_applied = models.BooleanField("已采纳", default=False)

    class Meta:
        verbose_name = "勘误字段"
        verbose_name_plural = "勘误字段"
        constraints = [
            models.UniqueConstraint(name="corrections_field_once", fields=["request", "field"]),
        ]

    def __str__(self) -> str:
        return f"更正项 {self.pk}"


class Evidence(models.Model):
    """A proof handed in with a request: an image or a PDF, re-encoded or checked."""

    request = models.ForeignKey(
        CorrectionRequest,
        verbose_name="勘误申请",
        on_delete=models.CASCADE,
        related_name="evidence",
    )
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="evidence"
    )
    added_at = models.DateTimeField("上传时间")
    added_by = models.CharField("上传人", max_length=100)

    class Meta:
        verbose_name = "证明材料"
        verbose_name_plural = "证明材料"

    def __str__(self) -> str:
        return f"证明 {self.pk}"


class RequestStep(models.Model):
    """One move of a request, with what was said to the student."""

    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.CASCADE, related_name="steps"
    )
    action = models.CharField("动作", max_length=10, choices=RequestAction.choices)
    note = EncryptedTextField("说明", null=True)
    acted_at = models.DateTimeField("时间")
    acted_by = models.CharField("操作人", max_length=100)

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"
        constraints = [
            models.CheckConstraint(
                name="corrections_step_action", condition=Q(action__in=RequestAction.values)
            ),
        ]

    def __str__(self) -> str:
        return f"办理 {self.pk}"
