"""Forms of the entrance, over allauth's, in our words."""

from typing import Any

from allauth.account import forms as base
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import Login
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.mfa.base import forms as mfa_base
from allauth.mfa.totp import forms as totp_base
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.forms.fields import (
    LONGEST_LOGIN,
    PASSWORD_HINT,
    code_field,
    email_field,
    kind_of_login,
    password_field,
    right_now,
    say_mismatch,
)
from accounts.forms.guard import (
    AFTER_CODES,
    AFTER_LOGINS,
    AFTER_SIGNUPS,
    GuardedForm,
    by_code_instead,
    count_sms,
)
from accounts.models import User
from accounts.passwords import PasswordRule
from accounts.selectors import proved_owner
from accounts.services import check_can_take_phone, discard_unproved_account
from common.errors import NotAllowedError
from common.ratelimit import Limit, TooManyError, hit

# Registrations of one contact: each may send a message to somebody who did not ask for it.
TRIES_PER_CONTACT = Limit("register-contact", 10, 3600)


class SignupForm(GuardedForm, base.SignupForm):
    """One field for e-mail or phone, the password twice, consent."""

    after = AFTER_SIGNUPS
    subject = "contact"
    field_order = ("contact", "password1", "password2", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"], self.fields["phone"]
        self.fields["contact"] = forms.CharField(
            label="邮箱或手机号",
            max_length=LONGEST_LOGIN,
            help_text="以后用它登录。邮箱收激活信，手机收验证码，现在就能收到的那一个。",
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password1"] = password_field(
            "设一个密码", is_new=True, hint=PASSWORD_HINT, own="id_contact"
        )
        self.fields["password2"] = password_field("再输一遍密码", is_new=True)
        self.fields["consent"] = forms.BooleanField(
            label="我看过个人信息处理告知，同意学校为毕业核对使用我的信息",
            error_messages={"required": "同意以后才能注册；不同意的，请到教务处线下核对。"},
        )
        self.order_fields(self.field_order)
        self.guard()

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
        if kind == "email":
            self.cleaned_data["email"] = self.validate_unique_email(value)
        else:
            self.cleaned_data["phone"] = value
        return text

    def clean(self) -> dict[str, Any]:
        """The password may not hold the phone either; allauth looks at the e-mail."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        phone, password = self.cleaned_data.get("phone"), self.cleaned_data.get("password1")
        if phone and password and not self.has_error("password1"):
            try:
                PasswordRule().validate(password, User(phone=phone))
            except ValidationError as error:
                self.add_error("password1", error)
        say_mismatch(self)
        if not self.errors and not self.lost_race:
            self._count_contact(self.cleaned_data.get("email") or phone or "")
        return cleaned

    def _count_contact(self, contact: str) -> None:
        """Count once everything else is right: without the picture nobody uses up another's tries."""
        try:
            hit(TRIES_PER_CONTACT, contact, now=right_now())
            count_sms(contact)
        except (TooManyError, ValidationError) as error:
            self.add_error("contact", getattr(error, "message", str(error)))
        self.count()

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Save, or pretend to when the contact belongs to somebody; unproved claims give way.

        The same registration sent again by the same browser goes on with the account it made.
        """
        email, phone = self.cleaned_data.get("email"), self.cleaned_data.get("phone")
        if email:
            request.session["activation_email"] = email
        if (begun := self._begun_here(request, email, phone)) is not None:
            return begun, perform_login(request, Login(user=begun, signup=True))
        if self.lost_race:  # whoever won it began a moment ago
            self.account_already_exists = True
        elif discard_unproved_account(email=email, phone=phone, now=right_now()):
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


class LoginForm(GuardedForm, base.LoginForm):
    """E-mail, phone or document number in one field."""

    after = AFTER_LOGINS
    subject = "login"
    field_order = ("login", "password", "remember")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="邮箱、手机号或证件号码",
            max_length=LONGEST_LOGIN,
            help_text="绑定学籍以后才能用证件号码登录。",
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"] = password_field("密码", is_new=False)
        self.fields["remember"] = forms.BooleanField(
            label="在这台设备上保持登录",
            required=False,
            help_text="只在自己的手机、电脑上勾选；公用电脑上不要勾。",
        )
        self.order_fields(self.field_order)
        self.guard()

    def way_round(self) -> str:
        """A code instead of the password needs no picture."""
        return by_code_instead()

    def clean_login(self) -> str:
        """The login in its normal form: allauth passes on what it gets."""
        self.login_kind, value = kind_of_login(self.cleaned_data["login"])
        return value

    def clean(self) -> dict[str, Any]:
        """allauth's check; what fails counts towards the picture, known login or not."""
        try:
            cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        except ValidationError:
            self.count()
            raise
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in with all that is written about it in one transaction, the slow hash before it."""
        with transaction.atomic():
            response: HttpResponse = super().login(request, redirect_url=redirect_url)
        return response

    def user_credentials(self) -> dict[str, str]:
        """What the backends are asked with: the one kind that was typed, and the password."""
        return {
            self.login_kind: self.cleaned_data["login"],
            "password": self.cleaned_data["password"],
        }


class RequestLoginCodeForm(GuardedForm, base.RequestLoginCodeForm):
    """Log in by a code sent to a proved e-mail or phone."""

    after = AFTER_CODES
    subject = "contact"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = forms.CharField(
            label="邮箱或手机号",
            max_length=LONGEST_LOGIN,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields = {"contact": contact}
        self._user: User | None = None
        self.guard()

    def clean(self) -> dict[str, Any]:
        """Under allauth's names; an unproved address counts as unknown."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        kind, value = kind_of_login(cleaned["contact"])
        if kind == "document_no":
            raise ValidationError("验证码只能发到邮箱或手机。")
        cleaned[kind] = value
        self.count()
        if not ratelimit.consume(allauth_context.request, action="request_login_code", key=value):
            raise get_adapter().validation_error("too_many_login_attempts")
        count_sms(value)
        self._user = proved_owner(kind, value)
        return cleaned


class ConfirmCodeForm(base.ConfirmLoginCodeForm):
    """A code from an SMS or a mail, to log in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()


class VerifyPhoneForm(base.VerifyPhoneForm):
    """The code from the SMS, to prove a phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()

    def clean_code(self) -> str:
        """The code, and whether another account must keep the phone: only its holder learns that."""
        code: str = base.BaseConfirmCodeForm.clean_code(self)
        try:
            check_can_take_phone(user=self.user, phone=self.phone, now=right_now())
        except NotAllowedError as error:
            raise ValidationError(str(error)) from error
        return code


class ResendActivationForm(forms.Form):
    """Where the activation mail goes once more."""

    email = email_field("注册时用的邮箱")


class ReauthenticateForm(base.ReauthenticateForm):
    """The password once more, before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = password_field("密码", is_new=False)


class ActivateTOTPForm(totp_base.ActivateTOTPForm):
    """The first number of the authenticator app."""

    code = code_field("验证器里的六位数字", "")


class AuthenticateForm(mfa_base.AuthenticateForm):
    """The second step of the login."""

    code = code_field("验证器里的六位数字，或一个备用码", "")


class MFAReauthenticateForm(mfa_base.ReauthenticateForm):
    """The second factor once more, before something sensitive."""

    code = code_field("验证器里的六位数字，或一个备用码", "")
