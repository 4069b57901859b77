"""Which conclusion, what is wrong, what is right; asking to reopen; entering for a student."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.datastructures import MultiValueDict

from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES, CleanEvidence, clean_evidence
from enrollment.selectors import DISPUTABLE_FIELDS
from imaging.services.reopen import LONGEST_TEXT
from imaging.services.verdicts import NOTE_LENGTH, VALUE_LENGTH, contradiction_words
from imaging.states import Conclusion, ConclusionKind, PhotoReason, ProxyWay

__all__ = ["OTHER_FIELD", "ChoiceForm", "FillForm", "PickForm", "ProxyForm", "ReopenForm"]

OTHER_FIELD = "other"
_ANSWERS = [(Conclusion.CORRECT.value, "正确"), (Conclusion.INCORRECT.value, "有误")]
Data = MultiValueDict[str, str] | None
Files = MultiValueDict[str, Any] | None


class CarriedForm(forms.Form):
    """What every step hands on: the seal over what was seen, and the answers given so far."""

    seen = forms.CharField(widget=forms.HiddenInput)


class ChoiceForm(CarriedForm):
    """正确 or 有误 for each part that is asked; one part may be left for later."""

    def __init__(
        self,
        data: Data = None,
        *,
        photo: str = "",
        fields: str = "",
        has_photo: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if photo:
            answers = _ANSWERS if has_photo else _ANSWERS[1:]
            self.fields["photo"] = _answer(photo, answers)
        if fields:
            self.fields["info"] = _answer(fields, _ANSWERS)

    def clean(self) -> dict[str, Any]:
        """At least one answer."""
        cleaned = super().clean() or {}
        if not self.errors and not self.chosen():
            raise forms.ValidationError("照片和信息，至少选一项的结论。")
        return cleaned

    def chosen(self) -> dict[ConclusionKind, Conclusion]:
        """The answers that were given."""
        given = {
            ConclusionKind.PHOTO: self.cleaned_data.get("photo"),
            ConclusionKind.DATA: self.cleaned_data.get("info"),
        }
        return {kind: Conclusion(answer) for kind, answer in given.items() if answer}


def _answer(question: str, answers: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=question, choices=answers, widget=forms.RadioSelect, required=False
    )


class DisputeForm(CarriedForm):
    """Common to both steps of 有误: the answers given on the page before."""

    photo = forms.ChoiceField(choices=_ANSWERS, required=False, widget=forms.HiddenInput)
    info = forms.ChoiceField(choices=_ANSWERS, required=False, widget=forms.HiddenInput)

    def disputes(self, part: str) -> bool:
        """Whether the given part was called wrong; read before validation to build the form."""
        return str(self[part].value() or "") == Conclusion.INCORRECT


class PickForm(DisputeForm):
    """Which reasons, which fields."""

    def __init__(
        self,
        data: Data = None,
        *,
        reasons: Iterable[tuple[str, str]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if self.disputes("photo"):
            self.fields["photo_reasons"] = forms.MultipleChoiceField(
                label="照片哪里不对",
                choices=list(reasons),
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": "请选择照片有误的原因，至少一项。"},
            )
        if self.disputes("info"):
            self.fields["wrong_fields"] = forms.MultipleChoiceField(
                label="哪一项信息不对",
                choices=[*DISPUTABLE_FIELDS.items(), (OTHER_FIELD, "其他|下一步写明")],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": "请选择哪一项不对，至少一项。"},
            )

    def clean(self) -> dict[str, Any]:
        """Reasons that can be true together, said before anything else is asked."""
        cleaned = super().clean() or {}
        if said := _contradiction(self, cleaned):
            self.add_error("photo_reasons", said)
        return cleaned


def _contradiction(form: forms.Form, cleaned: dict[str, Any]) -> str:
    """Which reasons cannot be true together, in the words that stand on the form."""
    field = form.fields.get("photo_reasons")
    if not isinstance(field, forms.MultipleChoiceField):
        return ""
    choices = cast("Iterable[tuple[str, str]]", field.choices)
    called = {value: label.partition("|")[0] for value, label in choices}
    return contradiction_words(cleaned.get("photo_reasons", ()), called)


class FillForm(PickForm):
    """What is right, in the student's words, and a proof; the picks of the step before are hidden."""

    def __init__(
        self,
        data: Data = None,
        *,
        reasons: Iterable[tuple[str, str]],
        files: Files = None,
        initial: dict[str, Any] | None = None,
        evidence_name: str = "",
        needs_proof: bool = False,
    ) -> None:
        super().__init__(data, reasons=reasons, initial=initial)
        self.files = files or MultiValueDict()
        for name in ("photo_reasons", "wrong_fields"):
            if name in self.fields:
                self.fields[name].widget = forms.MultipleHiddenInput()
        for name in self.picked_fields():
            label = DISPUTABLE_FIELDS[name]
            self.fields[f"proposed_{name}"] = forms.CharField(
                label=label,
                max_length=VALUE_LENGTH,
                error_messages={"required": f"请填写{label}应该是什么"},
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self.fields["note"] = forms.CharField(
            label="说明",
            required=self.needs_note(),
            max_length=NOTE_LENGTH,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="不会印在班级反馈表上，班长看不到；辅导员、学院和教务处看得到。",
            error_messages={"required": "选了“其他”，请写明哪里不对"},
        )
        kept = f"已附：{evidence_name}。不选新文件就保留它。" if evidence_name else ""
        self.fields["evidence"] = forms.FileField(
            label="证明材料",
            required=needs_proof and not evidence_name and self.disputes("info"),
            error_messages={"required": "报告有误要附证明材料，例如身份证、录取通知书"},
            help_text=f"{kept}身份证件、批准文件等的照片或 PDF，5 MB 以内。",
            widget=forms.FileInput(
                attrs={
                    "accept": "image/jpeg,image/png,image/webp,application/pdf",
                    "data-ui-max-bytes": str(EVIDENCE_BYTES),
                }
            ),
        )

    def picked_fields(self) -> list[str]:
        """The wrong fields of the step before, in the record's order."""
        if "wrong_fields" not in self.fields:
            return []
        picked = set(self["wrong_fields"].value() or [])
        return [name for name in DISPUTABLE_FIELDS if name in picked]

    def needs_note(self) -> bool:
        """Whether something was picked that only words explain."""
        picked = {
            value
            for name in ("wrong_fields", "photo_reasons")
            if name in self.fields
            for value in (self[name].value() or [])
        }
        return bool(picked & {OTHER_FIELD, PhotoReason.OTHER.value})

    def clean_evidence(self) -> CleanEvidence | None:
        """The proof, cleaned; what cannot be kept is a form error."""
        upload = self.cleaned_data.get("evidence")
        if upload is None:
            return None
        if upload.size > EVIDENCE_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请缩小以后再传。")
        try:
            return clean_evidence(upload.read(), upload.name)
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error


class ReopenForm(forms.Form):
    """Which locked conclusions to give again, and why."""

    kinds = forms.MultipleChoiceField(
        label="重新核对哪一项",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "照片和信息，至少选一项重新核对。"},
    )
    reason = forms.CharField(
        label="为什么要重新核对",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="比如当时看错了什么。只有经办老师看得到。",
        error_messages={"required": "写明为什么要重新核对。"},
    )

    def __init__(self, data: Data = None, *, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, initial={"kinds": [kinds[0][0]] if len(kinds) == 1 else []})
        field = self.fields["kinds"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = kinds

    def chosen(self) -> frozenset[ConclusionKind]:
        """The kinds that were chosen."""
        return frozenset(ConclusionKind(value) for value in self.cleaned_data["kinds"])


class ProxyForm(CarriedForm):
    """代录: what the student said, and how and when the student was reached."""

    way = forms.ChoiceField(
        label="怎样联系到学生", choices=ProxyWay.choices, widget=forms.RadioSelect
    )
    reached_at = forms.DateTimeField(
        label="什么时候",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="学生亲口或亲笔说的时间，最近 30 天里。",
    )
    reason = forms.CharField(
        label="学生为什么不能自己核对",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="比如住院、境外没有网络。学生和教务处看得到，不会印在反馈表上。",
    )

    def __init__(
        self,
        data: Data = None,
        *,
        photo: str = "",
        fields: str = "",
        reasons: Iterable[tuple[str, str]] = (),
        has_photo: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        asked: dict[str, forms.Field] = {}
        if photo:
            answers = _ANSWERS if has_photo else _ANSWERS[1:]
            asked["photo"] = _answer(photo, answers)
            asked["photo_reasons"] = forms.MultipleChoiceField(
                label="照片有误的原因",
                choices=list(reasons),
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        if fields:
            asked["info"] = _answer(fields, _ANSWERS)
        asked["note"] = forms.CharField(
            label="学生说哪里有误、应该是什么",
            max_length=NOTE_LENGTH,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="有一项有误就要写，照学生的原话。",
        )
        if photo and has_photo:
            asked["has_seen"] = forms.BooleanField(
                label="学生本人看过现在这一版照片", required=False
            )
        self.fields = {**asked, **self.fields}

    def clean(self) -> dict[str, Any]:
        """At least one answer; whoever calls a photo right has seen it; what is wrong is put in words."""
        cleaned = super().clean() or {}
        photo, info = cleaned.get("photo"), cleaned.get("info")
        if not photo and not info:
            raise forms.ValidationError("照片和信息，至少录一项结论。")
        if photo == Conclusion.CORRECT and not cleaned.get("has_seen"):
            self.add_error("has_seen", "学生没看过照片，就不能代录“正确”。先给学生看。")
        if said := _contradiction(self, cleaned):
            self.add_error("photo_reasons", said)
        if photo == Conclusion.INCORRECT and not cleaned.get("photo_reasons"):
            self.add_error("photo_reasons", "请选择照片有误的原因，至少一项。")
        if info == Conclusion.INCORRECT and not cleaned.get("note"):
            self.add_error("note", "信息有误，写明哪一项、应该是什么。")
        return cleaned
