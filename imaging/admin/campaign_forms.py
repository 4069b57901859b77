"""What the desk fills in about campaigns."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from common.admin import DeedForm, ReasonForm
from enrollment.admin.lookup import records_with_student_no
from enrollment.models import ClassGroup, School, StudentRecord
from imaging.models import PHASES, Campaign, PhotoProfile, Timetable
from imaging.services.timetable import extended
from imaging.states import CampaignKind, PhotoReason

__all__ = [
    "CampaignForm",
    "ExtendAllForm",
    "ExtensionForm",
    "MemberForm",
    "SchoolForm",
    "TimetableForm",
    "moment_field",
]

_REQUIRED = ("opens_at", "closes_at", "sheet_freeze_at")
_HELP = {
    "capture_opens_at": "拍照从什么时候到什么时候；还没定就留空。",
    "publishes_at": "从这一刻起学生看得到照片，不晚于核对开始；留空就是照片到一张看一张。",
    "closes_at": "到这一分钟为止，学生可以第一次提交结论。",
    "sheet_freeze_at": "不早于学生截止；到时所有结论锁定。",
    "hand_in_at": "签好名的反馈表交到教务处，过了这一刻算迟交。",
    "ends_at": "这一刻以后不再收结论和反馈表，要收就重新开放。",
}

_FORMAT = "%Y-%m-%dT%H:%M"


def moment_field(label: str, help_text: str = "", **options: Any) -> forms.DateTimeField:
    """A moment to the minute, Beijing time, typed or picked."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_FORMAT),
        **options,
    )


def phase_fields(names: Iterable[str], *, required: Iterable[str] = _REQUIRED) -> dict[str, Any]:
    """A moment field for each of the named phases."""
    needed = set(required)
    return {
        name: moment_field(PHASES[name], _HELP.get(name, ""), required=name in needed)
        for name in names
    }


class PhasesForm(DeedForm):
    """All moments of a campaign in the order of a year."""

    required_phases: tuple[str, ...] = _REQUIRED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= phase_fields(PHASES, required=self.required_phases)
        self.order_fields(self.field_order)

    def moments(self) -> dict[str, datetime | None]:
        """What was filled in."""
        return {name: self.cleaned_data.get(name) for name in PHASES}

    def timetable(self) -> Timetable | None:
        """The moments as one value, or None while one that must be there is missing."""
        moments = self.moments()
        if any(moments[name] is None for name in _REQUIRED):
            return None
        return Timetable(**moments)  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any]:
        """The order of the moments, told beside the field that breaks it."""
        given = super().clean() or {}
        timetable = self.timetable()
        if timetable is not None and (problem := timetable.problem()):
            self.add_error(*problem)
        given["timetable"] = timetable
        return given


class CampaignForm(PhasesForm):
    """A new campaign."""

    field_order = ["title", "kind", "graduating_class", "graduation_date", "schools", *PHASES]

    title = forms.CharField(label="名称", max_length=100, help_text="比如：2026 届毕业图像校对")
    kind = forms.ChoiceField(label="种类", choices=CampaignKind.choices)
    graduating_class = forms.IntegerField(label="届", min_value=1900, max_value=2100)
    graduation_date = forms.DateField(
        label="毕业日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    schools = forms.ModelMultipleChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        widget=forms.CheckboxSelectMultiple,
    )
    is_rehearsal = forms.BooleanField(
        label="演练",
        required=False,
        help_text="只能选演示学校；名称前面加【演练】，演练里的人什么邮件和短信都收不到，不能生成登记数据包。",
    )
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


class TimetableForm(PhasesForm, ReasonForm):
    """The campaign's moments, filled in with those of now."""

    graduation_date = forms.DateField(
        label="毕业日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ["graduation_date", *PHASES, "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        now_set = {"graduation_date": obj.graduation_date, **obj.timetable.fixed}
        kwargs["initial"] = {**now_set, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)


class SchoolForm(PhasesForm, ReasonForm):
    """Moments of one school; what is left empty is the campaign's."""

    required_phases = ()
    school = forms.ModelChoiceField(label="哪所学校", queryset=School.objects.none())
    field_order = ["school", *PHASES, "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        given = kwargs.get("initial") or {}
        asked = str(given.get("school", ""))
        own = obj.school_timetables.filter(school=int(asked)).first() if asked.isdecimal() else None
        now_set = {name: getattr(own, name) for name in PHASES} if own else {}
        kwargs["initial"] = {**now_set, **given}
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["school"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = obj.schools.order_by("code")

    def timetable(self) -> Timetable | None:
        """The school's moments over the campaign's."""
        merged: Timetable = self.obj.timetable.with_moments(self.moments())
        return merged


class ExtendAllForm(ReasonForm):
    """A later deadline for everybody; what comes after it moves along unless filled in."""

    closes_at = moment_field("延到：学生截止")
    sheet_freeze_at = moment_field("反馈表定稿", "留空就跟着顺延同样长的时间。", required=False)
    hand_in_at = moment_field("反馈表上交截止", "留空就顺延。", required=False)
    ends_at = moment_field("批次结束", "留空就顺延。", required=False)
    field_order = ["closes_at", "sheet_freeze_at", "hand_in_at", "ends_at", "reason"]

    def clean(self) -> dict[str, Any]:
        """The whole timetable that comes of it."""
        given = super().clean() or {}
        if given.get("closes_at") is None:
            return given
        timetable = extended(self.obj.timetable, closes_at=given["closes_at"])
        timetable = timetable.with_moments(
            {name: given.get(name) for name in ("sheet_freeze_at", "hand_in_at", "ends_at")}
        )
        if problem := timetable.problem():
            self.add_error(problem[0] if problem[0] in self.fields else None, problem[1])
        given["timetable"] = timetable
        return given


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
    hand_in_at = moment_field(
        "延到：反馈表上交截止", "批次定了上交截止的，留空就跟着定稿顺延。", required=False
    )
    field_order = [
        "class_group",
        "student_no",
        "closes_at",
        "sheet_freeze_at",
        "hand_in_at",
        "reason",
    ]

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
