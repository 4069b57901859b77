"""Correction requests: what is wrong, what it should be, the evidence, what was decided."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from common.models import StoredFile
from corrections.models.rules import CorrectionRules
from corrections.states import DECIDED, OPEN_REQUESTS, UNDECIDED, RequestAction, RequestState
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
        "状态", max_length=20, choices=RequestState.choices, default=RequestState.DRAFT
    )
    reasons = models.JSONField("原因", default=list)
    note = EncryptedTextField("补充说明", null=True)
    # Health, adoption, a change of sex: for the named roles alone, on no sheet and in no list.
    private_note = EncryptedTextField("不公开的原因", null=True)
    # The edition whose text the student read; editions never change.
    rules = models.ForeignKey(
        CorrectionRules,
        verbose_name="当时的规则",
        null=True,
        on_delete=models.PROTECT,
        related_name="requests",
    )
    # Of a draft: when it was begun.
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
    # Who has it in hand; when the time is over, anybody of the same level may take it.
    holder = models.ForeignKey(
        "accounts.User",
        verbose_name="正在办的人",
        null=True,
        on_delete=models.PROTECT,
        related_name="held_requests",
    )
    held_at = models.DateTimeField("领取时间", null=True)
    held_by = models.CharField("领取人", max_length=100, blank=True)
    held_until = models.DateTimeField("领取有效至", null=True)
    # Four eyes: who vouched for the college, and who reported to the province, do not put it right.
    college_reviewer = models.ForeignKey(
        "accounts.User",
        verbose_name="学院核实账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="college_reviewed_requests",
    )
    college_agreed_at = models.DateTimeField("学院核实时间", null=True)
    college_agreed_by = models.CharField("学院核实人", max_length=100, blank=True)
    first_official = models.ForeignKey(
        "accounts.User",
        verbose_name="第一经办人",
        null=True,
        on_delete=models.PROTECT,
        related_name="reported_requests",
    )
    approval = models.CharField("批文文号", max_length=100, blank=True)
    # People write names and numbers into free text, so it is kept like the values.
    answer = EncryptedTextField("答复", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True)
    disagreement = EncryptedTextField("学生的不同意见", null=True)
    disagreed_at = models.DateTimeField("提出不同意见的时间", null=True)
    disagreed_by = models.CharField("提出不同意见的人", max_length=100, blank=True)
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
                condition=Q(state__in=sorted(UNDECIDED)),
                violation_error_message="这份学籍已有一个未办结的同类勘误",
            ),
            models.UniqueConstraint(
                name="corrections_request_one_draft",
                fields=["record", "kind"],
                condition=Q(state=RequestState.DRAFT),
                violation_error_message="这份学籍已有一份同类勘误的草稿",
            ),
            models.CheckConstraint(
                name="corrections_request_held_whole",
                condition=Q(holder=None, held_at=None, held_by="", held_until=None)
                | (
                    Q(holder__isnull=False, held_at__isnull=False, held_until__isnull=False)
                    & ~Q(held_by="")
                ),
                violation_error_message="领取的人、时间和期限要么都有，要么都没有",
            ),
            models.CheckConstraint(
                name="corrections_request_college_whole",
                condition=Q(college_reviewer=None, college_agreed_at=None, college_agreed_by="")
                | (
                    Q(college_reviewer__isnull=False, college_agreed_at__isnull=False)
                    & ~Q(college_agreed_by="")
                ),
                violation_error_message="学院核实的人和时间要么都有，要么都没有",
            ),
            models.CheckConstraint(
                name="corrections_request_decided_whole",
                condition=Q(state__in=sorted(DECIDED), decided_at__isnull=False) & ~Q(decided_by="")
                | (~Q(state__in=sorted(DECIDED)) & Q(decided_at=None, decided_by="")),
                violation_error_message="有了决定的勘误要有决定时间和决定人，没有决定的不能有",
            ),
            models.CheckConstraint(
                name="corrections_request_disagreed_whole",
                condition=Q(disagreed_at=None, disagreed_by="", disagreement=None)
                | (
                    Q(
                        state=RequestState.REFUSED,
                        disagreed_at__isnull=False,
                        disagreement__isnull=False,
                    )
                    & ~Q(disagreed_by="")
                ),
                violation_error_message="只有未采纳的勘误可以记不同意见，意见、时间和人要齐全",
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

    def is_held_at(self, now: datetime) -> bool:
        """Whether somebody has it in hand."""
        return self.held_until is not None and self.held_until > now


class CorrectionField(models.Model):
    """One field of a request: as it was, as it should be, and what was done about it."""

    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.CASCADE, related_name="fields"
    )
    field = models.CharField("字段", max_length=40)
    original = EncryptedTextField("原值")
    proposed = EncryptedTextField("应为")
    # As the rules said when the case was made: a change of it needs the province.
    is_key = models.BooleanField("关键信息", default=False)
    is_applied = models.BooleanField("已采纳", default=False)
    refusal = EncryptedTextField("不采纳的原因", null=True)

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
    title = models.CharField("哪种材料", max_length=30, blank=True)
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
    action = models.CharField("动作", max_length=20, choices=RequestAction.choices)
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
