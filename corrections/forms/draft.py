"""A case that a student begins: the kind, what is wrong, the words, and the proofs."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from common import evidence
from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES, CleanEvidence
from corrections.models import CorrectionRequest
from corrections.selectors.values import written_value
from enrollment.selectors import DISPUTABLE_FIELDS, record_value
from imaging.states import ConclusionKind, PhotoReason

__all__ = ["BeginForm", "DisagreeForm", "DraftForm"]

_WORDS = {"rows": 3, "maxlength": 2_000}


class BeginForm(forms.Form):
    """Which record, and what about it."""

    record = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="什么有误", choices=ConclusionKind.choices, widget=forms.RadioSelect
    )


class DisagreeForm(forms.Form):
    """Why the student keeps to it after a refusal."""

    note = forms.CharField(
        label="你的不同意见",
        max_length=2_000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="只能写一次，会和答复一起保存。",
        error_messages={"required": "写清楚你为什么不认可"},
    )


class DraftForm(forms.Form):
    """Everything on one page; saved as often as one likes."""

    note = forms.CharField(
        label="说明",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="写清楚哪里不对、凭什么。学院和教务处会看到，不会印在班级反馈表上。",
    )
    private_note = forms.CharField(
        label="不公开的原因",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="手术、收养、性别变更这类事写在这里：加密保存，只有你和教务处能看，班长、辅导员、学院都看不到。",
    )
    title = forms.ChoiceField(label="这份材料是", required=False)
    proof = forms.FileField(
        label="证明材料",
        required=False,
        help_text="一次选一份，JPG、PNG 图片或 PDF，不超过 5 MB；选好点“保存”，再选下一份。",
        widget=forms.FileInput(
            attrs={
                "accept": "image/jpeg,image/png,image/webp,application/pdf",
                "data-ui-max-bytes": str(EVIDENCE_BYTES),
            }
        ),
    )

    def __init__(self, *args: Any, draft: CorrectionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        asked: dict[str, forms.Field] = {}
        if draft.conclusion_id is None:
            asked = _values(draft) if draft.kind == ConclusionKind.DATA else _reasons(draft)
        titles = draft.rules.proofs.order_by("position") if draft.rules else []
        title = self.fields["title"]
        if isinstance(title, forms.ChoiceField):
            names = dict.fromkeys(rule.title for rule in titles)
            title.choices = [("", "其他材料"), *((name, name) for name in names)]
        self.fields = {**asked, **self.fields}
        self.initial = {
            "note": draft.note or "",
            "private_note": draft.private_note or "",
            "reasons": draft.reasons,
            **{f"value_{row.field}": row.proposed for row in draft.fields.all()},
            **self.initial,
        }

    def clean_proof(self) -> CleanEvidence | None:
        """The proof cleaned, or what is wrong with it."""
        upload: UploadedFile[bytes] | None = self.cleaned_data["proof"]
        if upload is None:
            return None
        if (upload.size or 0) > EVIDENCE_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请压缩或重拍后再选")
        try:
            return evidence.clean_evidence(upload.read(), upload.name or "")
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def given(self) -> dict[str, Any]:
        """What the service saves."""
        data = self.cleaned_data
        return {
            "values": {name: data.get(f"value_{name}", "") for name in DISPUTABLE_FIELDS},
            "reasons": data.get("reasons", []),
            "note": data["note"],
            "private_note": data["private_note"],
        }


def _values(draft: CorrectionRequest) -> dict[str, forms.Field]:
    """One blank line for each field that a student may call wrong; the key ones say so."""
    keys = set(draft.rules.key_fields) if draft.rules else set()
    return {
        f"value_{name}": forms.CharField(
            label=f"{label}应为",
            required=False,
            max_length=200,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            help_text=_now(draft, name) + ("关键信息，要报省里审批。" if name in keys else ""),
        )
        for name, label in DISPUTABLE_FIELDS.items()
    }


def _now(draft: CorrectionRequest, name: str) -> str:
    shown = written_value(name, record_value(draft.record, name))
    return f"现在：{shown or '（空）'}。不用改的留空。"


def _reasons(_draft: CorrectionRequest) -> dict[str, forms.Field]:
    return {
        "reasons": forms.MultipleChoiceField(
            label="照片怎么不对",
            required=False,
            choices=PhotoReason.choices,
            widget=forms.CheckboxSelectMultiple,
            help_text="看不到照片的，选“拍过照，但看不到照片”。",
        )
    }
