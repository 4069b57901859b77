"""提醒: when a campaign reminds, what a school allows, whom it was sent to, and who wants none."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from common.wording import local
from enrollment.models import ClassGroup, School
from imaging.models.campaign import Campaign, CampaignMember
from imaging.states.reminders import (
    DEFAULT_HOUR,
    EARLIEST_HOUR,
    LATEST_HOUR,
    MOST_PER_DAY,
    ReminderKind,
)


class ReminderPlan(models.Model):
    """提醒安排 of a campaign: so many days before the own deadline, at an hour; without a row none."""

    campaign = models.OneToOneField(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="reminder_plan"
    )
    days_before = models.JSONField("截止前几天提醒", default=list)
    hour = models.PositiveSmallIntegerField("几点提醒", default=DEFAULT_HOUR)
    has_digest = models.BooleanField("每天给辅导员发简报", default=True)
    # The day of the last digest: whoever sets it to today sends today's.
    digest_date = models.DateField("最近一次简报", null=True, blank=True)
    set_at = models.DateTimeField("设定时间")
    set_by = models.CharField("设定人", max_length=100)

    class Meta:
        verbose_name = "提醒安排"
        verbose_name_plural = "提醒安排"
        constraints = [
            models.CheckConstraint(
                name="imaging_reminderplan_hour",
                condition=Q(hour__gte=EARLIEST_HOUR, hour__lte=LATEST_HOUR),
                violation_error_message=f"提醒的钟点在 {EARLIEST_HOUR} 到 {LATEST_HOUR} 点之间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}的提醒安排"


class ReminderRules(models.Model):
    """提醒规则 of a school: how often a day, when it is quiet; without a row the defaults hold."""

    school = models.OneToOneField(
        School,
        verbose_name="学校",
        on_delete=models.PROTECT,
        related_name="reminder_rules",
        error_messages={"unique": "这所学校已经有提醒规则，请打开来改"},
    )
    per_day = models.PositiveSmallIntegerField(
        "每人每天最多提醒几次",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_DAY)],
        help_text="按安排的和一键的、所有人点的，合在一起算。",
    )
    quiet_start = models.PositiveSmallIntegerField(
        "几点以后不打扰",
        default=22,
        validators=[MinValueValidator(18), MaxValueValidator(24)],
        help_text="18 到 24。这以后点的一键提醒，第二天早上才发。",
    )
    quiet_end = models.PositiveSmallIntegerField(
        "早上几点以前不打扰",
        default=8,
        validators=[MinValueValidator(6), MaxValueValidator(12)],
        help_text="6 到 12。",
    )
    monitor_reminds = models.BooleanField(
        "班长也可以一键提醒",
        default=False,
        help_text="班长只点按钮，看到的仍只有谁没核完。",
    )

    class Meta:
        verbose_name = "提醒规则"
        verbose_name_plural = "提醒规则"
        constraints = [
            models.CheckConstraint(
                name="imaging_reminderrules_per_day",
                condition=Q(per_day__gte=1, per_day__lte=MOST_PER_DAY),
                violation_error_message=f"每天的次数在 1 到 {MOST_PER_DAY} 之间",
            ),
            models.CheckConstraint(
                name="imaging_reminderrules_quiet",
                condition=Q(
                    quiet_start__gte=18, quiet_start__lte=24, quiet_end__gte=6, quiet_end__lte=12
                ),
                violation_error_message="不打扰的时间：晚上从 18 到 24 点起，到早上 6 到 12 点为止",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}的提醒规则"

    def is_quiet_at(self, now: datetime) -> bool:
        """Whether nobody is written to at `now`: from the evening's hour on, until the morning's."""
        hour = local(now).hour
        return hour >= self.quiet_start or hour < self.quiet_end

    def next_moment(self, now: datetime) -> datetime:
        """When a reminder that is asked for at `now` goes out: at once, or when the quiet ends."""
        if not self.is_quiet_at(now):
            return now
        shown = local(now)
        morning = shown.replace(hour=self.quiet_end, minute=0, second=0, microsecond=0)
        return morning if shown < morning else morning + timedelta(days=1)

    def quiet_from(self, at: datetime) -> datetime:
        """When the quiet of that local day begins: nothing put off is sent later."""
        midnight = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(hours=self.quiet_start)


class ReminderRun(models.Model):
    """Reminders that were sent together: by the schedule to a school, or by one click to a class."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="reminder_runs"
    )
    class_group = models.ForeignKey(
        ClassGroup,
        verbose_name="班级",
        null=True,
        on_delete=models.PROTECT,
        related_name="reminder_runs",
    )
    kind = models.CharField("怎么提醒的", max_length=10, choices=ReminderKind.choices)
    amount = models.PositiveIntegerField("人数", default=0)
    due_at = models.DateTimeField("应发时间")
    asked_at = models.DateTimeField("提醒时间")
    asked_by = models.CharField("提醒人", max_length=100)

    class Meta:
        verbose_name = "发出的提醒"
        verbose_name_plural = "发出的提醒"
        constraints = [
            models.CheckConstraint(
                name="imaging_reminderrun_kind", condition=Q(kind__in=ReminderKind.values)
            ),
            models.CheckConstraint(
                name="imaging_reminderrun_class",
                condition=Q(kind=ReminderKind.SCHEDULED, class_group=None)
                | Q(kind=ReminderKind.BY_HAND, class_group__isnull=False),
                violation_error_message="一键提醒要写明班级，按安排的提醒不写",
            ),
        ]

    def __str__(self) -> str:
        return f"提醒 {self.pk}"


