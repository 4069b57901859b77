"""The three questions of the diagnosis."""

from typing import Any

from django import forms

from enrollment.forms.schools import SchoolChoice, hide_single_school
from enrollment.models import School
from enrollment.states import BindingFact

_FIRST_YEAR, _LAST_YEAR = 1950, 2100


class DiagnosisForm(forms.Form):
    """Which number, which year, and whether it is a 专升本 enrolment."""

    school = SchoolChoice()
    given_no = forms.CharField(
        label="考生号",
        max_length=40,
        help_text="录取通知书、准考证上有。没有考生号的，填学号。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    entry_year = forms.IntegerField(
        label="哪一年入学",
        min_value=_FIRST_YEAR,
        max_value=_LAST_YEAR,
        help_text="四位数，比如 2022。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    is_top_up = forms.TypedChoiceField(
        label="是专升本吗",
        choices=[("no", "不是"), ("yes", "是，读完专科再升的本科")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hide_single_school(self, School.objects.order_by("code"))
        asked = set(School.objects.values_list("binding_fact", flat=True))
        if BindingFact.CANDIDATE_NO not in asked:
            self.fields["given_no"].label = "学号"
            self.fields["given_no"].help_text = "学生证、校园卡上都有。"
