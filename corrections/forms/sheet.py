"""Forms of the class sheet: a word to a step, the reason of a return, remarks and proxy signatures."""

from typing import Any

from django import forms

from corrections.services.sheet_notes import LONGEST_REMARK, Proxy
from corrections.states import SheetAction
from imaging.states import ProxyWay

_TEXT = {"rows": 3, "maxlength": 2_000}


class StepForm(forms.Form):
    """A step that asks for nothing but the click."""


class SignForm(StepForm):
    """The counsellor's word to it."""

    note = forms.CharField(
        label="意见", required=False, max_length=2_000, widget=forms.Textarea(attrs=_TEXT)
    )


class SealForm(StepForm):
    """The college's opinion (学院意见)."""

    note = forms.CharField(
        label="学院意见",
        max_length=2_000,
        initial="同意上交。",
        widget=forms.Textarea(attrs=_TEXT),
    )


class SendBackForm(StepForm):
    """Why it goes back."""

    reason = forms.CharField(
        label="退回原因",
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="班长和辅导员会看到。写清楚哪里不对、怎么改，不写学生的私事。",
    )


class RemarkForm(forms.Form):
    """What is printed beside a student without a conclusion."""

    text = forms.CharField(
        label="备注",
        required=False,
        max_length=LONGEST_REMARK,
        help_text="印在校对结果里，全班都看得到：不写病情、家事等私事。留空就是删掉。",
    )


class ProxyForm(forms.Form):
    """Who signs the paper for the student, and how the student was reached."""

    signer_name = forms.CharField(label="代签人姓名", max_length=50)
    way = forms.ChoiceField(label="怎么联系到本人", choices=ProxyWay.choices)
    agreed_by = forms.CharField(label="谁联系的本人", max_length=50)
    agreed_at = forms.DateTimeField(
        label="本人什么时候同意的",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        label="为什么不能本人签",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：在外地实习。不写私事。",
    )

    def proxy(self) -> Proxy:
        """What was filled in."""
        given: dict[str, Any] = self.cleaned_data
        return Proxy(**{**given, "way": ProxyWay(given["way"])})


SHEET_FORMS: dict[SheetAction, type[StepForm]] = {
    SheetAction.SIGN: SignForm,
    SheetAction.SEAL: SealForm,
    SheetAction.ACCEPT: SignForm,
    SheetAction.RETURN: SendBackForm,
}
"""The form that a step asks for; every other step asks for nothing."""
