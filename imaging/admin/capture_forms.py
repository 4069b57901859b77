"""What the desk fills in about places, sessions, tickets and the counter."""

from typing import Any

from django import forms

from common.admin import DeedForm, ReasonForm
from enrollment.models import ClassGroup
from imaging.admin.campaign_forms import moment_field
from imaging.models import Campaign, CapturePlace, CaptureSession, CaptureVisit
from imaging.models.capture_session import DEFAULT_BRING, DEFAULT_WEAR
from imaging.models.capture_visit import RECEIPT_LONGEST
from imaging.services.sessions import SessionTerms
from imaging.states import CampaignKind, SessionKind

__all__ = [
    "CounterForm",
    "IssueForm",
    "MoveForm",
    "PackForm",
    "PaymentForm",
    "SessionForm",
    "terms_of",
]

_WITH_PHOTO = Campaign.objects.filter(kind=CampaignKind.GRADUATION).order_by("-opens_at")
_CLASSES_SHOWN = 14


class ClassesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Classes with their college and grade, because names repeat."""

    def label_from_instance(self, obj: Any) -> str:
        """College, grade, name."""
        college = f"{obj.college.name}，" if obj.college else ""
        grade = f"{obj.entry_grade} 级，" if obj.entry_grade else ""
        return f"{college}{grade}{obj.name}"


def _lines(label: str, initial: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        initial=initial,
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一条，学生在“去拍照”页面上看到。",
    )


class TermsForm(DeedForm):
    """When, where, for how many."""

    place = forms.ModelChoiceField(
        label="地点",
        queryset=CapturePlace.objects.filter(is_used=True).order_by("kind", "name"),
        help_text="没有的，先到“拍照地点”里加。",
    )
    starts_at = moment_field("开始时间")
    ends_at = moment_field("结束时间")
    capacity = forms.IntegerField(
        label="名额",
        min_value=1,
        max_value=5_000,
        required=False,
        help_text="补拍必填：约满就不能再约。",
    )
    bookable_until = moment_field(
        "预约截止", "只有补拍要填；不填就是到开始时间为止。", required=False
    )
    bring = _lines("要带什么", DEFAULT_BRING)
    wear = _lines("怎么穿", DEFAULT_WEAR)
    note = forms.CharField(label="另外说明", max_length=300, required=False)
    has_fee = forms.TypedChoiceField(
        label="收费",
        choices=[(False, "免费"), (True, "收费")],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        error_messages={"required": "请选免费还是收费，学生看得到。"},
    )
    fee_text = forms.CharField(
        label="怎么收费",
        max_length=100,
        required=False,
        help_text="收费的必填，学生看得到，比如：20 元，现场交给采集单位，给收据。本系统不收款，只记交没交和收据号。",
    )


class SessionForm(TermsForm):
    """A new session."""

    campaign = forms.ModelChoiceField(label="校对批次", queryset=_WITH_PHOTO)
    kind = forms.ChoiceField(
        label="种类",
        choices=SessionKind.choices,
        help_text="集中拍照，建好就通知班里的人；补拍由学生自己约名额，建好就通知还没拍上的人。",
    )
    class_groups = ClassesField(
        label="班级",
        queryset=ClassGroup.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": _CLASSES_SHOWN}),
        help_text="集中拍照必选，按住 Ctrl 可以选几个。补拍不选就是谁都能约。",
    )
    field_order = ["campaign", "kind", "place", "starts_at", "ends_at", "class_groups"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["class_groups"]
        if isinstance(field, ClassesField):
            field.queryset = (
                ClassGroup.objects.filter(
                    memberships__campaign__in=_WITH_PHOTO.order_by(), memberships__removed_at=None
                )
                .select_related("college")
                .order_by("college__name", "entry_grade", "name")
                .distinct()
            )


class MoveForm(TermsForm, ReasonForm):
    """A session's terms, filled in with those of now."""

    field_order = [
        *("place", "starts_at", "ends_at", "capacity", "bookable_until"),
        *("bring", "wear", "note", "has_fee", "fee_text", "reason"),
    ]

    def __init__(self, *args: Any, obj: CaptureSession, **kwargs: Any) -> None:
        names = [name for name in TermsForm.base_fields if name != "place"]
        now_set = {name: getattr(obj, name) for name in names} | {"place": obj.place_id}
        kwargs["initial"] = {**now_set, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["place"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = CapturePlace.objects.filter(
                is_used=True
            ) | CapturePlace.objects.filter(pk=obj.place_id)


def terms_of(given: dict[str, Any]) -> SessionTerms:
    """What was filled in, as the services take it."""
    return SessionTerms(
        place=given["place"],
        starts_at=given["starts_at"],
        ends_at=given["ends_at"],
        capacity=given["capacity"],
        bookable_until=given["bookable_until"],
        bring=given["bring"],
        wear=given["wear"],
        note=given["note"],
        has_fee=given["has_fee"],
        fee_text=given["fee_text"],
    )


class PaymentForm(ReasonForm):
    """What the student showed or said afterwards."""

    is_paid = forms.BooleanField(label="交过费", required=False)
    receipt_no = forms.CharField(
        label="收据号",
        max_length=RECEIPT_LONGEST,
        required=False,
        help_text="收据上的号码。填了就是交过费；没有收据不填。",
    )
    field_order = ["is_paid", "receipt_no", "reason"]

    def __init__(self, *args: Any, obj: CaptureVisit, **kwargs: Any) -> None:
        now_set = {"is_paid": obj.is_paid, "receipt_no": obj.receipt_no}
        kwargs["initial"] = {**now_set, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)


class CounterForm(DeedForm):
    """One line for a scanner, which types the code and presses Enter."""

    code = forms.CharField(
        label="扫采集号，或打学号",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "characters"}
        ),
        help_text="扫码枪扫学生手机上的二维码；扫不出来就打下面的十位采集号。没带手机的打学号。",
    )
    is_paid = forms.BooleanField(label="交过费", required=False)
    receipt_no = forms.CharField(
        label="收据号",
        max_length=RECEIPT_LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="填了收据号就是交过费。扫完再填也行，以后也能补记。",
    )

    def __init__(self, *args: Any, obj: CaptureSession, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if not obj.has_fee:
            del self.fields["is_paid"], self.fields["receipt_no"]


class PackForm(DeedForm):
    """How much of it goes to the capture unit."""

    scope = forms.ChoiceField(
        label="范围",
        choices=[("session", "只这一场"), ("campaign", "整个批次")],
        widget=forms.RadioSelect,
        initial="session",
    )


class IssueForm(DeedForm):
    """Which campaign's members get a ticket."""

    campaign = forms.ModelChoiceField(label="校对批次", queryset=_WITH_PHOTO)
