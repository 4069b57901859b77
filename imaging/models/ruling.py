"""What people decided about photos that the measurements had remarks on."""

from django.db import models
from django.db.models import Q

from imaging.models.photo import CaptureEntry
from imaging.states import Ruling


class PhotoRuling(models.Model):
    """人工判定: the newest one of an entry counts; none is ever changed.

    It overrides what a program advised and moves nothing by itself: a photo is replaced by capture,
    a record's photo by attaching and detaching.
    """

    entry = models.ForeignKey(
        CaptureEntry, verbose_name="采集信息", on_delete=models.PROTECT, related_name="rulings"
    )
    ruling = models.CharField("判定", max_length=10, choices=Ruling.choices)
    remarks = models.JSONField("当时的提醒", default=list)
    reason = models.CharField("理由", max_length=300)
    ruled_at = models.DateTimeField("判定时间")
    ruled_by = models.CharField("判定人", max_length=100)

    class Meta:
        verbose_name = "人工判定"
        verbose_name_plural = "人工判定"
        constraints = [
            models.CheckConstraint(
                name="imaging_photoruling_ruling", condition=Q(ruling__in=Ruling.values)
            ),
            models.CheckConstraint(
                name="imaging_photoruling_reason",
                condition=~Q(reason=""),
                violation_error_message="人工判定要写明理由",
            ),
        ]

    def __str__(self) -> str:
        return f"采集 {self.entry_id}：{self.get_ruling_display()}"
