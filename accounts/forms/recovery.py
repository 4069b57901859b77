"""The ways back in: a new password by a code, the login name by document number and name."""

from typing import Any

from allauth.account import forms as base
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY as RESET_KEY,
)
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.forms.fields import LONGEST_LOGIN, code_field, kind_of_login
from accounts.forms.guard import AFTER_CODES, GuardedForm, count_sms
from accounts.models import User
from accounts.selectors import proved_owner
from accounts.services import LONGEST_NAME
from common.captcha import CaptchaField

__all__ = [
    "RESET_KEY",
    "ConfirmResetCodeForm",
    "PhoneDoubtForm",
    "RecoverLoginForm",
    "ResetPasswordForm",
]


class _ResetProcess(PasswordResetVerificationProcess):
    """allauth's process, which knows e-mails only, for phones too."""

    def send(self) -> None:
        """The code, or a word to the owner of a contact that nobody has proved."""
        phone = self.state.get("phone")
        adapter = get_adapter()
        if not phone:
            super().send()
        elif self.user is None:
            adapter.send_unknown_account_sms(phone)
        else:
            self.state["code"] = adapter.generate_password_reset_code()
            adapter.send_verification_code_sms(user=self.user, phone=phone, code=self.code)


class ResetPasswordForm(GuardedForm, base.ResetPasswordForm):
    """Where the code for a new password goes: e-mail or phone, alike."""

    after = AFTER_CODES
    subject = "contact"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = forms.CharField(
            label="邮箱或手机号",
            max_length=LONGEST_LOGIN,
            help_text="写登录用的那一个，验证码会发到那里。",
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields = {"contact": contact}
        self._kind = ""
        self._owner: User | None = None
        self.guard()

    def clean(self) -> dict[str, Any]:
        """Who has proved the contact; under allauth's name, on which its limits are counted."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        self._kind, value = kind_of_login(cleaned["contact"])
        if self._kind == "document_no":
            raise ValidationError("验证码只能发到邮箱或手机，这里不填证件号码。")
        cleaned["email"] = value
        self.count()
        count_sms(value)
        self._owner = proved_owner(self._kind, value)
        return cleaned

    def save(self, request: HttpRequest, **_: Any) -> str:
        """Send, and remember in the session what has to be typed."""
        contact: str = self.cleaned_data["email"]
        is_phone = self._kind == "phone"
        state = _ResetProcess.initial_state(
            self._owner, None if is_phone else contact, contact if is_phone else None
        )
        state.setdefault("email", "")
        process = _ResetProcess(request, state=state, user=self._owner)
        process.send()
        process.persist()
        return contact


class ConfirmResetCodeForm(base.ConfirmPasswordResetCodeForm):
    """The code from the mail or SMS, to set a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()


class PhoneDoubtForm(forms.Form):
    """What somebody knows who is the account's person, and not only the phone's new holder."""

    number = forms.CharField(
        label="证件号码",
        max_length=40,
        help_text="这个账号实名登记的那一个，写全。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class RecoverLoginForm(forms.Form):
    """Who does not know any more which e-mail or phone the account has."""

    name = forms.CharField(
        label="姓名",
        max_length=LONGEST_NAME,
        help_text="照登记时的写。",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = forms.CharField(
        label="证件号码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["captcha"] = CaptchaField()
