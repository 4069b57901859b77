"""Rescue cases: somebody says that a document number is theirs, whichever account holds it."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import DeclaredIdentity, IdentityNumber
from common.fields import EncryptedJSONField, EncryptedTextField, blind_index_field
from common.models import Channel, StoredFile
from enrollment.models.organisation import School
from enrollment.states import (
    OPEN_RESCUES,
    RescueAction,
    RescueOpinion,
    RescueProof,
    RescueState,
)


class RescueQuerySet(models.QuerySet["RescueCase"]):
    """Phases of a case as filters."""

    def waiting(self) -> Self:
        """Not decided and not withdrawn."""
        return self.filter(state__in=sorted(OPEN_RESCUES))

    def frozen_at(self, now: datetime) -> Self:
        """Waiting, and the other side may still be about to object."""
        return self.waiting().filter(freeze_ends_at__gt=now)

    def overdue_at(self, now: datetime) -> Self:
        """Waiting, and the answer was promised for earlier."""
        return self.waiting().filter(due_at__lte=now)


class RescueCase(models.Model):
    """One claim on the number that the person declared; decided by two members of staff.

    `holder` is the account that held the number when its contacts were told, if one did; the claimant
    never learns whether there is one.
    """

    identity = models.ForeignKey(
        DeclaredIdentity, verbose_name="申请人", on_delete=models.PROTECT, related_name="rescues"
    )
    number = models.ForeignKey(
        IdentityNumber, verbose_name="证件号码", on_delete=models.PROTECT, related_name="rescues"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="现登记账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="rescues_against",
    )
    state = models.CharField(
        "状态", max_length=20, choices=RescueState.choices, default=RescueState.OPEN
    )
    proof = models.CharField("证明方式", max_length=10, choices=RescueProof.choices)
    school = models.ForeignKey(
        School, verbose_name="学校", null=True, on_delete=models.PROTECT, related_name="rescues"
    )
    # Which of the facts agree with the roster (true, false, or null when the roster has none).
    facts = models.JSONField("信息核对结果", default=dict)
    statement = EncryptedTextField("情况说明", null=True)
    opened_at = models.DateTimeField("提交时间")
    opened_by = models.CharField("提交人", max_length=100)
    freeze_ends_at = models.DateTimeField("等待期到")
    due_at = models.DateTimeField("答复期限")
    objected_at = models.DateTimeField("反对时间", null=True)
    objected_by = models.CharField("反对人", max_length=100, blank=True)
    objection = EncryptedTextField("反对的理由", null=True)
    met_at = models.DateTimeField("当面核对时间", null=True)
    met_by = models.CharField("当面核对人", max_length=100, blank=True)
    opinion = models.CharField("处理意见", max_length=10, choices=RescueOpinion.choices, blank=True)
    proposed_at = models.DateTimeField("提出意见时间", null=True)
    proposed_by = models.CharField("提出意见人", max_length=100, blank=True)
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="第一经办账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="proposed_rescues",
    )
    proposer_name = models.CharField("第一经办人姓名", max_length=50, blank=True)
    answer = EncryptedTextField("答复", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="第二经办账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="decided_rescues",
    )
    decider_name = models.CharField("第二经办人姓名", max_length=50, blank=True)
    # What the approval moved, row by row, so that it can be taken back.
    memo = EncryptedJSONField("恢复的依据", null=True)
    undo_asked_at = models.DateTimeField("提出撤销时间", null=True)
    undo_asked_by = models.CharField(
        "提出撤销人", max_length=100, blank=True, default="", db_default=""
    )
    undo_asker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出撤销账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="rescues_doubted",
    )
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True, default="", db_default="")
    undoer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="撤销账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="rescues_undone",
    )

    objects = RescueQuerySet.as_manager()

    class Meta:
        verbose_name = "证件号码找回"
        verbose_name_plural = "证件号码找回"
        constraints = [
            models.CheckConstraint(
                name="enrollment_rescuecase_state", condition=Q(state__in=RescueState.values)
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_proof", condition=Q(proof__in=RescueProof.values)
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_opinion",
                condition=Q(opinion__in=["", *RescueOpinion.values]),
            ),
            models.UniqueConstraint(
                name="enrollment_rescuecase_one_open",
                fields=["identity"],
                condition=Q(state__in=sorted(OPEN_RESCUES)),
                violation_error_message="这个账号已有一个没办结的申请",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_two_people",
                condition=Q(decider=None) | ~Q(decider=models.F("proposer")),
                violation_error_message="提出意见和确认不能是同一个人",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_decided_whole",
                condition=Q(state__in=[*sorted(OPEN_RESCUES), RescueState.WITHDRAWN])
                | Q(proposer__isnull=False, decider__isnull=False),
                violation_error_message="通过或不通过要有两位经办人",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_closed_whole",
                condition=Q(state__in=sorted(OPEN_RESCUES), closed_at=None, closed_by="")
                | (
                    ~Q(state__in=sorted(OPEN_RESCUES))
                    & Q(closed_at__isnull=False)
                    & ~Q(closed_by="")
                ),
                violation_error_message="办结的申请要有办结时间和办结人，没办结的不能有",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_undo_whole",
                condition=Q(
                    state__in=[RescueState.UNDOING, RescueState.UNDONE],
                    undo_asked_at__isnull=False,
                    undo_asker__isnull=False,
                )
                & ~Q(undo_asked_by="")
                | ~Q(state__in=[RescueState.UNDOING, RescueState.UNDONE])
                & Q(undo_asked_at=None, undo_asked_by="", undo_asker=None),
                violation_error_message="提出撤销要有时间和经办人",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_undone_whole",
                condition=Q(state=RescueState.UNDONE, undone_at__isnull=False, undoer__isnull=False)
                & ~Q(undone_by="")
                | ~Q(state=RescueState.UNDONE) & Q(undone_at=None, undone_by="", undoer=None),
                violation_error_message="撤销了的要有时间和经办人",
            ),
            models.CheckConstraint(
                name="enrollment_rescuecase_undo_two_people",
                condition=Q(undoer=None) | ~Q(undoer=models.F("undo_asker")),
                violation_error_message="提出撤销和确认撤销不能是同一个人",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="enrollment_rescue_due",
                condition=Q(state__in=sorted(OPEN_RESCUES)),
            ),
        ]

    def __str__(self) -> str:
        return f"找回 {self.case_no}"

    @property
    def case_no(self) -> str:
        """What people call the case at the counter."""
        return f"ZH{self.pk:06d}"

    @property
    def is_waiting(self) -> bool:
        """Not decided and not withdrawn; twin of `waiting`."""
        return self.state in OPEN_RESCUES

    @property
    def shown_state(self) -> str:
        """The state as its claimant reads it: that somebody doubts an approval is no news yet."""
        if self.state == RescueState.UNDOING:
            return str(RescueState.APPROVED.label)
        return str(RescueState(self.state).label)

    def is_frozen_at(self, now: datetime) -> bool:
        """Whether the other side's 24 hours still run; twin of `frozen_at`."""
        return self.is_waiting and now < self.freeze_ends_at

    def is_overdue_at(self, now: datetime) -> bool:
        """Whether the answer was promised for earlier; twin of `overdue_at`."""
        return self.is_waiting and self.due_at <= now

    @property
    def needs_meeting(self) -> bool:
        """Whether nothing but a person with a document at the counter settles it."""
        if self.met_at is not None:
            return self.objected_at is not None and self.met_at <= self.objected_at
        return self.objected_at is not None or self.proof == RescueProof.COUNTER


