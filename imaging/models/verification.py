"""Verification rounds and their two conclusions."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from common.fields import EncryptedJSONField, EncryptedTextField
from common.models import StoredFile
from imaging.models.campaign import CampaignMember
from imaging.models.photo import PhotoVersion
from imaging.states import Conclusion, ConclusionKind, ProxyWay, RoundCause


class VerificationRound(models.Model):
    """One round of a member's verification; a change of what was seen opens the next one."""

    member = models.ForeignKey(
        CampaignMember, verbose_name="批次成员", on_delete=models.PROTECT, related_name="rounds"
    )
    round_no = models.PositiveSmallIntegerField("轮次")
    is_current = models.BooleanField("当前轮次", default=True)
    cause = models.CharField("起因", max_length=20, choices=RoundCause.choices)
    opened_at = models.DateTimeField("开启时间")
    opened_by = models.CharField("开启人", max_length=100)
    # What the receipt of a locked round said when the next one was opened; its conclusions may have
    # gone along into that one.
    receipt_digest = models.CharField(
        "回执摘要（结束时）", max_length=64, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = "校对轮次"
        verbose_name_plural = "校对轮次"
        constraints = [
            models.UniqueConstraint(
                name="imaging_verificationround_number", fields=["member", "round_no"]
            ),
            models.UniqueConstraint(
                name="imaging_verificationround_current",
                fields=["member"],
                condition=Q(is_current=True),
            ),
            models.CheckConstraint(
                name="imaging_verificationround_cause", condition=Q(cause__in=RoundCause.values)
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.round_no} 轮"


class ConclusionQuerySet(models.QuerySet["VerificationConclusion"]):
    """SQL twins of the row's predicates."""

    def locked_at(self, now: datetime) -> Self:
        """Concluded and past the lock moment: the twin of `is_locked_at`."""
        return self.filter(locks_at__lte=now)

    def with_current(self) -> Self:
        """Annotated with the record's current photo and the seen one as numbers, 0 for none."""
        current = PhotoVersion.objects.filter(
            record=models.OuterRef("round__member__record__pk"),
            kind=models.OuterRef("round__member__campaign__profile__kind"),
            is_current=True,
        ).values("pk")[:1]
        return self.annotate(
            photo_now=Coalesce(models.Subquery(current), 0), photo_seen=Coalesce("seen_photo_id", 0)
        )

    def with_validity(self) -> Self:
        """Annotated with `holds`: whether what was seen is still what is there."""
        truth = models.Case(
            models.When(_holds(), then=True), default=False, output_field=models.BooleanField()
        )
        return self.with_current().annotate(holds=truth)

    def valid(self) -> Self:
        """What was seen is still what is there: the twin of `is_valid`.

        A DATA conclusion is bound to the key fields, a PHOTO conclusion to photo, name and number.
        """
        return self.with_current().filter(_holds())

    def invalid(self) -> Self:
        """Concluded on something that has changed since."""
        return self.with_current().exclude(_holds())


def _holds() -> Q:
    record = "round__member__record__"
    return (
        Q(state=Conclusion.PENDING)
        | Q(kind=ConclusionKind.DATA, seen_digest=F(f"{record}key_digest"))
        | Q(
            kind=ConclusionKind.PHOTO,
            photo_seen=F("photo_now"),
            seen_digest=F(f"{record}identity_digest"),
        )
    )


class VerificationConclusion(models.Model):
    """校对结论 on the data or the photo of one round, bound to what the student saw."""

    round = models.ForeignKey(
        VerificationRound, verbose_name="轮次", on_delete=models.PROTECT, related_name="conclusions"
    )
    kind = models.CharField("校对内容", max_length=5, choices=ConclusionKind.choices)
    state = models.CharField(
        "结论", max_length=10, choices=Conclusion.choices, default=Conclusion.PENDING
    )
    reasons = models.JSONField("原因", default=list)
    wrong_fields = models.JSONField("有误的字段", default=list)
    proposed = EncryptedJSONField("应为", null=True)
    note = EncryptedJSONField("补充说明", null=True)
    evidence = models.ForeignKey(
        StoredFile,
        verbose_name="证明材料",
        null=True,
        on_delete=models.PROTECT,
        related_name="conclusions",
    )
    seen_photo = models.ForeignKey(
        PhotoVersion,
        verbose_name="所见照片",
        null=True,
        on_delete=models.PROTECT,
        related_name="conclusions",
    )
    seen_digest = models.CharField("所见信息摘要", max_length=32, blank=True)
    concluded_at = models.DateTimeField("提交时间", null=True)
    concluded_by = models.CharField("提交人", max_length=100, blank=True)
    locks_at = models.DateTimeField("锁定时间", null=True)
    # Under which rules of the campaign it was given; what they were stands in `CampaignTerms`.
    terms_no = models.PositiveSmallIntegerField("规则第几版", default=1, db_default=1)
    is_tacit = models.BooleanField("到期没有提出有误", default=False, db_default=False)
    lock_announced_at = models.DateTimeField("锁定通知时间", null=True)
    # 代录: entered by staff for a student who cannot; whoever did it stands in `concluded_by`.
    is_proxy = models.BooleanField("代录", default=False, db_default=False)
    proxy_way = models.CharField(
        "怎样联系到学生",
        max_length=10,
        choices=ProxyWay.choices,
        blank=True,
        default="",
        db_default="",
    )
    proxy_reason = EncryptedTextField("代录的原因", null=True)
    reached_at = models.DateTimeField("联系到学生的时间", null=True)

    objects = ConclusionQuerySet.as_manager()

    class Meta:
        verbose_name = "校对结论"
        verbose_name_plural = "校对结论"
        constraints = [
            models.UniqueConstraint(name="imaging_conclusion_once", fields=["round", "kind"]),
            models.CheckConstraint(
                name="imaging_conclusion_kind", condition=Q(kind__in=ConclusionKind.values)
            ),
            models.CheckConstraint(
                name="imaging_conclusion_state", condition=Q(state__in=Conclusion.values)
            ),
            models.CheckConstraint(
                name="imaging_conclusion_whole",
                condition=Q(
                    state=Conclusion.PENDING,
                    concluded_at=None,
                    concluded_by="",
                    locks_at=None,
                    seen_digest="",
                )
                | (
                    Q(
                        state__in=[Conclusion.CORRECT, Conclusion.INCORRECT],
                        concluded_at__isnull=False,
                        locks_at__isnull=False,
                    )
                    & ~Q(concluded_by="")
                    & ~Q(seen_digest="")
                ),
                violation_error_message="一项结论要么完整，要么还没有",
            ),
            models.CheckConstraint(
                name="imaging_conclusion_correct_photo_seen",
                condition=~Q(kind=ConclusionKind.PHOTO, state=Conclusion.CORRECT)
                | Q(seen_photo__isnull=False),
                violation_error_message="没有照片，不能判为正确",
            ),
            models.CheckConstraint(
                name="imaging_conclusion_tacit",
                condition=Q(is_tacit=False) | Q(kind=ConclusionKind.DATA, state=Conclusion.CORRECT),
                violation_error_message="没有提出有误，只能算信息正确",
            ),
            models.CheckConstraint(
                name="imaging_conclusion_proxy_way",
                condition=Q(proxy_way__in=["", *ProxyWay.values]),
            ),
            models.CheckConstraint(
                name="imaging_conclusion_proxy_whole",
                condition=Q(is_proxy=False, proxy_way="", reached_at=None)
                | (
                    Q(
                        is_proxy=True,
                        is_tacit=False,
                        concluded_at__isnull=False,
                        reached_at__isnull=False,
                    )
                    & ~Q(proxy_way="")
                ),
                violation_error_message="代录的结论要写明怎样、什么时候联系到学生",
            ),
            models.CheckConstraint(
                name="imaging_conclusion_announced_after_lock",
                condition=Q(lock_announced_at=None) | Q(locks_at__isnull=False),
                violation_error_message="没有锁定的结论不能有锁定通知",
            ),
        ]
        indexes = [
            models.Index(
                # In the order of the announcing sweep, so that no batch sorts what is left.
                fields=["locks_at", "round"],
                name="imaging_conclusion_due",
                condition=Q(lock_announced_at=None, locks_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}，{self.get_state_display()}"

    def is_locked_at(self, now: datetime) -> bool:
        """Concluded and past the lock moment; true without any worker."""
        return self.locks_at is not None and self.locks_at <= now

    def is_valid(self, *, key_digest: str, identity_digest: str, photo_id: int | None) -> bool:
        """Whether what was seen is still what is there."""
        if self.state == Conclusion.PENDING:
            return True
        if self.kind == ConclusionKind.DATA:
            return self.seen_digest == key_digest
        return self.seen_digest == identity_digest and self.seen_photo_id == photo_id
