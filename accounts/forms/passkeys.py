"""Forms of passkeys: allauth's ceremony with our words, and always a passkey that logs in alone."""

from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.mfa.webauthn import forms as base
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.exceptions import ValidationError

__all__ = [
    "AddPasskeyForm",
    "AuthenticatePasskeyForm",
    "EditPasskeyForm",
    "LoginPasskeyForm",
    "ReauthenticatePasskeyForm",
]

_LONGEST_NAME = 40
_NOT_ADDED = "通行密钥没有添加成功，再点一次「添加」。"
_NOT_PASSED = "通行密钥没有通过：可能已经从账号里移除，或者停留太久。再试一次，或换一种方式登录。"


def _name(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label="给它起个名字",
        required=required,
        max_length=_LONGEST_NAME,
        help_text="写设备的名字，例如「我的手机」，以后好认。",
    )


def _credential() -> forms.JSONField:
    return forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={"required": _NOT_PASSED, "invalid": _NOT_PASSED},
    )


class AddPasskeyForm(base.SignupWebAuthnForm):
    """A new passkey: its name and what the device answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name(required=False)
        self.fields["credential"] = _credential()

    def clean(self) -> dict[str, Any]:
        """allauth's check of the device's answer, in one sentence of ours when it fails."""
        try:
            return dict(super().clean())
        except (ValidationError, ValueError, KeyError) as error:
            raise ValidationError(_NOT_ADDED) from error


class _Ceremony(base.AuthenticateWebAuthnForm):
    """What the device answered, checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _credential()

    def clean_credential(self) -> Authenticator:
        """The passkey that answered; a limit that is reached keeps its own sentence."""
        try:
            return super().clean_credential()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise
            self._tell_refusal()
            raise ValidationError(_NOT_PASSED) from error
        except (ValueError, KeyError, AttributeError) as error:
            self._tell_refusal()
            raise ValidationError(_NOT_PASSED) from error

    def _tell_refusal(self) -> None:
        """As allauth's own forms of the second factor do, so that the history has it."""
        authentication_failed.send(
            sender=Authenticator,
            request=context.request,
            user=self.user or self._claimed(),
            authenticator=None,
            reauthentication=self.reauthenticated,
            passwordless=self.passwordless,
        )

    def _claimed(self) -> Any:
        """Whose passkey the device says it is; nobody has proved that."""
        try:
            return auth.extract_user_from_response(self.cleaned_data["credential"])
        except (ValidationError, ValueError, AttributeError):
            return None


class AuthenticatePasskeyForm(_Ceremony):
    """As the second step of a log-in."""


class LoginPasskeyForm(_Ceremony, base.LoginWebAuthnForm):
    """As the whole log-in."""


class ReauthenticatePasskeyForm(_Ceremony, base.ReauthenticateWebAuthnForm):
    """Before something sensitive."""


class EditPasskeyForm(base.EditWebAuthnForm):
    """Another name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name(required=True)