class Reminder(models.Model):
    """One student reminded on one day; the slot bounds how often, whoever sends."""

    run = models.ForeignKey(
        ReminderRun, verbose_name="哪一次", on_delete=models.PROTECT, related_name="reminders"
    )
    kind = models.CharField("怎么提醒的", max_length=10, choices=ReminderKind.choices)
    member = models.ForeignKey(
        CampaignMember, verbose_name="批次成员", on_delete=models.PROTECT, related_name="reminders"
    )
    # Its index is the one of the unique slot.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="reminders",
        db_index=False,
    )
    remind_date = models.DateField("日期")
    slot = models.PositiveSmallIntegerField("当天第几次", default=1)

    class Meta:
        verbose_name = "提醒"
        verbose_name_plural = "提醒"
        constraints = [
            models.UniqueConstraint(
                name="imaging_reminder_slot",
                fields=["user", "remind_date", "slot"],
                violation_error_message="今天已经提醒过",
            ),
            models.UniqueConstraint(
                name="imaging_reminder_scheduled_once",
                fields=["member", "remind_date"],
                condition=Q(kind=ReminderKind.SCHEDULED),
                violation_error_message="今天已经按安排提醒过",
            ),
            models.CheckConstraint(
                name="imaging_reminder_kind", condition=Q(kind__in=ReminderKind.values)
            ),
            models.CheckConstraint(
                name="imaging_reminder_slot_bound",
                condition=Q(slot__gte=1, slot__lte=MOST_PER_DAY),
                violation_error_message=f"每天最多提醒 {MOST_PER_DAY} 次",
            ),
        ]
        indexes = [models.Index(fields=["remind_date"], name="imaging_reminder_date")]

    def __str__(self) -> str:
        return f"提醒 {self.pk}"


class ReminderOptOut(models.Model):
    """不接收提醒: an account that wants no reminders; notices that the school must give still come."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.CASCADE,
        related_name="reminder_opt_out",
    )
    chosen_at = models.DateTimeField("选择时间")

    class Meta:
        verbose_name = "不接收提醒"
        verbose_name_plural = "不接收提醒"

    def __str__(self) -> str:
        return f"不接收提醒 {self.user_id}"
