"""What the desk fills in to move a correction request."""

from typing import Any

from django import forms

from common.admin import DeedForm, ReasonForm
from corrections.models import CorrectionRequest
from corrections.selectors import request_changes
from corrections.states import RequestState
from imaging.states import ConclusionKind, PhotoMatter, photo_matter

__all__ = [
    "AnswerForm",
    "ApplyForm",
    "ApprovalForm",
    "NoteForm",
    "RefuseForm",
    "ToldReasonForm",
    "WordForm",
    "photo_matter_of",
]

_KEY_STAYS = (
    "关键信息要省里批准，在这里办就不会改，也不会再报省里。该改的，先不要办，回去点“报省里审批”，"
    "批了再和其他字段一起更正；不该改的，写清楚原因，学生会看到。"
)
_NO_RETAKE = (
    "照片是你本人，符合采集标准，这次不安排重拍。要用这张照片注册学历，"
    "请在核对页面申请重新开放，把照片的结论改成“正确”。"
)

# Whoever decides reads these in the proof; the desk takes them as proposed and does not retype them.
_AS_PROPOSED = frozenset({"id_number"})


def photo_matter_of(request: CorrectionRequest) -> PhotoMatter | None:
    """Which case a request on a photo is; None for one on data."""
    is_photo = request.kind == ConclusionKind.PHOTO
    return photo_matter(request.reasons) if is_photo else None


class NoteForm(DeedForm):
    """What the student has to hand in."""

    note = forms.CharField(
        label="要学生补充什么",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到这段话。写清楚缺什么、怎么补。",
    )


class WordForm(DeedForm):
    """A sentence beside a move; the student reads it in the course of the case."""

    note = forms.CharField(
        label="说明",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到这段话。",
    )


class ToldReasonForm(ReasonForm):
    """A reason that becomes part of the course of the case, which its student reads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = "学生会看到这段话，不要写任何人的姓名和号码。同时写进审计记录。"


class ApprovalForm(DeedForm):
    """The province's document."""

    approval = forms.CharField(label="批文文号", max_length=100, help_text="例如：教学批 12 号。")


class AnswerForm(DeedForm):
    """What the student is told at the end."""

    answer = forms.CharField(
        label="给学生的答复",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到这段话。",
    )


class RefuseForm(AnswerForm):
    """The end without a change; the wish for a retake has its usual answer ready."""

    def __init__(self, *args: Any, obj: CorrectionRequest, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if photo_matter_of(obj) is PhotoMatter.RETAKE:
            self.fields["answer"].initial = _NO_RETAKE


class ApplyForm(AnswerForm):
    """Which fields are accepted, with which value, why the others are not, and the answer.

    What needs the province cannot be accepted without it: there only the reason is asked for.
    """

    def __init__(self, *args: Any, obj: CorrectionRequest, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        self.proposed = {row.field: row.proposed for row in obj.fields.all()}
        is_approved = obj.state == RequestState.APPROVED
        asked: dict[str, forms.Field] = {}
        for change in request_changes(obj):
            asked[f"refusal_{change.name}"] = forms.CharField(
                label=f"不采纳{change.label}的原因",
                required=False,
                max_length=500,
                initial=change.refusal,
                help_text="采纳的不用写，不采纳的要写；学生会看到。",
            )
            if change.is_key and not is_approved:
                refusal = asked[f"refusal_{change.name}"]
                refusal.required, refusal.help_text = True, _KEY_STAYS
                continue
            asked[f"accept_{change.name}"] = forms.BooleanField(
                label=f"采纳：{change.label}", required=False, initial=not change.refusal
            )
            if change.name not in _AS_PROPOSED and not change.is_key:
                asked[f"value_{change.name}"] = forms.CharField(
                    label=f"{change.label}改为",
                    required=False,
                    initial=self.proposed[change.name],
                    help_text=f"现在：{change.original or '（空）'}",
                    widget=forms.TextInput(attrs={"autocomplete": "off"}),
                )
        self.fields = {**asked, **self.fields}

    def clean(self) -> dict[str, Any]:
        """The accepted fields with their values, as the service takes them."""
        given = super().clean() or {}
        given["values"] = {
            name: given.get(f"value_{name}") or proposed
            for name, proposed in self.proposed.items()
            if given.get(f"accept_{name}")
        }
        given["refusals"] = {
            name: given.get(f"refusal_{name}") or ""
            for name in self.proposed
            if name not in given["values"]
        }
        if self.obj.kind == ConclusionKind.DATA and self.proposed and not given["values"]:
            raise forms.ValidationError("至少采纳一个字段；都不采纳，用“不予采纳”")
        for name, why in given["refusals"].items():
            asked = f"refusal_{name}"
            if not why.strip() and asked not in self.errors:
                self.add_error(asked, "写清楚为什么不采纳，学生会看到")
        return given
