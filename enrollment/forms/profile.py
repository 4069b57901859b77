"""Forms of the student's own profile."""

import re
from datetime import date, datetime
from typing import Any

from django import forms

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_FIRST_YEAR = 1880


class MonthField(forms.CharField):
    """A month as 2019-09; a browser offers its own control for it."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2019-09"})

    def clean(self, value: Any) -> date | None:
        """The first day of the month, None when it is empty."""
        text = super().clean(value).strip()
        if not text:
            return None
        found = _MONTH.fullmatch(text)
        if found is None or int(found[1]) < _FIRST_YEAR:
            raise forms.ValidationError("月份写成 2019-09。")
        return date(int(found[1]), int(found[2]), 1)


class ProfileForm(forms.Form):
    """Where letters reach the student."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    address = forms.CharField(
        label="通讯地址",
        required=False,
        max_length=200,
        help_text="毕业以后能收到信的地址。",
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postal_code = forms.RegexField(
        r"^[0-9A-Za-z -]{3,10}$",
        label="邮政编码",
        required=False,
        error_messages={"invalid": "邮政编码一般是 6 位数字。"},
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )

    def clean_seen(self) -> str:
        """The moment of the shown version, as we wrote it."""
        text: str = self.cleaned_data["seen"]
        if text and not _is_moment(text):
            raise forms.ValidationError("页面已经过期，请刷新后再改。")
        return text


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


class StudyForm(forms.Form):
    """One line of the study history; an empty line is nothing."""

    school = forms.CharField(label="学校", required=False, max_length=100)
    attended_from = MonthField(label="从（年月）", required=False)
    attended_to = MonthField(label="到（年月）", required=False, help_text="还在读就不填。")
    witness = forms.CharField(label="证明人", required=False, max_length=50)

    def clean(self) -> dict[str, Any]:
        """School and beginning belong together, and an end does not come before."""
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("attended_from"), cleaned.get("attended_to")
        is_begun = any(cleaned.get(name) for name in ("school", "attended_from", "witness")) or ends
        if self.errors or not is_begun or cleaned.get("DELETE"):
            return cleaned
        if not cleaned.get("school"):
            self.add_error("school", "请填写学校")
        if begins is None:
            self.add_error("attended_from", "请填写从哪个月开始")
        elif ends is not None and ends < begins:
            self.add_error("attended_to", "结束的月份不能早于开始的月份")
        return cleaned


class BaseStudyFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """The lines with one empty line more, and a box on each that removes it."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """The box says what it does."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "保存时删除这一行"


StudyFormSet = forms.formset_factory(
    StudyForm,
    formset=BaseStudyFormSet,
    extra=1,
    can_delete=True,
    max_num=20,
    absolute_max=25,
    validate_max=True,
)