class RescueAlert(models.Model):
    """One contact of the other account that was told, with the single-use token in the message.

    Every case has one row without a token, so that opening one writes the same rows whether or not
    another account holds the number.
    """

    case = models.ForeignKey(
        RescueCase, verbose_name="找回申请", on_delete=models.CASCADE, related_name="alerts"
    )
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="告知的账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="rescue_alerts",
    )
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    contact = models.CharField("联系方式（打码）", max_length=254, blank=True)
    token_index = blind_index_field(verbose_name="链接索引", null=True, unique=True)
    created_at = models.DateTimeField("告知时间")
    used_at = models.DateTimeField("链接使用时间", null=True)

    class Meta:
        verbose_name = "找回告知"
        verbose_name_plural = "找回告知"
        constraints = [
            models.CheckConstraint(
                name="enrollment_rescuealert_channel", condition=Q(channel__in=Channel.values)
            ),
        ]

    def __str__(self) -> str:
        return f"告知 {self.pk}"


class RescueEvidence(models.Model):
    """A photo of the person with the document in hand, drawn anew."""

    case = models.ForeignKey(
        RescueCase, verbose_name="找回申请", on_delete=models.PROTECT, related_name="evidence"
    )
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="rescue_evidence"
    )
    added_at = models.DateTimeField("上传时间")
    added_by = models.CharField("上传人", max_length=100)

    class Meta:
        verbose_name = "手持证件照片"
        verbose_name_plural = "手持证件照片"

    def __str__(self) -> str:
        return f"手持证件照片 {self.pk}"


class RescueStep(models.Model):
    """One move of a case, with what was noted about it."""

    case = models.ForeignKey(
        RescueCase, verbose_name="找回申请", on_delete=models.CASCADE, related_name="steps"
    )
    action = models.CharField("动作", max_length=10, choices=RescueAction.choices)
    note = EncryptedTextField("说明", null=True)
    acted_at = models.DateTimeField("时间")
    acted_by = models.CharField("操作人", max_length=100)

    class Meta:
        verbose_name = "找回办理记录"
        verbose_name_plural = "找回办理记录"
        constraints = [
            models.CheckConstraint(
                name="enrollment_rescuestep_action", condition=Q(action__in=RescueAction.values)
            ),
        ]

    def __str__(self) -> str:
        return f"办理 {self.pk}"
