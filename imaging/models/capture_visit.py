"""Who will come, who said that they cannot, and who came."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from imaging.models.campaign import CampaignMember
from imaging.models.capture_session import CaptureSession
from imaging.models.capture_ticket import CaptureTicket
from imaging.states import BookingEnd

RECEIPT_LONGEST = 30


class CaptureBooking(models.Model):
    """补拍预约: a seat in a make-up session; a member holds one at a time."""

    session = models.ForeignKey(
        CaptureSession, verbose_name="场次", on_delete=models.PROTECT, related_name="bookings"
    )
    member = models.ForeignKey(
        CampaignMember,
        verbose_name="批次成员",
        on_delete=models.PROTECT,
        related_name="capture_bookings",
    )
    booked_at = models.DateTimeField("预约时间")
    booked_by = models.CharField("预约人", max_length=100)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_by = models.CharField("结束人", max_length=100, blank=True)
    end_reason = models.CharField(
        "为什么结束", max_length=10, choices=BookingEnd.choices, blank=True
    )

    class Meta:
        verbose_name = "补拍预约"
        verbose_name_plural = "补拍预约"
        constraints = [
            models.UniqueConstraint(
                name="imaging_capturebooking_one",
                fields=["member"],
                condition=Q(ended_at=None),
                violation_error_message="一个人同时只能约一场补拍",
            ),
            models.CheckConstraint(
                name="imaging_capturebooking_ended_whole",
                condition=Q(ended_at=None, ended_by="", end_reason="")
                | (Q(ended_at__isnull=False, end_reason__in=BookingEnd.values) & ~Q(ended_by="")),
                violation_error_message="结束预约要同时有时间、操作人和原因",
            ),
        ]

    def __str__(self) -> str:
        return f"补拍预约 {self.pk}"


class CaptureAbsence(models.Model):
    """拍照请假: a student says beforehand that the class session is impossible, and why."""

    session = models.ForeignKey(
        CaptureSession, verbose_name="场次", on_delete=models.PROTECT, related_name="absences"
    )
    member = models.ForeignKey(
        CampaignMember,
        verbose_name="批次成员",
        on_delete=models.PROTECT,
        related_name="capture_absences",
    )
    reason = EncryptedTextField("请假原因")
    told_at = models.DateTimeField("请假时间")
    told_by = models.CharField("请假人", max_length=100)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.CharField("撤回人", max_length=100, blank=True)

    class Meta:
        verbose_name = "拍照请假"
        verbose_name_plural = "拍照请假"
        constraints = [
            models.UniqueConstraint(
                name="imaging_captureabsence_once",
                fields=["session", "member"],
                condition=Q(withdrawn_at=None),
                violation_error_message="这一场已经请过假",
            ),
            models.CheckConstraint(
                name="imaging_captureabsence_withdrawn_whole",
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                violation_error_message="撤回请假要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"拍照请假 {self.pk}"


class CaptureVisit(models.Model):
    """到场: staff have seen the person and the document at the counter; once for a session.

    The ticket that was shown stays with it: also when it is voided later, a photo that comes under
    it is this person's.
    """

    session = models.ForeignKey(
        CaptureSession, verbose_name="场次", on_delete=models.PROTECT, related_name="visits"
    )
    member = models.ForeignKey(
        CampaignMember,
        verbose_name="批次成员",
        on_delete=models.PROTECT,
        related_name="capture_visits",
    )
    ticket = models.ForeignKey(
        CaptureTicket,
        verbose_name="采集号",
        on_delete=models.PROTECT,
        related_name="visits",
    )
    arrived_at = models.DateTimeField("到场时间")
    arrived_by = models.CharField("经办人", max_length=100)
    is_paid = models.BooleanField("交过费", default=False, db_default=False)
    receipt_no = models.CharField("收据号", max_length=RECEIPT_LONGEST, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.CharField("作废人", max_length=100, blank=True)

    class Meta:
        verbose_name = "到场"
        verbose_name_plural = "到场"
        constraints = [
            models.UniqueConstraint(
                name="imaging_capturevisit_once",
                fields=["session", "member"],
                condition=Q(voided_at=None),
                violation_error_message="这个人在这一场已经报到",
            ),
            models.CheckConstraint(
                name="imaging_capturevisit_receipt",
                condition=Q(is_paid=True) | Q(receipt_no=""),
                violation_error_message="有收据号就是交过费的",
            ),
            models.CheckConstraint(
                name="imaging_capturevisit_voided_whole",
                condition=Q(voided_at=None, voided_by="")
                | (Q(voided_at__isnull=False) & ~Q(voided_by="")),
                violation_error_message="作废到场要同时有时间和操作人",
            ),
        ]
        indexes = [
            # The order in which people were photographed, for whoever looks for swapped neighbours.
            models.Index(fields=["session", "arrived_at"], name="imaging_visit_order"),
        ]

    def __str__(self) -> str:
        return f"到场 {self.pk}"
