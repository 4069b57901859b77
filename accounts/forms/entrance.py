"""Forms of the entrance and of one's own account, over allauth's, in our words."""

from datetime import datetime
from typing import Any, Literal

from allauth.account import forms as base
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress, Login
from allauth.core import ratelimit
from allauth.mfa.base import forms as mfa_base
from allauth.mfa.totp import forms as totp_base
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.identity import canonical_number
from accounts.identity.phone import normal_phone
from accounts.models import User
from accounts.passwords import PasswordRule
from accounts.services import discard_unproved_account
from common.ratelimit import Limit, TooManyError, hit

LoginKind = Literal["email", "phone", "document_no"]

# Registrations of one contact: each may send a message to somebody who did not ask for it.
TRIES_PER_CONTACT = Limit("register-contact", 10, 3600)

_LONGEST_LOGIN = 150
_PASSWORD_HINT = "字母、数字、符号都要有，不含自己的姓名、手机号或证件号码。"  # noqa: S105 -- a hint


def _now() -> datetime:
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


def _password(label: str, *, is_new: bool, hint: str = "", own: str = "") -> forms.CharField:
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


def _code(label: str = "六位验证码", hint: str = "10 分钟内有效，最多试五次。") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=20,
        help_text=hint,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "10"}
        ),
    )


def _email(label: str = "邮箱", hint: str = "") -> forms.EmailField:
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


