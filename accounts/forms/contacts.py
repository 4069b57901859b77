"""Changing the contacts of one's own account."""

from typing import Any

from allauth.account import forms as base

from accounts.forms.fields import PhoneField, email_field
from accounts.forms.guard import count_sms


class ChangePhoneForm(base.ChangePhoneForm):
    """A new phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(label="新手机号", help_text="验证码会发到这个号码。")

    def clean_phone(self) -> str:
        """allauth's check, and one more SMS to this phone."""
        phone: str = super().clean_phone()
        count_sms(phone)
        return phone


class AddEmailForm(base.AddEmailForm):
    """A new e-mail, in force once its link was opened."""

    email = email_field("新邮箱", "激活信会发到这个邮箱，点开确认以后才换。")
