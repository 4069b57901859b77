"""Choosing a school: asked only where there is more than one."""

from django import forms
from django.db.models import QuerySet

from enrollment.models import School

__all__ = ["SchoolChoice", "hide_single_school"]


class SchoolChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """A school by name; main school and affiliated college are two."""

    def __init__(self, *, queryset: "QuerySet[School] | None" = None) -> None:
        super().__init__(
            label="学校",
            empty_label="选一所学校",
            queryset=School.objects.none() if queryset is None else queryset,
            help_text="主校和独立学院是两所学校，照录取通知书选。",
        )

    def label_from_instance(self, obj: School) -> str:
        """Its name and code."""
        return str(obj)


def hide_single_school(form: forms.Form, schools: "QuerySet[School]") -> None:
    """Offer these schools; where there is one it is chosen and not asked."""
    field = form.fields["school"]
    field.queryset = schools  # type: ignore[attr-defined]
    only = list(schools[:2])
    if len(only) == 1:
        field.widget = forms.HiddenInput()
        field.initial = only[0].pk
