"""Setting a new password: after a code, with the old one, or without."""

from typing import Any

from allauth.account import forms as base
from allauth.account.adapter import get_adapter
from django import forms

from accounts.forms.fields import PASSWORD_HINT, password_field, say_mismatch
from accounts.models import User
from accounts.passwords import PasswordRule


class _NewPassword(forms.Form):
    """The two fields of a new password, checked by the rule for the person in `user`."""

    user: User | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"] = password_field(
            "新密码", is_new=True, hint=PASSWORD_HINT, own="-"
        )
        self.fields["password2"] = password_field("再输一遍新密码", is_new=True)

    @property
    def password_rules(self) -> list[str]:
        """The rule, to be read before typing."""
        return PasswordRule.rules()

    def clean_password1(self) -> str:
        """The rule, with the person's own name and numbers."""
        password: str = get_adapter().clean_password(self.cleaned_data["password1"], user=self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        cleaned = super().clean() or self.cleaned_data
        say_mismatch(self)
        return cleaned


class ChangePasswordForm(_NewPassword, base.ChangePasswordForm):
    """The old password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = password_field("现在的密码", is_new=False)
        self.order_fields(["oldpassword", "password1", "password2"])


class SetPasswordForm(_NewPassword, base.SetPasswordForm):
    """A new password for who has logged in by a code."""


class ResetPasswordKeyForm(_NewPassword, base.ResetPasswordKeyForm):
    """A new password after the code from the mail."""