class SignupForm(base.SignupForm):
    """One field for e-mail or phone, the password twice, consent."""

    field_order = ("contact", "password1", "password2", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"], self.fields["phone"]
        self.fields["contact"] = forms.CharField(
            label="邮箱或手机号",
            max_length=_LONGEST_LOGIN,
            help_text="以后用它登录。邮箱收激活信，手机收验证码，现在就能收到的那一个。",
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password1"] = _password(
            "设一个密码", is_new=True, hint=_PASSWORD_HINT, own="id_contact"
        )
        self.fields["password2"] = _password("再输一遍密码", is_new=True)
        self.fields["consent"] = forms.BooleanField(
            label="我看过个人信息处理告知，同意学校为毕业核对使用我的信息",
            error_messages={"required": "同意以后才能注册；不同意的，请到教务处线下核对。"},
        )
        self.order_fields(self.field_order)

    @property
    def password_rules(self) -> list[str]:
        """The rule, to be read before typing."""
        return PasswordRule.rules()

    def clean_contact(self) -> str:
        """Tell e-mail and phone apart and hand them on under allauth's names."""
        text: str = self.cleaned_data["contact"].strip()
        kind, value = kind_of_login(text)
        if kind == "document_no":
            message = (
                "邮箱地址写得不对。"
                if "@" in text
                else "这不像邮箱，也不像手机号。内地手机写 11 位数字，其他地区加国家或地区码。"
            )
            raise ValidationError(message)
        try:
            hit(TRIES_PER_CONTACT, value, now=_now())
        except TooManyError as error:
            raise ValidationError(str(error)) from error
        if kind == "email":
            self.cleaned_data["email"] = self.validate_unique_email(value)
        else:
            self.cleaned_data["phone"] = value
        return text

    def clean(self) -> dict[str, Any]:
        """The password may not hold the phone either; allauth looks at the e-mail."""
        cleaned: dict[str, Any] = super().clean()
        phone, password = self.cleaned_data.get("phone"), self.cleaned_data.get("password1")
        if phone and password and not self.has_error("password1"):
            try:
                PasswordRule().validate(password, User(phone=phone))
            except ValidationError as error:
                self.add_error("password1", error)
        _say_mismatch(self)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Save, or pretend to when the contact belongs to somebody; unproved claims give way.

        The same registration sent again by the same browser goes on with the account it made.
        """
        email, phone = self.cleaned_data.get("email"), self.cleaned_data.get("phone")
        if email:
            request.session["activation_email"] = email
        if (begun := self._begun_here(request, email, phone)) is not None:
            return begun, perform_login(request, Login(user=begun, signup=True))
        if getattr(request, "lost_race", False):  # whoever won it began a moment ago
            self.account_already_exists = True
        elif discard_unproved_account(email=email, phone=phone, now=_now()):
            self.account_already_exists = False
            if email:  # the link that went out is dead: the next one may not wait for its minute
                ratelimit.clear(request, action="confirm_email", key=email)
        user, response = super().try_save(request)
        return user, response

    def _begun_here(
        self, request: HttpRequest, email: str | None, phone: str | None
    ) -> User | None:
        """The account that this browser has just registered with the same contact and password."""
        login = unstash_login(request, peek=True)
        user: User | None = login.user if login is not None and login.signup else None
        if user is None or (user.email, user.phone) != (email, phone):
            return None
        return user if user.check_password(self.cleaned_data["password1"]) else None


def _say_mismatch(form: forms.Form) -> None:
    """One sentence of ours for two different passwords, in place of allauth's."""
    if form.has_error("password2") and form.cleaned_data.get("password1"):
        form.errors["password2"] = form.error_class(["两次输入的密码不一样，再输一遍。"])


class LoginForm(base.LoginForm):
    """E-mail, phone or document number in one field."""

    field_order = ("login", "password", "remember")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="邮箱、手机号或证件号码",
            max_length=_LONGEST_LOGIN,
            help_text="绑定学籍以后才能用证件号码登录。",
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"] = _password("密码", is_new=False)
        self.fields["remember"] = forms.BooleanField(
            label="在这台设备上保持登录",
            required=False,
            help_text="只在自己的手机、电脑上勾选；公用电脑上不要勾。",
        )
        self.order_fields(self.field_order)

    def clean_login(self) -> str:
        """The login in its normal form: allauth passes on what it gets."""
        self.login_kind, value = kind_of_login(self.cleaned_data["login"])
        return value

    def user_credentials(self) -> dict[str, str]:
        """What the backends are asked with: the one kind that was typed, and the password."""
        return {
            self.login_kind: self.cleaned_data["login"],
            "password": self.cleaned_data["password"],
        }


class RequestLoginCodeForm(base.RequestLoginCodeForm):
    """Log in by a code sent to a proved e-mail or phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = forms.CharField(
            label="邮箱或手机号",
            max_length=_LONGEST_LOGIN,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields = {"contact": contact}
        self._user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Under allauth's names; an unproved address counts as unknown."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        kind, value = kind_of_login(cleaned["contact"])
        if kind == "document_no":
            raise ValidationError("验证码只能发到邮箱或手机。")
        cleaned[kind] = value
        if kind == "phone":
            self.clean_phone()
        else:
            self.clean_email()
            proved = EmailAddress.objects.filter(user=self._user, email=value, verified=True)
            if self._user is not None and not proved.exists():
                self._user = None
        return cleaned


class ConfirmCodeForm(base.ConfirmLoginCodeForm):
    """A code from an SMS or a mail, to log in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()


class ConfirmResetCodeForm(base.ConfirmPasswordResetCodeForm):
    """The code from the mail, to set a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()


class VerifyPhoneForm(base.VerifyPhoneForm):
    """The code from the SMS, to prove a phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()


class ChangePhoneForm(base.ChangePhoneForm):
    """A new phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(label="新手机号", help_text="验证码会发到这个号码。")


class AddEmailForm(base.AddEmailForm):
    """A new e-mail, in force once its link was opened."""

    email = _email("新邮箱", "激活信会发到这个邮箱，点开确认以后才换。")


class ResetPasswordForm(base.ResetPasswordForm):
    """Where the code for a new password goes."""

    email = _email("注册时用的邮箱")


class ResendActivationForm(forms.Form):
    """Where the activation mail goes once more."""

    email = _email("注册时用的邮箱")


class _NewPassword(forms.Form):
    """The two fields of a new password, checked by the rule for the person in `user`."""

    user: User | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"] = _password("新密码", is_new=True, hint=_PASSWORD_HINT, own="-")
        self.fields["password2"] = _password("再输一遍新密码", is_new=True)

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
        _say_mismatch(self)
        return cleaned


class ChangePasswordForm(_NewPassword, base.ChangePasswordForm):
    """The old password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = _password("现在的密码", is_new=False)
        self.order_fields(["oldpassword", "password1", "password2"])


class SetPasswordForm(_NewPassword, base.SetPasswordForm):
    """A new password for who has logged in by a code."""


class ResetPasswordKeyForm(_NewPassword, base.ResetPasswordKeyForm):
    """A new password after the code from the mail."""


class ReauthenticateForm(base.ReauthenticateForm):
    """The password once more, before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _password("密码", is_new=False)


class ActivateTOTPForm(totp_base.ActivateTOTPForm):
    """The first number of the authenticator app."""

    code = _code("验证器里的六位数字", "")


class AuthenticateForm(mfa_base.AuthenticateForm):
    """The second step of the login."""

    code = _code("验证器里的六位数字，或一个备用码", "")


class MFAReauthenticateForm(mfa_base.ReauthenticateForm):
    """The second factor once more, before something sensitive."""

    code = _code("验证器里的六位数字，或一个备用码", "")
