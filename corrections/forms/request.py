"""Forms of correction requests that a student fills in: what was missing, and taking it back."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from common import evidence
from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES
from corrections.models import CorrectionRequest
from corrections.services.evidence import Supplement

__all__ = ["ResubmitForm", "WithdrawForm"]

_TEXT = {"rows": 4, "maxlength": 2_000}
# The kind and the file of each proof that goes with one supplement.
_PLACES: Final = (("title", "evidence"), ("title_2", "evidence_2"), ("title_3", "evidence_3"))


class ResubmitForm(forms.Form):
    """What was missing: words, reasons that are not public, up to three proofs with their kinds."""

    note = forms.CharField(
        label="补充说明",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="写清楚应该是什么、凭什么。学院和教务处会看到。",
    )
    private_note = forms.CharField(
        label="不公开的原因",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="手术、收养、性别变更这类事写在这里：加密保存，只有你和教务处能看。",
    )

    def __init__(
        self,
        *args: Any,
        request: CorrectionRequest,
        titles: Sequence[str] = (),
        reads_private: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not reads_private:
            del self.fields["private_note"]
        readers = "学院和教务处" if request.conclusion_id is None else "辅导员、学院和教务处"
        for place, (kind, file) in enumerate(_PLACES, 1):
            self.fields[kind] = forms.ChoiceField(
                label=f"第 {place} 份材料是",
                required=False,
                choices=[("", "其他材料"), *((title, title) for title in titles)],
            )
            self.fields[file] = forms.FileField(
                label=f"第 {place} 份证明材料",
                required=False,
                help_text="JPG、PNG 图片或 PDF，不超过 5 MB。"
                + (f"只有你、{readers}能看到，谁看过会留下记录。" if place == 1 else ""),
                widget=forms.FileInput(
                    attrs={
                        "accept": "image/jpeg,image/png,image/webp,application/pdf",
                        "data-ui-max-bytes": str(EVIDENCE_BYTES),
                    }
                ),
            )

    def clean(self) -> dict[str, Any]:
        """At least something; every file cleaned, or what is wrong with it."""
        cleaned = super().clean() or {}
        self.proofs = [found for place in _PLACES if (found := self._proof(*place))]
        words = cleaned.get("note", "").strip() or cleaned.get("private_note", "").strip()
        if not self.errors and not words and not self.proofs:
            self.add_error("note", "写一句补充说明，或者附上一份证明材料")
        return cleaned

    @property
    def given(self) -> dict[str, Any]:
        """What the service takes."""
        private_note = self.cleaned_data.get("private_note", "")
        return {
            "note": self.cleaned_data["note"],
            "private_note": private_note,
            "proofs": self.proofs,
        }

    def _proof(self, kind: str, file: str) -> Supplement | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data.get(file)
        title = self.cleaned_data.get(kind, "")
        if upload is None:
            if title and file not in self.errors:
                self.add_error(file, f"还没有选“{title}”的文件")
            return None
        if (upload.size or 0) > EVIDENCE_BYTES:
            self.add_error(file, "文件超过 5 MB，请压缩或重拍后再选")
            return None
        try:
            proof = evidence.clean_evidence(upload.read(), upload.name or "")
        except InvalidInputError as error:
            self.add_error(file, str(error))
            return None
        return Supplement(proof=proof, title=title, field=file)


class WithdrawForm(forms.Form):
    """Taking a request back, with a reason if one wants to give it."""

    note = forms.CharField(
        label="撤回的原因", required=False, max_length=2_000, widget=forms.Textarea(attrs=_TEXT)
    )
