"""全院打印: one PDF with the papers of every class of a college, built in the background."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.models import StoredFile
from corrections.states import Layout, PrintState
from enrollment.models import College
from imaging.models import Campaign

_HELD = [PrintState.READY, PrintState.ERASED]


class CollegePrint(models.Model):
    """A file that somebody asked for: how far it is, and until when it is kept.

    The row stays after the file is erased and says who took what out of the house.
    """

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="college_prints"
    )
    college = models.ForeignKey(
        College, verbose_name="学院", on_delete=models.PROTECT, related_name="prints"
    )
    layout = models.CharField("版式", max_length=15, choices=Layout.choices)
    state = models.CharField(
        "状态", max_length=10, choices=PrintState.choices, default=PrintState.BUILDING
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="申请账号",
        on_delete=models.PROTECT,
        related_name="college_prints",
    )
    requested_at = models.DateTimeField("申请时间")
    requested_by = models.CharField("申请人", max_length=100)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    progress = models.PositiveIntegerField("已处理的班级", default=0)
    total = models.PositiveIntegerField("要处理的班级", default=0)
    failure = models.CharField("失败原因", max_length=200, blank=True)
    file = models.OneToOneField(
        StoredFile,
        verbose_name="文件",
        null=True,
        on_delete=models.PROTECT,
        related_name="college_print",
    )
    ready_at = models.DateTimeField("备好时间", null=True)
    expires_at = models.DateTimeField("到期时间", null=True)

    class Meta:
        verbose_name = "全院打印"
        verbose_name_plural = "全院打印"
        constraints = [
            models.CheckConstraint(
                name="corrections_print_state", condition=Q(state__in=PrintState.values)
            ),
            models.CheckConstraint(
                name="corrections_print_layout", condition=Q(layout__in=Layout.values)
            ),
            models.UniqueConstraint(
                name="corrections_print_one_building",
                fields=["campaign", "college", "layout", "requester"],
                condition=Q(state=PrintState.BUILDING),
                violation_error_message="这个学院的这种表正在生成",
            ),
            models.CheckConstraint(
                name="corrections_print_ready_whole",
                condition=Q(
                    state__in=_HELD,
                    file__isnull=False,
                    ready_at__isnull=False,
                    expires_at__isnull=False,
                )
                | (~Q(state__in=_HELD) & Q(file=None, ready_at=None, expires_at=None)),
                violation_error_message="备好的打印文件要有文件、备好时间和到期时间，没备好的不能有",
            ),
        ]
        indexes = [models.Index(fields=["requester", "-id"], name="corrections_print_requester")]

    def __str__(self) -> str:
        return f"全院打印 {self.pk}"
