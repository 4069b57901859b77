"""Forms of correction requests: the student's two, and those the office answers with."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from common import evidence
from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES, CleanEvidence
from corrections.models import CorrectionRequest
from corrections.selectors import request_changes
from corrections.states import RequestAction
from imaging.states import ConclusionKind

_TEXT = {"rows": 4, "maxlength": 2_000}


class ResubmitForm(forms.Form):
    """What was missing: words, a proof, or both."""

    note = forms.CharField(
        label="补充说明",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="写清楚应该是什么、凭什么。",
    )
    evidence = forms.FileField(
        label="证明材料",
        required=False,
        help_text="JPG、PNG 图片或 PDF，不超过 5 MB。只有你、辅导员和教务处能看到，谁看过会留下记录。",
        widget=forms.ClearableFileInput(
            attrs={
                "accept": "image/jpeg,image/png,image/webp,application/pdf",
                "data-ui-max-bytes": str(EVIDENCE_BYTES),
            }
        ),
    )

    def clean_evidence(self) -> CleanEvidence | None:
        """The proof cleaned, or what is wrong with it."""
        upload: UploadedFile[bytes] | None = self.cleaned_data["evidence"]
        if upload is None:
            return None
        if (upload.size or 0) > EVIDENCE_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请压缩或重拍后再选")
        try:
            return evidence.clean_evidence(upload.read(), upload.name or "")
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """At least one of the two."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("note", "").strip() and not cleaned.get("evidence"):
            self.add_error("note", "写一句补充说明，或者附上一份证明材料")
        return cleaned


class WithdrawForm(forms.Form):
    """Taking a request back, with a reason if one wants to give it."""

    note = forms.CharField(
        label="撤回的原因", required=False, max_length=2_000, widget=forms.Textarea(attrs=_TEXT)
    )


class TakeForm(forms.Form):
    """Nothing is asked when a request is taken."""


class ReturnForm(forms.Form):
    """What the student has to hand in."""

    note = forms.CharField(
        label="要学生补充什么",
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="学生会看到这段话。",
    )


class RefuseForm(forms.Form):
    """Why the record or the photo stays as it is."""

    answer = forms.CharField(
        label="不予采纳的原因",
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="学生会看到这段话。",
    )


class ApplyForm(forms.Form):
    """What is put right: for the data each accepted field with its value, and the answer to the student."""

    answer = forms.CharField(
        label="给学生的答复",
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="写清楚改了什么。学生会看到这段话，并被请去再核对一次。",
    )

    def __init__(self, *args: Any, request: CorrectionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: list[str] = []
        if request.kind != ConclusionKind.DATA:
            return
        for change in request_changes(request, whole_number=True):
            self._names.append(change.name)
            self.fields[f"value_{change.name}"] = forms.CharField(
                label=change.label,
                required=False,
                max_length=200,
                initial=change.proposed,
                help_text=f"现在是“{change.original or '（空）'}”。留空表示这个字段不采纳。",
            )
        self.order_fields([*(f"value_{name}" for name in self._names), "answer"])

    @property
    def values(self) -> dict[str, str]:
        """The accepted fields with the values that are entered."""
        entered = {name: self.cleaned_data[f"value_{name}"].strip() for name in self._names}
        return {name: value for name, value in entered.items() if value}


ACTION_FORMS: dict[RequestAction, type[forms.Form]] = {
    RequestAction.TAKE: TakeForm,
    RequestAction.RETURN: ReturnForm,
    RequestAction.REFUSE: RefuseForm,
    RequestAction.APPLY: ApplyForm,
    RequestAction.RESUBMIT: ResubmitForm,
    RequestAction.WITHDRAW: WithdrawForm,
}
"""The form that each action asks for; ApplyForm also takes `request`."""
