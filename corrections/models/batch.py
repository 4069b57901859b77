"""One decision on many cases: what was chosen, what became of each, and what was taken back."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from corrections.models.request import CorrectionRequest, RequestStep
from corrections.states.batch import (
    BATCH_UNDO_WITHIN,
    BATCHED_FROM,
    CaseBatchState,
    CaseOutcome,
)

__all__ = ["BatchedCase", "CaseBatch"]

_ACTIONS = [(action.value, action.label) for action in BATCHED_FROM]
_S = CaseBatchState
_OVER = [_S.DONE, _S.UNDONE]


class CaseBatchQuerySet(models.QuerySet["CaseBatch"]):
    """Phases of a batch as filters."""

    def undoable_at(self, now: datetime) -> Self:
        """The twin of `is_undoable_at`."""
        return self.filter(state__in=_OVER, applied_at__gt=now - BATCH_UNDO_WITHIN)


class CaseBatch(models.Model):
    """批量办理: one action with one sentence for many cases, previewed before it is done."""

    state = models.CharField("状态", max_length=10, choices=_S.choices, default=_S.STAGED)
    action = models.CharField("动作", max_length=20, choices=_ACTIONS)
    # People write names and numbers into free text, so it is kept like the values.
    word = EncryptedTextField("给学生的话", null=True)
    cases = models.PositiveIntegerField("勘误单")
    created_at = models.DateTimeField("准备时间")
    created_by = models.CharField("准备人", max_length=100)
    applied_at = models.DateTimeField("办理时间", null=True)
    applied_by = models.CharField("办理人", max_length=100, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)
    undo_reason = models.CharField("撤销的理由", max_length=300, blank=True)

    objects = CaseBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "批量办理"
        verbose_name_plural = "批量办理"
        constraints = [
            models.CheckConstraint(
                name="corrections_casebatch_state", condition=Q(state__in=_S.values)
            ),
            models.CheckConstraint(
                name="corrections_casebatch_action",
                condition=Q(action__in=[value for value, _ in _ACTIONS]),
            ),
            models.CheckConstraint(
                name="corrections_casebatch_applied_whole",
                condition=(
                    Q(state__in=_OVER, applied_at__isnull=False) & ~Q(applied_by="")
                    | Q(applied_at=None, applied_by="") & ~Q(state__in=_OVER)
                ),
                violation_error_message="办理完的要有时间和人，别的状态不能有",
            ),
            models.CheckConstraint(
                name="corrections_casebatch_undone_whole",
                condition=(
                    Q(state=_S.UNDONE, undone_at__isnull=False)
                    & ~Q(undone_by="")
                    & ~Q(undo_reason="")
                    | Q(undone_at=None, undone_by="", undo_reason="") & ~Q(state=_S.UNDONE)
                ),
                violation_error_message="撤销过的要有时间、人和理由，别的状态不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"批量办理 {self.pk}"

    def is_undoable_at(self, now: datetime) -> bool:
        """Whether the term of the undo still runs; at the moment itself it is over."""
        return self.applied_at is not None and self.applied_at > now - BATCH_UNDO_WITHIN


class BatchedCase(models.Model):
    """One case in a batch: as it was when somebody looked, what was done, who had it before."""

    batch = models.ForeignKey(
        CaseBatch,
        verbose_name="批量办理",
        on_delete=models.CASCADE,
        related_name="lines",
        db_index=False,  # the unique pair begins with it
    )
    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.PROTECT, related_name="batched"
    )
    # The newest step that the preview showed, 0 for none: whatever came later was not looked at.
    seen_step = models.PositiveBigIntegerField("看到的最后一步", default=0)
    outcome = models.CharField("处理", max_length=8, choices=CaseOutcome.choices)
    finding = models.CharField("说明", max_length=300, blank=True)
    step = models.OneToOneField(
        RequestStep,
        verbose_name="办理记录",
        null=True,
        on_delete=models.PROTECT,
        related_name="batched",
    )
    # For an undo.
    former_handler = models.ForeignKey(
        "accounts.User",
        verbose_name="原来的经办人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    former_official = models.ForeignKey(
        "accounts.User",
        verbose_name="原来的第一经办人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "批量办理的勘误单"
        verbose_name_plural = "批量办理的勘误单"
        constraints = [
            models.UniqueConstraint(
                name="corrections_batchedcase_once", fields=["batch", "request"]
            ),
            models.CheckConstraint(
                name="corrections_batchedcase_outcome",
                condition=Q(outcome__in=CaseOutcome.values),
            ),
            models.CheckConstraint(
                name="corrections_batchedcase_step",
                condition=Q(step=None) & ~Q(outcome__in=[CaseOutcome.DONE, CaseOutcome.UNDONE])
                | Q(step__isnull=False, outcome__in=[CaseOutcome.DONE, CaseOutcome.UNDONE]),
                violation_error_message="办好的要有办理记录，没办的不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} 批的勘误 {self.request_id}"
