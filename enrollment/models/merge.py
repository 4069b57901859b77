"""合并两个账号: one case per pair of accounts of which staff found that they are one person's."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.fields import EncryptedJSONField
from enrollment.states import OPEN_MERGES, MergeState

_PROPOSED = [MergeState.PROPOSED, MergeState.MERGED, MergeState.UNDOING, MergeState.UNDONE]
_MERGED = [MergeState.MERGED, MergeState.UNDOING, MergeState.UNDONE]
_DOUBTED = [MergeState.UNDOING, MergeState.UNDONE]


class MergeQuerySet(models.QuerySet["PersonMerge"]):
    """Phases of a case as filters."""

    def waiting(self) -> Self:
        """Something is left to do: choose, confirm, or confirm the undo."""
        return self.filter(state__in=[*sorted(OPEN_MERGES), MergeState.UNDOING])

    def second_at(self, now: datetime) -> Self:
        """A second person can act now."""
        ready = Q(state=MergeState.PROPOSED, freeze_ends_at__lte=now)
        return self.filter(ready | Q(state=MergeState.UNDOING))


class PersonMerge(models.Model):
    """Two accounts of one person become one: `stays` takes over, `goes` is kept and read-only."""

    stays = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="保留的账号",
        on_delete=models.PROTECT,
        related_name="merges_kept",
    )
    goes = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="停用的账号",
        on_delete=models.PROTECT,
        related_name="merges_ended",
    )
    state = models.CharField(
        "状态", max_length=10, choices=MergeState.choices, default=MergeState.OPEN
    )
    reason = models.CharField("怎样看出是同一个人", max_length=300)
    opened_at = models.DateTimeField("登记时间")
    opened_by = models.CharField("登记人", max_length=100)
    opener = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="登记账号",
        on_delete=models.PROTECT,
        related_name="merges_opened",
    )
    # What was chosen, by names and row ids; and a digest of both sides as the chooser saw them.
    choices = EncryptedJSONField("逐项的选择", null=True)
    seen = models.CharField("所见摘要", max_length=64, blank=True)
    proposed_at = models.DateTimeField("提出方案时间", null=True)
    proposed_by = models.CharField("提出方案人", max_length=100, blank=True)
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出方案账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="merges_proposed",
    )
    freeze_ends_at = models.DateTimeField("等待期到", null=True)
    closed_at = models.DateTimeField("决定时间", null=True)
    closed_by = models.CharField("决定人", max_length=100, blank=True)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="决定账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="merges_decided",
    )
    # What was moved, row by row, so that it can be taken back.
    memo = EncryptedJSONField("恢复的依据", null=True)
    undo_asked_at = models.DateTimeField("提出拆开时间", null=True)
    undo_asked_by = models.CharField("提出拆开人", max_length=100, blank=True)
    undo_asker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出拆开账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="merges_doubted",
    )
    undone_at = models.DateTimeField("拆开时间", null=True)
    undone_by = models.CharField("拆开人", max_length=100, blank=True)
    undoer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="拆开账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="merges_undone",
    )

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = "合并账号"
        verbose_name_plural = "合并账号"
        constraints = [
            models.CheckConstraint(
                name="enrollment_personmerge_state", condition=Q(state__in=MergeState.values)
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_two_accounts",
                condition=~Q(stays=F("goes")),
                violation_error_message="保留的和停用的不能是同一个账号",
            ),
            models.UniqueConstraint(
                name="enrollment_personmerge_one_goes",
                fields=["goes"],
                condition=Q(state__in=sorted(OPEN_MERGES)),
                violation_error_message="这个账号已有一件没办结的合并",
            ),
            models.UniqueConstraint(
                name="enrollment_personmerge_one_stays",
                fields=["stays"],
                condition=Q(state__in=sorted(OPEN_MERGES)),
                violation_error_message="这个账号已有一件没办结的合并",
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_proposed_whole",
                condition=Q(
                    proposed_at__isnull=False,
                    proposer__isnull=False,
                    freeze_ends_at__isnull=False,
                )
                & ~Q(proposed_by="")
                | ~Q(state__in=_PROPOSED)
                & Q(proposed_at=None, proposer=None, proposed_by="", freeze_ends_at=None),
                violation_error_message="提出的方案要有提出人、时间和等待期",
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_closed_whole",
                condition=Q(
                    state__in=sorted(OPEN_MERGES), closed_at=None, closed_by="", decider=None
                )
                | ~Q(state__in=sorted(OPEN_MERGES))
                & Q(closed_at__isnull=False, decider__isnull=False)
                & ~Q(closed_by=""),
                violation_error_message="决定了的要有时间和决定人，没决定的不能有",
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_two_people",
                condition=~Q(state__in=_MERGED)
                | (~Q(decider=F("proposer")) & ~Q(decider=F("opener"))),
                violation_error_message="登记、提出方案的人不能自己确认",
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_undo_whole",
                condition=Q(
                    state__in=_DOUBTED, undo_asked_at__isnull=False, undo_asker__isnull=False
                )
                & ~Q(undo_asked_by="")
                | ~Q(state__in=_DOUBTED) & Q(undo_asked_at=None, undo_asked_by="", undo_asker=None),
                violation_error_message="提出拆开要有时间和经办人",
            ),
            models.CheckConstraint(
                name="enrollment_personmerge_undone_whole",
                condition=Q(state=MergeState.UNDONE, undone_at__isnull=False, undoer__isnull=False)
                & ~Q(undone_by="")
                & ~Q(undoer=F("undo_asker"))
                | ~Q(state=MergeState.UNDONE) & Q(undone_at=None, undone_by="", undoer=None),
                violation_error_message="拆开了的要有时间和经办人，并且不是提出拆开的人",
            ),
        ]

    def __str__(self) -> str:
        return self.case_no

    @property
    def case_no(self) -> str:
        """What people call the case at the counter."""
        return f"HB{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        """Not decided."""
        return self.state in OPEN_MERGES

    def is_frozen_at(self, now: datetime) -> bool:
        """Whether those who were told may still be about to object."""
        return self.freeze_ends_at is not None and now < self.freeze_ends_at
