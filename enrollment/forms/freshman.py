"""新生快速查询: asked of people without an account, so with a picture against robots."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from common.captcha import CaptchaField
from enrollment.forms.schools import SchoolChoice, hide_single_school
from enrollment.models import School


class FreshmanForm(forms.Form):
    """Document number, name, and what is in the picture."""

    school = SchoolChoice()
    number = forms.CharField(
        label="证件号码",
        max_length=60,
        help_text="录取时登记的证件。末位是 X 的，大小写都可以。",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(
        label="姓名", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    captcha = CaptchaField()

    def __init__(self, *args: Any, schools: "QuerySet[School]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hide_single_school(self, schools)
