"""What to print for a whole college, and which error list to take."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.models import User
from accounts.policies import is_registrar
from corrections.selectors.papers import campaigns_to_print, colleges_to_print
from corrections.states import Layout
from enrollment.models import College
from imaging.models import Campaign

_ALL = "全校"


class PrintForm(forms.Form):
    """A campaign, a college of the person, a layout."""

    campaign = forms.ModelChoiceField(
        label="校对批次", queryset=Campaign.objects.none(), empty_label=None
    )
    college = forms.ModelChoiceField(
        label="学院", queryset=College.objects.none(), empty_label=None
    )
    layout = forms.ChoiceField(label="版式", choices=Layout.choices, initial=Layout.FORM)

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleges = colleges_to_print(user, now=now)
        _choose(self, "campaign", campaigns_to_print(colleges))
        _choose(self, "college", colleges)


class ErrorListForm(forms.Form):
    """A campaign and a college; the office may take all colleges at once."""

    campaign = forms.ModelChoiceField(
        label="校对批次", queryset=Campaign.objects.none(), empty_label=None
    )
    college = forms.ModelChoiceField(
        label="学院", queryset=College.objects.none(), empty_label=None
    )
    file_format = forms.ChoiceField(choices=[("pdf", "PDF"), ("xlsx", "XLSX")])

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleges = colleges_to_print(user, now=now)
        _choose(self, "campaign", campaigns_to_print(colleges))
        _choose(self, "college", colleges)
        college = self.fields["college"]
        if is_registrar(user) and isinstance(college, forms.ModelChoiceField):
            college.required = False
            college.empty_label = _ALL


def _choose(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows
