"""照片认领: a student says that a photo which found no record is the own one (没照片，找找看)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from enrollment.models import StudentRecord
from imaging.models.photo import CaptureEntry
from imaging.states import PhotoClaimState


class PhotoClaim(models.Model):
    """One student's claim on one photo. Several may claim the same photo; at most one is accepted."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="photo_claims"
    )
    entry = models.ForeignKey(
        CaptureEntry, verbose_name="采集信息", on_delete=models.PROTECT, related_name="claims"
    )
    claimant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="认领的账号",
        on_delete=models.PROTECT,
        related_name="photo_claims",
    )
    state = models.CharField(
        "状态", max_length=9, choices=PhotoClaimState.choices, default=PhotoClaimState.OPEN
    )
    # Why the portal showed this photo to this student, as codes; `imaging.matching.hint_text`.
    likeness = models.JSONField("相近之处", default=list)
    has_seen = models.BooleanField("认领前看过照片")
    note = EncryptedTextField("拍照经过", null=True)
    submitted_at = models.DateTimeField("认领时间")
    submitted_by = models.CharField("认领人", max_length=100)
    due_at = models.DateTimeField("应答复时间")
    answer = EncryptedTextField("答复", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)

    class Meta:
        verbose_name = "照片认领"
        verbose_name_plural = "照片认领"
        constraints = [
            models.CheckConstraint(
                name="imaging_photoclaim_state", condition=Q(state__in=PhotoClaimState.values)
            ),
            models.UniqueConstraint(
                name="imaging_photoclaim_one_open",
                fields=["record"],
                condition=Q(state=PhotoClaimState.OPEN),
                violation_error_message="这份学籍已经认领了一张照片，在等核实",
            ),
            models.CheckConstraint(
                name="imaging_photoclaim_closed_whole",
                condition=Q(state=PhotoClaimState.OPEN, closed_at=None, closed_by="")
                | (~Q(state=PhotoClaimState.OPEN) & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                violation_error_message="办结的要有办结时间和办结人，没办结的不能有",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="imaging_photoclaim_due",
                condition=Q(state=PhotoClaimState.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"照片认领 {self.pk}"
