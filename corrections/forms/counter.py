"""What is typed at the counter."""

from django import forms

from corrections.states.counter import ShownDocument

__all__ = ["CounterConfirmForm", "CounterFindForm"]


class CounterFindForm(forms.Form):
    """A scanner types the number and presses return."""

    number = forms.CharField(
        label="证件号码或学号",
        max_length=40,
        help_text="刷身份证，或者手工输入。每次查找都会记在学生的“谁看过我的信息”里。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "请刷身份证，或者输入证件号码、学号"},
    )


class CounterConfirmForm(forms.Form):
    """The document was held against person and record."""

    document = forms.ChoiceField(
        label="出示的证件原件",
        choices=ShownDocument.choices,
        widget=forms.RadioSelect,
        initial=ShownDocument.ID_CARD,
        error_messages={"required": "请选学生出示的证件"},
    )
    is_same = forms.BooleanField(
        label="证件照片是本人，姓名、号码与学籍一致",
        error_messages={"required": "请核对证件原件：不一致的，请办勘误，不要在这里确认"},
    )
    note = forms.CharField(
        label="学生说的",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="只有教务处经办老师看得到，不印在回执上。",
    )
