"""What the desk asks for when a class sheet is accepted, returned, vouched for, or let in late."""

from typing import Any

from django import forms

from common.admin import DeedForm
from enrollment.models import ClassGroup
from imaging.admin.campaign_forms import moment_field
from imaging.models import Campaign
from imaging.selectors.classes import class_members

__all__ = ["NoteForm", "ReopeningForm", "ReturnForm"]


class NoteForm(DeedForm):
    """A word to it, if there is one."""

    note = forms.CharField(
        label="备注",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="可以不填。学院和班级看得到。",
    )


class ReturnForm(DeedForm):
    """Why it goes back, and until when the class may hand in although the deadline is over."""

    reason = forms.CharField(
        label="退回原因",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="班长、辅导员和学院会看到。写清楚哪里不对、怎么改，不写学生的私事。",
    )
    open_until = moment_field(
        "补交截止", "上交截止已过时填写，班级在这以前可以重新上交；没过就留空。", required=False
    )


class ReopeningForm(DeedForm):
    """Which class may hand in late, until when, and why."""

    campaign = forms.ModelChoiceField(
        label="校对批次", queryset=Campaign.objects.order_by("-opens_at", "-pk")
    )
    class_group = forms.ModelChoiceField(
        label="班级",
        queryset=ClassGroup.objects.select_related("college").order_by("college__name", "name"),
    )
    open_until = moment_field("补交截止", "到这一刻为止，过后不再接收。")
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写进审计记录。",
    )

    def clean(self) -> dict[str, Any]:
        """The class takes part in the campaign."""
        given = super().clean() or {}
        campaign, class_group = given.get("campaign"), given.get("class_group")
        if campaign and class_group:
            members = class_members(campaign, class_group)
            if not members.exists():
                self.add_error("class_group", "这个班不在这个校对批次里")
        return given
