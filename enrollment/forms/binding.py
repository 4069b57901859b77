"""Forms of declaring and binding."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.identity import DocumentType
from accounts.models import User
from accounts.passwords import PasswordRule
from accounts.services import LONGEST_NAME, checked_declaration
from common.errors import InvalidInputError
from common.evidence import CleanEvidence, clean_evidence
from common.models import Channel
from enrollment.models import ClassGroup, Invitation, School, StudentRecord
from enrollment.selectors import FIELD_LABELS
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


class _StudentChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Students by name and number."""

    def label_from_instance(self, obj: StudentRecord) -> str:
        """Two of one name differ in the number."""
        return f"{obj.name}（{obj.student_no}）"


class MonitorForm(forms.Form):
    """A student of the class who has an account."""

    record = _StudentChoiceField(
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


PHOTO_BYTES = 1024 * 1024
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_STATEMENT = {"rows": 3, "maxlength": 1_000}


class RescueForm(forms.Form):
    """A claim on one's own number: how it happened, if one wants to say."""

    statement = forms.CharField(
        label="情况说明",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs=_STATEMENT),
        help_text="比如：没注册过却绑定不上；以前的手机号不用了。不要写密码。",
    )

    @property
    def claim(self) -> dict[str, Any]:
        """What the service takes beside the way of proof."""
        return {"statement": self.cleaned_data["statement"]}


class RescueFactsForm(RescueForm):
    """The facts that the school asks for."""

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        for name in school.rescue_facts:
            self.fields[name] = forms.CharField(
                label=FIELD_LABELS[name],
                max_length=60,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                help_text=_FACT_HELP.get(name, ""),
            )
        self.order_fields([*school.rescue_facts, "statement"])

    @property
    def claim(self) -> dict[str, Any]:
        """With the facts and the school that they are compared at."""
        facts = {name: self.cleaned_data[name] for name in self.school.rescue_facts}
        return {**super().claim, "school": self.school, "facts": facts}


_FACT_HELP = {
    "candidate_no": "高考准考证、录取通知书上有；研究生是报名号。",
    "entry_date": "入学通知书上的报到年月日，比如 2022-09-01。",
    "expected_graduation_date": "比如 2026-06-30。",
    "ethnicity": "入学登记的民族。",
    "political_status": "入学登记的政治面貌。",
}


class RescuePhotoForm(RescueForm):
    """A photo of oneself with the document in hand."""

    photo = forms.FileField(
        label="手持证件照片",
        help_text="JPG 或 PNG，不超过 1 MB。露出脸和手臂，证件上的字看得清。"
        "只有办这件事的老师能看，谁看过会留下记录，办结 90 天后销毁。",
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/jpeg,image/png", "data-ui-max-bytes": str(PHOTO_BYTES)}
        ),
    )
    field_order = ["photo", "statement"]

    def clean_photo(self) -> CleanEvidence:
        """The photo decoded and drawn anew, or what is wrong with it."""
        upload: UploadedFile[bytes] = self.cleaned_data["photo"]
        if (upload.size or 0) > PHOTO_BYTES:
            raise forms.ValidationError("照片超过 1 MB，请缩小以后再传。")
        data = upload.read()
        if not data.startswith(_PICTURES):
            raise forms.ValidationError("请传 JPG 或 PNG 照片。iPhone 的 HEIC 照片请先转成 JPG。")
        try:
            return clean_evidence(data, upload.name or "")
        except InvalidInputError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def claim(self) -> dict[str, Any]:
        """With the photo."""
        return {**super().claim, "photo": self.cleaned_data["photo"]}


class ObjectionForm(forms.Form):
    """Why the number stays where it is; a word is welcome, the click is enough."""

    reason = forms.CharField(
        label="想对老师说的话",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs=_STATEMENT),
        help_text="申请人看不到。",
    )
