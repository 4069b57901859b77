"""Agreeing to the privacy notice."""

from typing import Any

from django import forms


class ConsentForm(forms.Form):
    """One box, and below fourteen the guardian's box and name."""

    agree = forms.BooleanField(
        label="我看过个人信息处理告知，同意",
        error_messages={"required": "同意的，先勾选这一项；还想再看看，点“以后再说”。"},
    )
    guardian_agrees = forms.BooleanField(
        label="我的监护人也看过，同意",
        error_messages={"required": "不满 14 周岁，要监护人同意。"},
    )
    guardian_name = forms.CharField(
        label="监护人姓名",
        max_length=100,
        help_text="父母或其他监护人。加密存放，只用来证明有人同意。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, needs_guardian: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_guardian:
            del self.fields["guardian_agrees"], self.fields["guardian_name"]
