"""Forms of declaring and binding."""

from typing import Any

from django import forms

from accounts.identity import DocumentType
from accounts.services import LONGEST_NAME, checked_declaration
from common.errors import InvalidInputError
from enrollment.models import School
from enrollment.states import BindingFact


class IdentityForm(forms.Form):
    """Who the person is, as the document says."""

    name = forms.CharField(
        label="姓名",
        max_length=LONGEST_NAME,
        help_text="和证件上一模一样；名字里的间隔点写成“·”，生僻字照原字写。",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    id_type = forms.ChoiceField(
        label="证件类型",
        choices=DocumentType.choices,
        initial=DocumentType.RESIDENT_ID,
        help_text="选入学时登记的那一种。",
    )
    number = forms.CharField(
        label="证件号码",
        max_length=60,
        help_text="末位是 X 的，大小写都可以。",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """The rule of declaring, before the confirmation page."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            name, _ = checked_declaration(
                name=cleaned["name"],
                id_type=DocumentType(cleaned["id_type"]),
                number=cleaned["number"],
            )
        except InvalidInputError as error:
            self.add_error(error.field, str(error))
        else:
            cleaned["name"] = name
        return cleaned


class BindingForm(forms.Form):
    """The one fact that the roster holds, as the schools' settings ask for it."""

    fact = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = set(School.objects.values_list("binding_fact", flat=True))
        if asked == {BindingFact.NONE}:
            del self.fields["fact"]
            return
        field = self.fields["fact"]
        field.required = BindingFact.NONE not in asked
        if asked - {BindingFact.NONE} == {BindingFact.STUDENT_NO}:
            field.label = "学号"
            field.help_text = "学生证、校园卡上都有。"
        else:
            field.label = "考生号"
            field.help_text = (
                "高考准考证、录取通知书上有，多为 14 位；研究生是报名号。没有考生号的，填学号。"
            )
