"""Fields that several forms of the entrance share: logins, phones, codes, passwords."""

from datetime import datetime
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from accounts.identity import canonical_number
from accounts.identity.phone import normal_phone

LoginKind = Literal["email", "phone", "document_no"]

LONGEST_LOGIN = 150
PASSWORD_HINT = "字母、数字、符号都要有，不含自己的姓名、手机号或证件号码。"  # noqa: S105 -- a hint


def right_now() -> datetime:
    """The clock, once per form: allauth saves through its form and hands no moment over."""
    return timezone.now()  # noqa: TID251 -- said above


def kind_of_login(text: str) -> tuple[LoginKind, str]:
    """What somebody typed to log in: an e-mail, a phone in any spelling, else a document number."""
    text = text.strip()
    try:
        validate_email(text)
    except ValidationError:
        phone = normal_phone(text)
        return ("phone", phone) if phone else ("document_no", canonical_number(text))
    return "email", text.lower()


def password_field(label: str, *, is_new: bool, hint: str = "", own: str = "") -> forms.CharField:
    """A password that is typed, with the hint and the strength meter of a new one."""
    attrs = {"autocomplete": "new-password" if is_new else "current-password"}
    if own:
        attrs["data-ui-strength"] = own
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1_000,
        help_text=hint,
        widget=forms.PasswordInput(attrs=attrs),
    )


def code_field(
    label: str = "六位验证码", hint: str = "10 分钟内有效，最多试五次。"
) -> forms.CharField:
    """Six digits from an SMS or a mail."""
    return forms.CharField(
        label=label,
        max_length=20,
        help_text=hint,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "10"}
        ),
    )


def email_field(label: str = "邮箱", hint: str = "") -> forms.EmailField:
    """An e-mail address."""
    return forms.EmailField(
        label=label,
        max_length=254,
        help_text=hint,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class PhoneField(forms.CharField):
    """A phone in any spelling; cleans to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "手机号")
        kwargs.setdefault("max_length", 40)
        kwargs["widget"] = forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """The E.164 form, before validators see it."""
        text = super().to_python(value) or ""
        if not text:
            return ""
        phone = normal_phone(text)
        if phone is None:
            raise ValidationError(
                "手机号不对。内地手机写 11 位数字，其他地区加国家或地区码，例如 +852。"
            )
        return phone


def say_mismatch(form: forms.Form) -> None:
    """One sentence of ours for two different passwords, in place of allauth's."""
    if form.has_error("password2") and form.cleaned_data.get("password1"):
        form.errors["password2"] = form.error_class(["两次输入的密码不一样，再输一遍。"])
