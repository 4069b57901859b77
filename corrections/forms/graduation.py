"""Forms of the graduation audit for students, colleges, and readers of the notice."""

from typing import Any

from django import forms

from corrections.states.graduation import (
    AuditOutcome,
    CertificateState,
    ObjectionAction,
    TakerKind,
)

__all__ = [
    "AnswerForm",
    "ConfirmForm",
    "NoticeObjectionForm",
    "ObjectForm",
    "ProposeForm",
    "ReceiptForm",
]

_LONGEST = 1_000


def _text(label: str, help_text: str = "", *, rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
        **options,
    )


class ConfirmForm(forms.Form):
    """The list as it was shown."""

    seen_digest = forms.CharField(max_length=32, widget=forms.HiddenInput)


class ObjectForm(forms.Form):
    """What is wrong with one item."""

    reason = _text("哪里不对", "写清楚依据，比如哪门课、哪个学期。学院会看到，会答复你。")


class NoticeObjectionForm(forms.Form):
    """An objection to the notice, under one's name."""

    name = forms.CharField(label="你的姓名", max_length=50, help_text="要实名，只给办理的老师看。")
    contact = forms.CharField(label="联系方式", max_length=100, help_text="手机号或邮箱。")
    reason = _text("异议内容", "写清楚对谁、对什么有异议，有什么依据。")


class ProposeForm(forms.Form):
    """What the college holds."""

    outcome = forms.ChoiceField(
        label="学院提出", choices=AuditOutcome.choices, widget=forms.RadioSelect
    )
    note = _text("说明", "和各项目得出的不一样时要写。", rows=3, required=False)

    def clean_outcome(self) -> AuditOutcome:
        """The choice itself."""
        return AuditOutcome(self.cleaned_data["outcome"])


class AnswerForm(forms.Form):
    """What becomes of an objection."""

    action = forms.ChoiceField(
        label="认定",
        choices=[
            (each.value, each.label) for each in (ObjectionAction.UPHOLD, ObjectionAction.REJECT)
        ],
        widget=forms.RadioSelect,
    )
    answer = _text("答复", "学生会看到。异议成立的，请教务处改正项目以后再提出结果。")

    def clean_action(self) -> ObjectionAction:
        """The choice itself."""
        return ObjectionAction(self.cleaned_data["action"])


class ReceiptForm(forms.Form):
    """Into whose hands a certificate goes; of one that is out: how the receipt should read, and why."""

    taker = forms.ChoiceField(label="领取方式", choices=TakerKind.choices, widget=forms.RadioSelect)
    taker_name = forms.CharField(
        label="代领人姓名", max_length=50, required=False, help_text="本人领取的不用填。"
    )
    proxy_reason = _text("代领的原因", "凭什么代领，如委托书。", rows=2, required=False)
    reason = _text("更正的理由", rows=2)

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if state != CertificateState.HANDED:
            del self.fields["reason"]

    def clean_taker(self) -> TakerKind:
        """The choice itself."""
        return TakerKind(self.cleaned_data["taker"])
