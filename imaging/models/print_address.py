"""Where prints of one's photo are to be sent: given by the student, to be thrown away soon."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from imaging.models.campaign import CampaignMember


class PrintAddress(models.Model):
    """收件信息: whom and where the capture unit sends the prints to, if the student wants them sent."""

    member = models.OneToOneField(
        CampaignMember,
        verbose_name="批次成员",
        on_delete=models.PROTECT,
        related_name="print_address",
    )
    receiver = EncryptedTextField("收件人")
    phone = EncryptedTextField("收件电话")
    address = EncryptedTextField("收件地址")
    given_at = models.DateTimeField("填写时间")
    given_by = models.CharField("填写人", max_length=100)
    taken_at = models.DateTimeField("交给采集单位的时间", null=True)
    taken_by = models.CharField("导出人", max_length=100, blank=True)

    class Meta:
        verbose_name = "照片收件信息"
        verbose_name_plural = "照片收件信息"
        constraints = [
            models.CheckConstraint(
                name="imaging_printaddress_taken_whole",
                condition=Q(taken_at=None, taken_by="")
                | (Q(taken_at__isnull=False) & ~Q(taken_by="")),
                violation_error_message="导出过的收件信息要同时有导出时间和导出人",
            ),
        ]

    def __str__(self) -> str:
        return f"照片收件信息 {self.pk}"
