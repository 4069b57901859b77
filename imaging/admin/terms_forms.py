"""What the desk fills in about a campaign's rules, reasons and sentences."""

from typing import Any

from django import forms

from common.admin import ReasonForm
from imaging.models import Campaign, PhotoProfile
from imaging.selectors.terms import HELP_PLACES, SILENCE_PLACES, USAGE_PLACES
from imaging.services.terms import LABEL_LENGTH
from imaging.states import PHOTO_REASON_HINTS, SILENCE, PhotoReason

__all__ = ["ReasonsForm", "RulesForm", "TextsForm"]

_HINT_LENGTH = 40


class TermsForm(ReasonForm):
    """Common to the three: filled in with what holds now; what was changed comes out."""

    names: tuple[str, ...] = ()

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        kwargs["initial"] = {**self.now_set(obj), **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)

    def now_set(self, campaign: Campaign) -> dict[str, Any]:
        """Initial values."""
        return {name: getattr(campaign, name) for name in self.names}

    def changes(self) -> dict[str, Any]:
        """Field of the campaign → its new value."""
        return {name: self.cleaned_data[name] for name in self.names}

    def full_clean(self) -> None:
        """Also gather the changes, once everything by itself is right."""
        super().full_clean()
        if self.is_bound and not self.errors:
            self.cleaned_data["changes"] = self.changes()


class RulesForm(TermsForm):
    """Windows and the photo standard."""

    names = ("window_hours", "recheck_hours", "profile")
    window_hours = forms.IntegerField(
        label="提交后可撤回（小时）",
        min_value=0,
        max_value=240,
        help_text="0 就是一次定：提交后马上锁定，页面会在点之前说清楚。",
    )
    recheck_hours = forms.IntegerField(
        label="要重新核对时至少给（小时）", min_value=0, max_value=480
    )
    profile = forms.ModelChoiceField(label="照片标准", queryset=PhotoProfile.objects.none())
    field_order = ["window_hours", "recheck_hours", "profile", "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["profile"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = PhotoProfile.objects.filter(kind=obj.profile.kind).order_by("name")


class ReasonsForm(TermsForm):
    """Which reasons are offered, in which order, and how they are called."""

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        for reason in PhotoReason:
            self.fields[f"order_{reason.value}"] = forms.IntegerField(
                label=f"{reason.label}：第几个",
                min_value=1,
                max_value=99,
                required=False,
                help_text="留空就不给学生选。"
                if reason != PhotoReason.MISSING
                else "只在没有照片时出现，位置不要紧。",
            )
            self.fields[f"label_{reason.value}"] = forms.CharField(
                label="换一个说法",
                max_length=LABEL_LENGTH,
                required=False,
                help_text=f"留空就叫“{reason.label}”。",
            )
            self.fields[f"hint_{reason.value}"] = forms.CharField(
                label="换了说法时，旁边的提示",
                max_length=_HINT_LENGTH,
                required=False,
                help_text=f"原来的提示：{PHOTO_REASON_HINTS.get(reason, '没有')}。",
            )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def now_set(self, campaign: Campaign) -> dict[str, Any]:
        """Places in the present order, and the present words."""
        chosen = campaign.photo_reasons or list(PhotoReason.values)
        words = campaign.reason_words
        return {f"order_{value}": number for number, value in enumerate(chosen, 1)} | {
            f"{part}_{value}": words.get(value, {}).get(part, "")
            for value in PhotoReason.values
            for part in ("label", "hint")
        }

    def changes(self) -> dict[str, Any]:
        """The chosen reasons by their places, and the words that differ from ours."""
        given = self.cleaned_data
        places = {value: given.get(f"order_{value}") for value in PhotoReason.values}
        chosen = sorted(
            (value for value in places if places[value]), key=lambda value: places[value] or 0
        )
        words = {
            value: {
                "label": given[f"label_{value}"].strip(),
                "hint": given[f"hint_{value}"].strip(),
            }
            for value in PhotoReason.values
            if given[f"label_{value}"].strip()
        }
        return {"photo_reasons": chosen, "reason_words": words}

    def clean(self) -> dict[str, Any]:
        """No two on one place, and a hint only beside own words."""
        given = super().clean() or {}
        seen: set[int] = set()
        for value in PhotoReason.values:
            place = given.get(f"order_{value}")
            if place and place in seen:
                self.add_error(f"order_{value}", f"第 {place} 个已经有了")
            if place:
                seen.add(place)
            if given.get(f"hint_{value}") and not given.get(f"label_{value}"):
                self.add_error(f"hint_{value}", "先写换成什么说法，再写提示")
        return given


def _places(names: tuple[str, ...]) -> str:
    return "可以用的变量：" + "、".join(f"{{{name}}}" for name in names) + "。"


class TextsForm(TermsForm):
    """The sentences that students read."""

    names = ("usage_text", "silence_text", "help_text")
    usage_text = forms.CharField(
        label="确认“正确”时：照片用在哪里",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_places(USAGE_PLACES),
    )
    silence_text = forms.CharField(
        label="不核对的后果",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"要写明到什么时候，所以一定要有{{截止时间}}。{_places(SILENCE_PLACES)}",
    )
    help_text = forms.CharField(
        label="核对页的提示",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"不写就没有。{_places(HELP_PLACES)}",
    )
    field_order = ["usage_text", "silence_text", "help_text", "reason"]

    def now_set(self, campaign: Campaign) -> dict[str, Any]:
        """The present sentences, ours where the office has written none."""
        return {
            **super().now_set(campaign),
            "silence_text": campaign.silence_text or SILENCE[campaign.kind],
        }

    def changes(self) -> dict[str, Any]:
        """The sentences; ours left as it was is none of the office's own."""
        silence = self.cleaned_data["silence_text"].strip()
        return {
            "usage_text": self.cleaned_data["usage_text"].strip(),
            "silence_text": "" if silence == SILENCE[self.obj.kind] else silence,
            "help_text": self.cleaned_data["help_text"].strip(),
        }
