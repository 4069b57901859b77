"""报省数据包 and the province's answers: which case went out when, and what came back."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from common.models import StoredFile
from corrections.models.request import CorrectionRequest, RequestStep
from corrections.states.province import (
    ANSWERS_UNDO_WITHIN,
    LineOutcome,
    ProvincePackState,
    Verdict,
)
from enrollment.models import School
from enrollment.states import ImportState

__all__ = ["AnswerLine", "PackedCase", "ProvinceAnswer", "ProvincePack"]


class ProvincePack(models.Model):
    """One pack; the row stays, the sealed file goes."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="province_packs"
    )
    state = models.CharField(
        "状态",
        max_length=8,
        choices=ProvincePackState.choices,
        default=ProvincePackState.OPEN,
    )
    reason = models.CharField("为什么导出", max_length=200)
    cases = models.PositiveIntegerField("勘误单")
    # Numbers of cases and proofs, and why; nothing of a person.
    left_out = models.TextField("没有装进来的", blank=True)
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="province_pack"
    )
    created_at = models.DateTimeField("备好时间")
    created_by = models.CharField("备包人", max_length=100)
    expires_at = models.DateTimeField("文件到期")
    erased_at = models.DateTimeField("文件销毁时间", null=True)
    erased_by = models.CharField("文件销毁人", max_length=100, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_by = models.CharField("结束人", max_length=100, blank=True)

    class Meta:
        verbose_name = "报省数据包"
        verbose_name_plural = "报省数据包"
        constraints = [
            models.CheckConstraint(
                name="corrections_provincepack_state",
                condition=Q(state__in=ProvincePackState.values),
            ),
            models.CheckConstraint(
                name="corrections_provincepack_ended_whole",
                condition=Q(state=ProvincePackState.OPEN, ended_at=None, ended_by="")
                | (~Q(state=ProvincePackState.OPEN) & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="结束的数据包要有时间和人，没结束的不能有",
            ),
            models.CheckConstraint(
                name="corrections_provincepack_erased_whole",
                condition=Q(erased_at=None, erased_by="")
                | (Q(erased_at__isnull=False) & ~Q(erased_by="")),
                violation_error_message="文件销毁要有时间和人",
            ),
        ]

    def __str__(self) -> str:
        return f"报省数据包 {self.pk}"


class PackedCase(models.Model):
    """A case in a pack as it went out; it waits there until it is answered or leaves."""

    pack = models.ForeignKey(
        ProvincePack, verbose_name="数据包", on_delete=models.PROTECT, related_name="packed"
    )
    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.PROTECT, related_name="packed"
    )
    # Of the values that the province read: an answer holds for nothing else.
    digest = models.CharField("内容摘要", max_length=64)
    verdict = models.CharField("结论", max_length=8, choices=Verdict.choices, blank=True)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    answered_at = models.DateTimeField("登记时间", null=True)
    answered_by = models.CharField("登记人", max_length=100, blank=True)
    left_at = models.DateTimeField("撤出时间", null=True)
    left_by = models.CharField("撤出人", max_length=100, blank=True)

    class Meta:
        verbose_name = "报省的勘误单"
        verbose_name_plural = "报省的勘误单"
        constraints = [
            models.UniqueConstraint(name="corrections_packedcase_once", fields=["pack", "request"]),
            models.UniqueConstraint(
                name="corrections_packedcase_one_open",
                fields=["request"],
                condition=Q(answered_at=None, left_at=None),
                violation_error_message="这张勘误单已经在一个等答复的数据包里",
            ),
            models.CheckConstraint(
                name="corrections_packedcase_verdict",
                condition=Q(verdict__in=["", *Verdict.values]),
            ),
            models.CheckConstraint(
                name="corrections_packedcase_answered_whole",
                condition=Q(answered_at=None, answered_by="", verdict="")
                | (Q(answered_at__isnull=False) & ~Q(answered_by="") & ~Q(verdict="")),
                violation_error_message="有答复的要有结论、时间和登记人",
            ),
            models.CheckConstraint(
                name="corrections_packedcase_left_whole",
                condition=Q(left_at=None, left_by="")
                | (Q(left_at__isnull=False, answered_at=None) & ~Q(left_by="")),
                violation_error_message="撤出的要有时间和人，不能又有答复",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack} 的勘误 {self.request_id}"


class ProvinceAnswerQuerySet(models.QuerySet["ProvinceAnswer"]):
    """Phases of a table of answers as filters."""

    def undoable_at(self, now: datetime) -> Self:
        """The twin of `is_undoable_at`."""
        return self.filter(applied_at__gt=now - ANSWERS_UNDO_WITHIN)


class ProvinceAnswer(models.Model):
    """One table of answers to a pack, looked at before it does anything; the file is not kept."""

    pack = models.ForeignKey(
        ProvincePack, verbose_name="数据包", on_delete=models.PROTECT, related_name="answers"
    )
    file_name = models.CharField("文件名", max_length=255)
    state = models.CharField("状态", max_length=12, choices=ImportState.choices)
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    applied_at = models.DateTimeField("登记时间", null=True)
    applied_by = models.CharField("登记人", max_length=100, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)
    undo_reason = models.CharField("撤销的理由", max_length=300, blank=True)

    objects = ProvinceAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "省里答复"
        verbose_name_plural = "省里答复"
        constraints = [
            models.CheckConstraint(
                name="corrections_provinceanswer_state",
                condition=Q(state__in=ImportState.values),
            ),
            models.CheckConstraint(
                name="corrections_provinceanswer_applied_whole",
                condition=(
                    Q(state=ImportState.APPLIED, applied_at__isnull=False) & ~Q(applied_by="")
                )
                | (~Q(state=ImportState.APPLIED) & Q(applied_at=None, applied_by="")),
                violation_error_message="登记过的要有时间和人，别的状态不能有",
            ),
            models.CheckConstraint(
                name="corrections_provinceanswer_undone_whole",
                condition=Q(undone_at=None, undone_by="", undo_reason="")
                | (
                    Q(state=ImportState.APPLIED, undone_at__isnull=False)
                    & ~Q(undone_by="")
                    & ~Q(undo_reason="")
                ),
                violation_error_message="撤销要有时间、人和理由，而且登记过",
            ),
        ]

    def __str__(self) -> str:
        return f"省里答复 {self.pk}"

    def is_undoable_at(self, now: datetime) -> bool:
        """Whether the term of the undo still runs; at the moment itself it is over."""
        return self.applied_at is not None and self.applied_at > now - ANSWERS_UNDO_WITHIN


class AnswerLine(models.Model):
    """One line of the table: what it says, and what applying it does or has done."""

    answer = models.ForeignKey(
        ProvinceAnswer,
        verbose_name="省里答复",
        on_delete=models.CASCADE,
        related_name="lines",
        db_index=False,  # the unique pair begins with it
    )
    row_no = models.PositiveIntegerField("行")
    case_no = models.CharField("单号", max_length=30)
    packed = models.ForeignKey(
        PackedCase,
        verbose_name="报省的勘误单",
        null=True,
        on_delete=models.PROTECT,
        related_name="lines",
    )
    verdict = models.CharField("结论", max_length=8, choices=Verdict.choices, blank=True)
    # Names of the fields that the province agreed to, where that is only a part.
    agreed = models.JSONField("同意的字段", default=list)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    text = EncryptedTextField("说明", null=True)
    outcome = models.CharField("处理", max_length=8, choices=LineOutcome.choices)
    finding = models.CharField("发现", max_length=300, blank=True)
    # For an undo: the step that registering made, and who handled the case before.
    step = models.OneToOneField(
        RequestStep,
        verbose_name="办理记录",
        null=True,
        on_delete=models.PROTECT,
        related_name="registered",
    )
    former_handler = models.ForeignKey(
        "accounts.User",
        verbose_name="原来的经办人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "省里答复的行"
        verbose_name_plural = "省里答复的行"
        constraints = [
            models.UniqueConstraint(
                name="corrections_answerline_once", fields=["answer", "row_no"]
            ),
            models.CheckConstraint(
                name="corrections_answerline_verdict",
                condition=Q(verdict__in=["", *Verdict.values]),
            ),
            models.CheckConstraint(
                name="corrections_answerline_outcome",
                condition=Q(outcome__in=LineOutcome.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} 第 {self.row_no} 行"
