"""Forms of the people who are named for one identity review."""

from typing import Any

from django import forms

from common.evidence import EVIDENCE_BYTES
from imaging.models import ReviewDocumentRule
from imaging.selectors.reviews import Checklist
from imaging.services.review.moves import LONGEST_TEXT
from imaging.states.review import PanelOpinion

__all__ = ["AgreeForm", "ConfirmForm", "OpinionForm", "PaperForm", "ReturnForm"]

_FILES = {"accept": "image/jpeg,image/png,image/webp,application/pdf"}


def _text(label: str, help_text: str = "", *, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class PaperForm(forms.Form):
    """One file under one line of the checklist."""

    rule = forms.ModelChoiceField(
        label="材料", queryset=ReviewDocumentRule.objects.none(), empty_label="请选择"
    )
    evidence = forms.FileField(
        label="文件",
        help_text="照片（JPG、PNG、WebP）或 PDF，最大 5 MB。",
        widget=forms.ClearableFileInput(attrs={**_FILES, "data-ui-max-bytes": str(EVIDENCE_BYTES)}),
    )

    def __init__(self, *args: Any, checklist: Checklist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule"]
        if isinstance(field, forms.ModelChoiceField):
            with_room = [line.rule.pk for line in checklist.lines if line.has_room]
            field.queryset = ReviewDocumentRule.objects.filter(pk__in=with_room).order_by(
                "position"
            )


class ConfirmForm(forms.Form):
    """What the college has checked."""

    opinion = _text("核实意见", "写明怎样核实了本人、录取材料和在校学习情况。会写进案卷。")


class ReturnForm(forms.Form):
    """What is missing."""

    note = _text("要补什么", "经办人会看到。", rows=3)


class OpinionForm(forms.Form):
    """What one of the panel holds."""

    opinion = forms.ChoiceField(
        label="你的意见", choices=PanelOpinion.choices, widget=forms.RadioSelect
    )
    grounds = _text("理由", "组长提交结论以前可以改。")


class AgreeForm(forms.Form):
    """The panel's conclusion with its minutes."""

    opinion = forms.ChoiceField(
        label="专家组结论", choices=PanelOpinion.choices, widget=forms.RadioSelect
    )
    met_date = forms.DateField(label="开会日期", widget=forms.DateInput(attrs={"type": "date"}))
    minutes = _text("会议纪要", "谁到会、看了什么、怎样认定。提交以后不能改。", rows=6)
