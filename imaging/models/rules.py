"""What belongs to a campaign beside its own row: moments of one school, and rules that held before."""

from django.db import models
from django.db.models import F, Q

from enrollment.models import School
from imaging.models.campaign import Campaign, PhotoProfile
from imaging.models.timetable import PHASES, Timetable


class SchoolTimetable(models.Model):
    """Moments of a campaign that one of its schools has for itself; empty ones are the campaign's."""

    campaign = models.ForeignKey(
        Campaign,
        verbose_name="校对批次",
        on_delete=models.PROTECT,
        related_name="school_timetables",
    )
    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="campaign_timetables"
    )
    capture_opens_at = models.DateTimeField("采集开始", null=True, blank=True)
    capture_closes_at = models.DateTimeField("采集结束", null=True, blank=True)
    publishes_at = models.DateTimeField("照片公布", null=True, blank=True)
    opens_at = models.DateTimeField("核对开始", null=True, blank=True)
    closes_at = models.DateTimeField("学生截止", null=True, blank=True)
    sheet_freeze_at = models.DateTimeField("反馈表定稿", null=True, blank=True)
    hand_in_at = models.DateTimeField("反馈表上交截止", null=True, blank=True)
    ends_at = models.DateTimeField("批次结束", null=True, blank=True)
    reason = models.CharField("理由", max_length=300)
    set_at = models.DateTimeField("设定时间")
    set_by = models.CharField("设定人", max_length=100)

    class Meta:
        verbose_name = "学校单独的时间"
        verbose_name_plural = "学校单独的时间"
        constraints = [
            models.UniqueConstraint(
                name="imaging_schooltimetable_once",
                fields=["campaign", "school"],
                violation_error_message="这所学校在这个批次里已经有单独的时间",
            ),
            models.CheckConstraint(
                name="imaging_schooltimetable_order",
                condition=Q(opens_at__lt=F("closes_at"))
                & Q(closes_at__lte=F("sheet_freeze_at"))
                & Q(sheet_freeze_at__lte=F("hand_in_at"))
                & Q(hand_in_at__lte=F("ends_at")),
                violation_error_message="时间要依次为：开始、学生截止、定稿、上交、结束",
            ),
        ]

    def __str__(self) -> str:
        return f"单独的时间 {self.pk}"

    @property
    def timetable(self) -> Timetable:
        """All moments of the school: its own, else the campaign's."""
        return self.campaign.timetable.with_moments({name: getattr(self, name) for name in PHASES})


class CampaignTerms(models.Model):
    """Rules and texts of a campaign as they were until they were changed; never edited.

    A conclusion carries the number of the rules under which it was given. The rules with the
    campaign's own `terms_no` stand on the campaign itself.
    """

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="former_terms"
    )
    number = models.PositiveSmallIntegerField("第几版")
    window_hours = models.PositiveSmallIntegerField("可撤回小时数")
    recheck_hours = models.PositiveSmallIntegerField("重新核对至少给的小时数")
    profile = models.ForeignKey(
        PhotoProfile, verbose_name="照片标准", on_delete=models.PROTECT, related_name="former_terms"
    )
    photo_reasons = models.JSONField("照片有误的原因", default=list, blank=True)
    reason_words = models.JSONField("原因的说法", default=dict, blank=True)
    usage_text = models.CharField("照片用途说明", max_length=200)
    silence_text = models.CharField("不核对的后果", max_length=300, blank=True)
    help_text = models.CharField("核对页的提示", max_length=500, blank=True)
    reason = models.CharField("改动的理由", max_length=300)
    replaced_at = models.DateTimeField("改动时间")
    replaced_by = models.CharField("改动人", max_length=100)

    class Meta:
        verbose_name = "批次规则旧版"
        verbose_name_plural = "批次规则旧版"
        constraints = [
            models.UniqueConstraint(
                name="imaging_campaignterms_number",
                fields=["campaign", "number"],
                violation_error_message="这一版规则已经有了",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版规则"
