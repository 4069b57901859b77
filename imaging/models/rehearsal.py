"""清除演练: that a rehearsal was wiped, by whom, why, and how much of what went."""

from django.db import models
from django.db.models import Q

from imaging.models.campaign import Campaign
from imaging.states.rehearsal import WipeState

__all__ = ["RehearsalWipe"]


class RehearsalWipe(models.Model):
    """One rehearsal on its way out; the row stays when the campaign is gone."""

    campaign = models.OneToOneField(
        Campaign,
        verbose_name="校对批次",
        null=True,
        on_delete=models.PROTECT,
        related_name="wipe",
    )
    title = models.CharField("演练批次", max_length=100)
    reason = models.CharField("理由", max_length=300)
    state = models.CharField(
        "状态", max_length=6, choices=WipeState.choices, default=WipeState.WIPING
    )
    # What each kind of row is called → how many: as counted before, and as they went.
    foreseen = models.JSONField("清除前", default=dict)
    wiped = models.JSONField("已清除", default=dict)
    asked_at = models.DateTimeField("开始清除时间")
    asked_by = models.CharField("清除人", max_length=100)
    progress = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("要处理", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    failure = models.CharField("停在哪里", max_length=300, blank=True)
    done_at = models.DateTimeField("清除完毕时间", null=True)

    class Meta:
        verbose_name = "清除演练"
        verbose_name_plural = "清除演练"
        constraints = [
            models.CheckConstraint(
                name="imaging_rehearsalwipe_state", condition=Q(state__in=WipeState.values)
            ),
            models.CheckConstraint(
                name="imaging_rehearsalwipe_done_whole",
                condition=Q(state=WipeState.DONE, done_at__isnull=False, campaign=None)
                | (~Q(state=WipeState.DONE) & Q(done_at=None, campaign__isnull=False)),
                violation_error_message="清除完毕的没有批次、有完毕时间，没完毕的有批次",
            ),
        ]

    def __str__(self) -> str:
        return f"清除演练 {self.pk}"
