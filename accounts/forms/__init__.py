"""Forms of the entrance and of one's own account."""

from accounts.forms.contacts import AddEmailForm, ChangePhoneForm
from accounts.forms.entrance import (
    TRIES_PER_CONTACT,
    ActivateTOTPForm,
    AuthenticateForm,
    ConfirmCodeForm,
    LoginForm,
    MFAReauthenticateForm,
    ReauthenticateForm,
    RequestLoginCodeForm,
    ResendActivationForm,
    SignupForm,
    VerifyPhoneForm,
)
from accounts.forms.fields import LoginKind, PhoneField, kind_of_login
from accounts.forms.guard import count_sms
from accounts.forms.passkeys import (
    AddPasskeyForm,
    AuthenticatePasskeyForm,
    EditPasskeyForm,
    LoginPasskeyForm,
    ReauthenticatePasskeyForm,
)
from accounts.forms.passwords import ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm
from accounts.forms.recovery import (
    RESET_KEY,
    ConfirmResetCodeForm,
    PhoneDoubtForm,
    RecoverLoginForm,
    ResetPasswordForm,
)

__all__ = [
    "RESET_KEY",
    "TRIES_PER_CONTACT",
    "ActivateTOTPForm",
    "AddEmailForm",
    "AddPasskeyForm",
    "AuthenticateForm",
    "AuthenticatePasskeyForm",
    "ChangePasswordForm",
    "ChangePhoneForm",
    "ConfirmCodeForm",
    "ConfirmResetCodeForm",
    "EditPasskeyForm",
    "LoginForm",
    "LoginKind",
    "LoginPasskeyForm",
    "MFAReauthenticateForm",
    "PhoneDoubtForm",
    "PhoneField",
    "ReauthenticateForm",
    "ReauthenticatePasskeyForm",
    "RecoverLoginForm",
    "RequestLoginCodeForm",
    "ResendActivationForm",
    "ResetPasswordForm",
    "ResetPasswordKeyForm",
    "SetPasswordForm",
    "SignupForm",
    "VerifyPhoneForm",
    "count_sms",
    "kind_of_login",
]
