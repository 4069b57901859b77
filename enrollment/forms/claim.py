"""还有学籍没显示出来: which record it is, and the proofs when staff have to look."""

from typing import Any

from django import forms

from accounts.identity import DocumentType, canonical_number, check_number
from common import evidence
from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES, CleanEvidence
from enrollment.forms.schools import SchoolChoice, hide_single_school
from enrollment.models import School

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
_PROOF = {
    "accept": "image/jpeg,image/png,image/webp,application/pdf",
    "data-ui-max-bytes": str(EVIDENCE_BYTES),
}


class FurtherForm(forms.Form):
    """School, number and name of the record that is not shown."""

    school = SchoolChoice()
    given_no = forms.CharField(
        label="学号或考生号",
        max_length=40,
        help_text="那条学籍上的。两个都知道的，填考生号。",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    name = forms.CharField(
        label="那条学籍上的姓名",
        max_length=100,
        help_text="入学时登记的姓名。改过名的填当时的。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hide_single_school(self, School.objects.order_by("code"))


class ProofField(forms.FileField):
    """One proof, cleaned as it comes in: images are redrawn, PDFs are checked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.ClearableFileInput(attrs=_PROOF), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> CleanEvidence | None:
        """The proof in a form that may be kept, or what is wrong with it."""
        upload = super().clean(data, initial)
        if not upload:
            return None
        if (upload.size or 0) > EVIDENCE_BYTES:
            raise forms.ValidationError("文件超过 5 MB，请压缩或重拍后再选")
        try:
            return evidence.clean_evidence(upload.read(), upload.name or "")
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error


class ClaimForm(forms.Form):
    """What staff need to decide: proofs, the document of enrolment if it was another one, a word."""

    proof_1 = ProofField(
        label="证件照片",
        help_text="现在的证件，有照片的一面。JPG、PNG 图片或 PDF，不超过 5 MB。",
    )
    proof_2 = ProofField(
        label="能证明学籍是你的材料",
        required=False,
        help_text="录取通知书、学生证、户口簿“曾用名”一页、公安机关证明，有哪样附哪样。",
    )
    former_type = forms.ChoiceField(
        label="入学时用的是另一本证件吗",
        choices=[("", "不是，就是现在这本"), *DocumentType.choices],
        required=False,
    )
    former_number = forms.CharField(
        label="入学时的证件号码",
        max_length=60,
        required=False,
        help_text="换过号码、用军官证或护照入学的才填。",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    note = forms.CharField(
        label="补充说明",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2_000}),
    )

    def clean(self) -> dict[str, Any]:
        """Kind and number of the former document belong together; the proofs as one list."""
        cleaned = super().clean() or {}
        kind, number = cleaned.get("former_type", ""), (cleaned.get("former_number") or "").strip()
        if number and not kind:
            self.add_error("former_type", "选一下入学时的证件是哪一种")
        elif kind and not number:
            self.add_error("former_number", "填上入学时的证件号码")
        elif kind and (problems := check_number(canonical_number(number, kind), kind)):
            self.add_error(
                "former_number", f"{problems[0].message}确实是这个号码的，类型选「其他」。"
            )
        cleaned["evidence"] = [
            proof for proof in (cleaned.get("proof_1"), cleaned.get("proof_2")) if proof
        ]
        return cleaned
