"""照片更正 and 照片线索: what two people do to photos together, and what the portal noticed about them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from enrollment.models import StudentRecord
from imaging.models.photo import CaptureEntry
from imaging.states import (
    HintKind,
    HintState,
    MatchState,
    PhotoKind,
    RepairKind,
    RepairState,
)

_DECIDED = [
    RepairState.DONE,
    RepairState.DROPPED,
    RepairState.UNDOING,
    RepairState.UNDONE,
]
_CARRIED_OUT = [RepairState.DONE, RepairState.UNDOING, RepairState.UNDONE]
_DOUBTED = [RepairState.UNDOING, RepairState.UNDONE]


class PhotoHint(models.Model):
    """Photos that may be somebody else's: proposed once, decided by people, never proposed again after a no.

    `moves` pairs entries with the records that they would go to; the first pair stands in columns too.
    """

    kind = models.CharField("线索", max_length=5, choices=HintKind.choices)
    entry = models.ForeignKey(
        CaptureEntry,
        verbose_name="采集信息",
        on_delete=models.PROTECT,
        related_name="hints",
        db_index=False,  # the unique pair begins with it
    )
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="可能的学籍",
        on_delete=models.PROTECT,
        related_name="photo_hints",
    )
    moves = models.JSONField("会怎样", default=list)
    reasons = models.JSONField("依据", default=list)
    state = models.CharField(
        "状态", max_length=7, choices=HintState.choices, default=HintState.OPEN
    )
    found_at = models.DateTimeField("发现时间")
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True)

    class Meta:
        verbose_name = "照片线索"
        verbose_name_plural = "照片线索"
        constraints = [
            models.CheckConstraint(
                name="imaging_photohint_kind", condition=Q(kind__in=HintKind.values)
            ),
            models.CheckConstraint(
                name="imaging_photohint_state", condition=Q(state__in=HintState.values)
            ),
            models.UniqueConstraint(
                name="imaging_photohint_pair",
                fields=["entry", "record", "kind"],
                violation_error_message="这条线索已经有了",
            ),
            models.CheckConstraint(
                name="imaging_photohint_decided_whole",
                condition=Q(state=HintState.OPEN, decided_at=None, decided_by="")
                | (~Q(state=HintState.OPEN) & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                violation_error_message="决定了的线索要有时间和决定人，没决定的不能有",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="imaging_photohint_state_kind")]

    def __str__(self) -> str:
        return f"线索 {self.pk}"


class RepairQuerySet(models.QuerySet["PhotoRepair"]):
    """Phases of a case as filters."""

    def open_at(self, now: datetime) -> Self:
        """Waits for a second person who may still confirm: the twin of `is_open_at`."""
        return self.filter(state=RepairState.PROPOSED, expires_at__gt=now)

    def lapsed_at(self, now: datetime) -> Self:
        """Nobody confirmed in time."""
        return self.filter(state=RepairState.PROPOSED, expires_at__lte=now)

    def second_at(self, now: datetime) -> Self:
        """A second person can act now."""
        return self.filter(
            Q(state=RepairState.PROPOSED, expires_at__gt=now) | Q(state=RepairState.UNDOING)
        )


class PhotoRepair(models.Model):
    """One destructive act on photos (照片更正): what moves where stands in its `moves`."""

    kind = models.CharField("办什么", max_length=7, choices=RepairKind.choices)
    photo_kind = models.CharField("照片种类", max_length=12, choices=PhotoKind.choices)
    state = models.CharField(
        "状态", max_length=8, choices=RepairState.choices, default=RepairState.PROPOSED
    )
    reason = models.CharField("理由", max_length=300)
    hint = models.ForeignKey(
        PhotoHint,
        verbose_name="线索",
        null=True,
        on_delete=models.PROTECT,
        related_name="repairs",
    )
    # Record → its current version (0 for none) as the first person saw it.
    seen = models.JSONField("提出时的照片", default=dict)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.CharField("提出人", max_length=100)
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出账号",
        on_delete=models.PROTECT,
        related_name="photo_repairs_proposed",
    )
    expires_at = models.DateTimeField("有效到")
    closed_at = models.DateTimeField("决定时间", null=True)
    closed_by = models.CharField("决定人", max_length=100, blank=True)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="决定账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_repairs_decided",
    )
    # Record → [version before, version after], 0 for none; what an undo gives back.
    memo = models.JSONField("恢复的依据", default=dict)
    undo_asked_at = models.DateTimeField("提出撤销时间", null=True)
    undo_asked_by = models.CharField("提出撤销人", max_length=100, blank=True)
    undo_asker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出撤销账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_repairs_doubted",
    )
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)
    undoer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="撤销账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_repairs_undone",
    )

    objects = RepairQuerySet.as_manager()

    class Meta:
        verbose_name = "照片更正"
        verbose_name_plural = "照片更正"
        constraints = [
            models.CheckConstraint(
                name="imaging_photorepair_kind", condition=Q(kind__in=RepairKind.values)
            ),
            models.CheckConstraint(
                name="imaging_photorepair_photo_kind",
                condition=Q(photo_kind__in=PhotoKind.values),
            ),
            models.CheckConstraint(
                name="imaging_photorepair_state", condition=Q(state__in=RepairState.values)
            ),
            models.CheckConstraint(
                name="imaging_photorepair_closed_whole",
                condition=Q(state__in=_DECIDED, closed_at__isnull=False, decider__isnull=False)
                & ~Q(closed_by="")
                | Q(state=RepairState.EXPIRED, closed_at__isnull=False, decider=None)
                & ~Q(closed_by="")
                | Q(state=RepairState.PROPOSED, closed_at=None, closed_by="", decider=None),
                violation_error_message="决定了的要有时间和决定人，没决定的不能有",
            ),
            models.CheckConstraint(
                name="imaging_photorepair_two_people",
                condition=~Q(state__in=_CARRIED_OUT) | ~Q(decider=F("proposer")),
                violation_error_message="提出的人不能自己确认",
            ),
            models.CheckConstraint(
                name="imaging_photorepair_undo_whole",
                condition=Q(
                    state__in=_DOUBTED, undo_asked_at__isnull=False, undo_asker__isnull=False
                )
                & ~Q(undo_asked_by="")
                | ~Q(state__in=_DOUBTED) & Q(undo_asked_at=None, undo_asked_by="", undo_asker=None),
                violation_error_message="提出撤销要有时间和经办人",
            ),
            models.CheckConstraint(
                name="imaging_photorepair_undone_whole",
                condition=Q(state=RepairState.UNDONE, undone_at__isnull=False, undoer__isnull=False)
                & ~Q(undone_by="")
                & ~Q(undoer=F("undo_asker"))
                | ~Q(state=RepairState.UNDONE) & Q(undone_at=None, undone_by="", undoer=None),
                violation_error_message="撤销了的要有时间和经办人，并且不是提出撤销的人",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="imaging_photorepair_due")]

    def __str__(self) -> str:
        return self.case_no

    @property
    def case_no(self) -> str:
        """What people call the case."""
        return f"ZP{self.pk:06d}"

    def is_open_at(self, now: datetime) -> bool:
        """A second person may still confirm."""
        return self.state == RepairState.PROPOSED and now < self.expires_at


class RepairMove(models.Model):
    """Where one photo of a case goes, and where it was when that was proposed."""

    repair = models.ForeignKey(
        PhotoRepair,
        verbose_name="照片更正",
        on_delete=models.PROTECT,
        related_name="moves",
        db_index=False,  # the unique pair begins with it
    )
    entry = models.ForeignKey(
        CaptureEntry,
        verbose_name="采集信息",
        on_delete=models.PROTECT,
        related_name="repair_moves",
    )
    to_state = models.CharField("改为", max_length=10, choices=MatchState.choices)
    to_record = models.ForeignKey(
        StudentRecord,
        verbose_name="改到的学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_moves_in",
    )
    from_state = models.CharField("原状态", max_length=10, choices=MatchState.choices)
    from_record = models.ForeignKey(
        StudentRecord,
        verbose_name="原学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_moves_out",
    )
    from_reason = models.CharField("原来没对上的原因", max_length=40, blank=True)
    from_settled_at = models.DateTimeField("原处理时间", null=True)
    from_settled_by = models.CharField("原处理人", max_length=100, blank=True)
    # Kept beside the case's state so that the database refuses a second open case about the photo.
    is_open = models.BooleanField("没办结", default=True)

    class Meta:
        verbose_name = "照片更正的每一步"
        verbose_name_plural = "照片更正的每一步"
        constraints = [
            models.UniqueConstraint(name="imaging_repairmove_entry", fields=["repair", "entry"]),
            models.UniqueConstraint(
                name="imaging_repairmove_one_open",
                fields=["entry"],
                condition=Q(is_open=True),
                violation_error_message="这张照片已经在一件没办结的照片更正里",
            ),
            models.CheckConstraint(
                name="imaging_repairmove_to_state", condition=Q(to_state__in=MatchState.values)
            ),
            models.CheckConstraint(
                name="imaging_repairmove_from_state",
                condition=Q(from_state__in=MatchState.values),
            ),
            models.CheckConstraint(
                name="imaging_repairmove_to_whole",
                condition=Q(to_state=MatchState.MATCHED, to_record__isnull=False)
                | (~Q(to_state=MatchState.MATCHED) & Q(to_record=None)),
                violation_error_message="改到一份学籍的要写明哪一份，别的不能写",
            ),
            models.CheckConstraint(
                name="imaging_repairmove_settled_whole",
                condition=Q(from_settled_at=None, from_settled_by="")
                | (Q(from_settled_at__isnull=False) & ~Q(from_settled_by="")),
                violation_error_message="原处理要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repair_id} 采集 {self.entry_id}"
