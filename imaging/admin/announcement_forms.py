"""What the desk fills in about a formal notice."""

from typing import Any, Final

from django import forms

from common.admin import DeedForm
from enrollment.models import College
from imaging.admin.campaign_forms import moment_field
from imaging.models import Announcement, Campaign
from imaging.services.announcements import AnnouncementContent
from imaging.states.announcement import AnnouncementReader

__all__ = [
    "AnnouncementForm",
    "AttachForm",
    "NewAnnouncementForm",
    "RestoreAnnouncementForm",
    "SeenForm",
    "whom_in_words",
]

_MARKS: Final = "一行一段。行首写“- ”是列表，写“1. ”是编号列表；**这样**加重。"


class NewAnnouncementForm(DeedForm):
    """A notice that is not there yet."""

    document_no = forms.CharField(label="文号", max_length=40, required=False)
    title = forms.CharField(label="标题", max_length=80)
    body = forms.CharField(
        label="正文", max_length=5000, widget=forms.Textarea(attrs={"rows": 12}), help_text=_MARKS
    )
    duties = forms.CharField(
        label="要做什么",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="收到的人要做的事，一行一件。",
    )
    room = forms.CharField(label="联系地点", max_length=60, required=False)
    phone = forms.CharField(label="联系电话", max_length=40, required=False)
    readers = forms.MultipleChoiceField(
        label="给谁",
        choices=AnnouncementReader.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选就是这四类人都给。教务处都看得到。",
    )
    campaign_id = forms.ModelChoiceField(
        label="只给这个批次的学生",
        queryset=Campaign.objects.order_by("-opens_at", "-pk"),
        required=False,
    )
    graduating_class = forms.IntegerField(
        label="只给这一届的学生", min_value=1900, max_value=2100, required=False
    )
    colleges = forms.ModelMultipleChoiceField(
        label="只给这些学院",
        queryset=College.objects.order_by("name", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选就是所有学院。",
    )
    is_public = forms.BooleanField(
        label="不登录也看得到",
        required=False,
        help_text="勾了就是给所有人看，上面的范围不再起作用。",
    )
    opens_at = moment_field("从什么时候看得到")
    closes_at = moment_field("到什么时候", "空着就一直看得到。", required=False)

    def __init__(self, *args: Any, obj: Announcement | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {**self.now_set(obj), **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)

    def now_set(self, found: Announcement | None) -> dict[str, Any]:
        """Nothing yet."""
        return {}

    def clean(self) -> dict[str, Any]:
        """The notice as one value."""
        given = super().clean() or {}
        if not self.errors:
            names = AnnouncementContent.__dataclass_fields__
            values = {name: given[name] for name in names}
            values["campaign_id"] = given["campaign_id"].pk if given["campaign_id"] else None
            values["colleges"] = tuple(each.pk for each in given["colleges"])
            values["readers"] = tuple(given["readers"])
            given["content"] = AnnouncementContent(**values)
        return given


class SeenForm(DeedForm):
    """Nothing but the click on exactly the version that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, obj: Announcement, **kwargs: Any) -> None:
        kwargs["initial"] = {"seen": obj.version_no, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)


class AnnouncementForm(NewAnnouncementForm):
    """A notice as it stands, to be changed; carries the version that was read."""

    note = forms.CharField(
        label="更正了什么",
        max_length=200,
        required=False,
        help_text="已经发布的必须写，读者看得到；草稿可以不写。",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def now_set(self, found: Announcement | None) -> dict[str, Any]:
        """As it stands."""
        if found is None:
            return {}
        names = AnnouncementContent.__dataclass_fields__
        return {**{name: getattr(found, name) for name in names}, "seen": found.version_no}


class RestoreAnnouncementForm(SeenForm):
    """Which version is wanted back, and why."""

    number = forms.TypedChoiceField(label="用回哪一版", coerce=int)
    note = forms.CharField(label="为什么", max_length=200)

    def __init__(self, *args: Any, obj: Announcement, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["number"]
        if isinstance(field, forms.ChoiceField):
            former = obj.versions.exclude(number=obj.version_no).order_by("-number")
            field.choices = [
                (row.number, f"第 {row.number} 版：{row.content['title']}") for row in former
            ]


class AttachForm(DeedForm):
    """A picture or a PDF."""

    file = forms.FileField(label="附件")


def whom_in_words(found: Announcement) -> str:
    """Whom a notice concerns."""
    if found.is_public:
        return "所有人，不登录也看得到"
    readers = "、".join(str(AnnouncementReader(each).label) for each in found.readers)
    colleges = College.objects.filter(pk__in=found.colleges).order_by("name")
    places = "、".join(each.name for each in colleges)
    return "，".join(each for each in (readers or "所有学生、班长、辅导员和学院", places) if each)
