"""提醒 at the desk: a campaign's plan, a school's rules, what was sent, who wants none."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from common.admin import (
    Act,
    ConfigurationAdmin,
    Deed,
    Panel,
    ReadonlyAdmin,
    ReasonForm,
    facts,
    masked,
    moment,
    moment_text,
)
from common.masking import MaskKind
from imaging.models import (
    Campaign,
    Reminder,
    ReminderOptOut,
    ReminderPlan,
    ReminderRules,
    ReminderRun,
)
from imaging.selectors.reminders import plan_of
from imaging.services.reminder_plan import set_reminder_plan
from imaging.states.reminders import DEFAULT_DAYS, DEFAULT_HOUR, EARLIEST_HOUR, LATEST_HOUR

__all__ = ["REMINDER_DEEDS", "reminders_panel"]


def days_text(days: list[int]) -> str:
    """The days as a person writes them: 7、2、0."""
    return "、".join(map(str, days))


class PlanForm(ReasonForm):
    """Filled in with what holds now; a campaign that has no plan yet is offered the usual one."""

    days_before = forms.CharField(
        label="截止前几天提醒",
        required=False,
        max_length=60,
        help_text="写几个整数，用逗号或顿号隔开；0 是截止当天。留空就不提醒。按每个人自己的截止时间算，延期的跟着延后。",
    )
    hour = forms.IntegerField(
        label="几点提醒",
        min_value=EARLIEST_HOUR,
        max_value=LATEST_HOUR,
        help_text="整点，北京时间。只发给当时还没核完的人；今天过了这个钟点才设定的，今天就发。",
    )
    has_digest = forms.BooleanField(
        label="每天给辅导员发一封简报",
        required=False,
        help_text="同一个钟点发，写各班还有几人没核完；都核完了不发。",
    )
    field_order = ["days_before", "hour", "has_digest", "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        held = plan_of(obj) or ReminderPlan(days_before=list(DEFAULT_DAYS), hour=DEFAULT_HOUR)
        kwargs["initial"] = {
            "days_before": days_text(held.days_before),
            "hour": held.hour,
            "has_digest": held.has_digest,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, obj=obj, **kwargs)

    def clean_days_before(self) -> list[int]:
        """The numbers, however they are parted."""
        text = str(self.cleaned_data["days_before"])
        for sign in "，、,;；":
            text = text.replace(sign, " ")
        if not all(word.isascii() and word.isdigit() for word in text.split()):
            raise forms.ValidationError("请写整数，用逗号隔开，例如 7，2，0。")
        return [int(word) for word in text.split()]


def _set(campaign: Campaign, act: Act) -> str:
    set_reminder_plan(
        campaign=campaign,
        days_before=act.given["days_before"],
        hour=act.given["hour"],
        has_digest=act.given["has_digest"],
        actor=act.actor,
        now=act.now,
        reason=act.reason,
    )
    return "提醒安排已改，从现在起按新的办"


def reminders_panel(campaign: Campaign) -> Panel:
    """The plan as it is."""
    held = plan_of(campaign)
    if held is None:
        return facts("提醒", [("安排", "没有设定，不会自动提醒")])
    days = days_text(held.days_before)
    return facts(
        "提醒",
        [
            ("截止前几天", f"{days}（{held.hour}:00）" if days else "不自动提醒"),
            ("辅导员简报", f"每天 {held.hour}:00" if held.has_digest else "不发"),
            ("设定", f"{held.set_by} {moment_text(held.set_at)}"),
        ],
    )


REMINDER_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="reminders",
        label="改提醒安排",
        lead="还没核完的学生什么时候收到提醒。已经错过的那几天不补发。",
        form=PlanForm,
        is_offered=lambda campaign, act: not campaign.is_over_at(act.now),
        run=_set,
    ),
)


@admin.register(ReminderPlan)
class ReminderPlanAdmin(ReadonlyAdmin):
    """The plan of every campaign; set on the page of the campaign."""

    list_display = ("campaign", "days_shown", "hour", "has_digest", "set_by")
    list_select_related = ("campaign",)
    ordering = ("-id",)
    fields = (
        *("campaign", "days_shown", "hour", "has_digest", "digest_date", "set_at", "set_by"),
        "place_to_change",
    )

    @admin.display(description="在哪里改")
    def place_to_change(self, plan: ReminderPlan) -> str:
        """The campaign, where its plan is set with a reason."""
        address = reverse("admin:imaging_campaign_change", args=[plan.campaign_id])
        return format_html(
            '校对批次页面上的“改提醒安排”：<a href="{}">{}</a>', address, plan.campaign
        )

    @admin.display(description="截止前几天提醒")
    def days_shown(self, plan: ReminderPlan) -> str:
        """The days, the earliest first."""
        return days_text(plan.days_before) or "不提醒"


@admin.register(ReminderRules)
class ReminderRulesAdmin(ConfigurationAdmin):
    """What a school allows; without a row the defaults hold."""

    list_display = ("school", "per_day", "quiet_start", "quiet_end", "monitor_reminds")
    list_select_related = ("school",)
    ordering = ("school__code",)
    fields = ("school", "per_day", "quiet_start", "quiet_end", "monitor_reminds")

    def get_readonly_fields(self, request: Any, obj: ReminderRules | None = None) -> Any:
        """The school stays."""
        return ("school",) if obj else ()


@admin.register(ReminderRun)
class ReminderRunAdmin(ReadonlyAdmin):
    """Who reminded which class, when, and how many were written to."""

    list_display = (
        "campaign",
        "class_group",
        "kind",
        "amount",
        moment("due_at", "应发时间"),
        moment("asked_at", "提醒时间"),
        "asked_by",
    )
    list_filter = ("kind", ("campaign", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("campaign", "class_group")
    ordering = ("-id",)
    fields = ("campaign", "class_group", "kind", "amount", "due_at", "asked_at", "asked_by")


@admin.register(Reminder)
class ReminderAdmin(ReadonlyAdmin):
    """Who was reminded on which day."""

    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "remind_date",
        "slot",
        "kind",
        "run",
    )
    list_filter = ("kind",)
    list_select_related = ("member__record", "run")
    ordering = ("-id",)
    fields = ("student_no", "remind_date", "slot", "kind", "run")

    @admin.display(description="学号")
    def student_no(self, reminder: Reminder) -> str:
        """The student's number."""
        return str(reminder.member.record.student_no)


@admin.register(ReminderOptOut)
class ReminderOptOutAdmin(ReadonlyAdmin):
    """Accounts that want no reminders."""

    list_display = ("user", moment("chosen_at", "选择时间"))
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("user", "chosen_at")
