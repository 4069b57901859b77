"""What the desk fills in about campaigns."""

from typing import Any

from django import forms

from common.admin import DeedForm, ReasonForm
from enrollment.admin.lookup import records_with_student_no
from enrollment.models import ClassGroup, School, StudentRecord
from imaging.models import Campaign, PhotoProfile
from imaging.states import CampaignKind, PhotoReason

__all__ = ["CampaignForm", "DeadlinesForm", "ExtensionForm", "MemberForm", "moment_field"]

_FORMAT = "%Y-%m-%dT%H:%M"


def moment_field(label: str, help_text: str = "", **options: Any) -> forms.DateTimeField:
    """A moment to the minute, Beijing time, typed or picked."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_FORMAT),
        **options,
    )


class CampaignForm(DeedForm):
    """A new campaign."""

    title = forms.CharField(label="名称", max_length=100, help_text="比如：2026 届毕业图像校对")
    kind = forms.ChoiceField(label="种类", choices=CampaignKind.choices)
    graduating_class = forms.IntegerField(label="届", min_value=1900, max_value=2100)
    schools = forms.ModelMultipleChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        widget=forms.CheckboxSelectMultiple,
    )
    opens_at = moment_field("开始时间")
    closes_at = moment_field("学生截止时间", "到这一分钟为止，学生可以第一次提交结论。")
    sheet_freeze_at = moment_field("反馈表定稿时间", "不早于学生截止；到时所有结论锁定。")
    window_hours = forms.IntegerField(
        label="提交后可撤回（小时）", initial=24, min_value=0, max_value=240
    )
    recheck_hours = forms.IntegerField(
        label="要重新核对时至少给（小时）", initial=72, min_value=0, max_value=480
    )
    profile = forms.ModelChoiceField(
        label="照片标准", queryset=PhotoProfile.objects.order_by("kind", "name")
    )
    photo_reasons = forms.MultipleChoiceField(
        label="照片有误的原因",
        choices=PhotoReason.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选就是全部。",
    )
    usage_text = forms.CharField(
        label="照片用途说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="学生确认“正确”时看到的一句话；留空用默认的。",
    )


class DeadlinesForm(ReasonForm):
    """The campaign's three moments, filled in with those of now."""

    opens_at = moment_field("开始时间")
    closes_at = moment_field("学生截止时间")
    sheet_freeze_at = moment_field("反馈表定稿时间")
    field_order = ["opens_at", "closes_at", "sheet_freeze_at", "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        now_set = {
            name: getattr(obj, name) for name in ("opens_at", "closes_at", "sheet_freeze_at")
        }
        kwargs["initial"] = {**now_set, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)


class ExtensionForm(ReasonForm):
    """More time for one class or one student."""

    class_group = forms.ModelChoiceField(
        label="给哪个班", queryset=ClassGroup.objects.none(), required=False
    )
    student_no = forms.CharField(
        label="或给哪名学生（学号）", max_length=32, required=False, help_text="班和学生只填一个。"
    )
    closes_at = moment_field("延到：学生截止")
    sheet_freeze_at = moment_field("延到：反馈表定稿")
    field_order = ["class_group", "student_no", "closes_at", "sheet_freeze_at", "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        now_set = {"closes_at": obj.closes_at, "sheet_freeze_at": obj.sheet_freeze_at}
        kwargs["initial"] = {**now_set, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["class_group"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = (
                ClassGroup.objects.filter(memberships__campaign=obj).distinct().order_by("name")
            )

    def clean(self) -> dict[str, Any]:
        """Exactly one target, the student as a record of the campaign."""
        given = super().clean() or {}
        typed = given.get("student_no", "")
        given["record"] = _record_in(self.obj, typed) if typed else None
        if typed and given["record"] is None:
            self.add_error("student_no", "这个批次的学校里没有这个学号，或者几所学校都有")
        if bool(typed) == bool(given.get("class_group")):
            raise forms.ValidationError("班和学生填一个，只填一个")
        return given


class MemberForm(ReasonForm):
    """One student to be put in."""

    student_no = forms.CharField(label="学号", max_length=32)
    field_order = ["student_no", "reason"]

    def clean(self) -> dict[str, Any]:
        """The record of the campaign's schools."""
        given = super().clean() or {}
        given["record"] = _record_in(self.obj, given.get("student_no", ""))
        if given["record"] is None:
            self.add_error("student_no", "这个批次的学校里没有这个学号，或者几所学校都有")
        return given


def _record_in(campaign: Campaign, student_no: str) -> StudentRecord | None:
    schools = set(campaign.schools.values_list("pk", flat=True))
    found = [row for row in records_with_student_no(student_no) if row.school_id in schools]
    return found[0] if len(found) == 1 else None
