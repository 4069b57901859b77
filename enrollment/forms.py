"""Forms of declaring and binding."""

from typing import Any

from django import forms

from accounts.identity import DocumentType
from accounts.models import User
from accounts.passwords import PasswordRule
from accounts.services import LONGEST_NAME, checked_declaration
from common.errors import InvalidInputError
from common.models import Channel
from enrollment.models import ClassGroup, Invitation, School, StudentRecord
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


class InvitationForm(forms.Form):
    """The password of somebody who was invited, and the consent."""

    password1 = forms.CharField(
        label="设一个密码",
        strip=False,
        max_length=1_000,
        help_text="字母、数字、符号都要有，不含自己的姓名、手机号或证件号码。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-ui-strength": "-"}),
    )
    password2 = forms.CharField(
        label="再输一遍密码",
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    consent = forms.BooleanField(label="我看过个人信息处理告知")

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact: str = invitation.contact
        is_mail = invitation.channel == Channel.EMAIL
        self._user = User(email=contact if is_mail else None)
        self._user.phone = None if is_mail else contact
        number = invitation.record.id_number if invitation.record else ""
        self._rule = PasswordRule(name=invitation.name, number=number)

    @property
    def password_rules(self) -> list[str]:
        """The rule, to be read before typing."""
        return PasswordRule.rules()

    def clean_password1(self) -> str:
        """The rule, with the contact and the name that we hold."""
        password: str = self.cleaned_data["password1"]
        self._rule.validate(password, self._user)
        return password

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "两次输入的密码不一样，再输一遍。")
        return cleaned


class MonitorForm(forms.Form):
    """A student of the class who has an account."""

    record = forms.ModelChoiceField(
        label="学生",
        queryset=StudentRecord.objects.none(),
        empty_label="选一名学生",
        help_text="只列出已经注册并绑定学籍的。",
    )

    def __init__(self, *args: Any, class_group: ClassGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["record"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = class_group.records.filter(binding__isnull=False).order_by(
                "student_no"
            )
            field.label_from_instance = lambda record: f"{record.name}（{record.student_no}）"  # type: ignore[method-assign]
