"""Capture tickets: a random code per record and campaign, which is all that a photographer learns."""

from django.db import models
from django.db.models import Q

from enrollment.models import StudentRecord
from imaging.identity import TICKET_LENGTH
from imaging.models.campaign import Campaign


class CaptureTicket(models.Model):
    """采集号: leads to a record in this house and says nothing about it anywhere else.

    A record has one valid ticket in a campaign; a new one voids the old one (ADR 0030).
    """

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="tickets"
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="tickets"
    )
    code = models.CharField("采集号", max_length=TICKET_LENGTH, unique=True)
    issued_at = models.DateTimeField("发放时间")
    issued_by = models.CharField("发放人", max_length=100)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.CharField("作废人", max_length=100, blank=True)

    class Meta:
        verbose_name = "采集号"
        verbose_name_plural = "采集号"
        constraints = [
            models.UniqueConstraint(
                name="imaging_captureticket_valid",
                fields=["campaign", "record"],
                condition=Q(voided_at=None),
                violation_error_message="这份学籍在这个批次里已经有采集号",
            ),
            models.CheckConstraint(
                name="imaging_captureticket_voided_whole",
                condition=Q(voided_at=None, voided_by="")
                | (Q(voided_at__isnull=False) & ~Q(voided_by="")),
                violation_error_message="作废采集号要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"采集号 {self.pk}"
