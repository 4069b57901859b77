"""Forms of the entrance that ask for a picture once too much failed."""

from typing import Any, ClassVar

from allauth.core import context as allauth_context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.forms.fields import kind_of_login, right_now
from accounts.identity.phone import normal_phone
from common.captcha import CaptchaAfter, CaptchaField
from common.ratelimit import Limit, TooManyError, hit

# Failures, or messages asked for, until the picture appears. A dormitory shares one address.
AFTER_LOGINS = CaptchaAfter("login", of_subject=3, of_address=20)
AFTER_CODES = CaptchaAfter("code", of_subject=2, of_address=20)
AFTER_SIGNUPS = CaptchaAfter("signup", of_subject=5, of_address=20)

_FIELD = "captcha"
_DAY = 24 * 3600


def by_code_instead() -> SafeString:
    """How a person logs in who cannot see the picture."""
    return format_html(
        '看不清就换一张。用读屏软件或看不见图的，不用填图：<a href="{}">用验证码登录</a>，'
        "验证码发到你的手机或邮箱。",
        reverse("account_request_login_code"),
    )


def count_sms(contact: str) -> None:
    """One more SMS to this phone, known or not; a ValidationError with the way on when it had enough.

    E-mails cost nobody anything and have limits of their own.
    """
    if normal_phone(contact) is None:
        return
    try:
        hit(Limit("sms-phone", settings.SMS_PER_DAY, _DAY), contact, now=right_now())
    except TooManyError as error:
        raise ValidationError(
            f"这个手机号一天里要的短信太多了，明天再试。急用：改用邮箱，或者打电话找{settings.OFFICE_CONTACT}。"
        ) from error


class GuardedForm(forms.Form):
    """A form with a picture when `after` says so; `subject` is the field with the contact or number.

    Call `guard` at the end of `__init__`, and `count` where something failed or cost a message.
    """

    after: ClassVar[CaptchaAfter]
    subject: ClassVar[str]

    def way_round(self) -> str:
        """The sentence for who cannot see the picture; empty for the usual one."""
        return format_html(
            "看不清就换一张。看不见图的，过 10 分钟再来，那时不用填图；急的话找{}代办。",
            settings.OFFICE_CONTACT,
        )

    @property
    def lost_race(self) -> bool:
        """Whether this request runs again because another won a race: it was let in and counted before."""
        return getattr(allauth_context.request, "lost_race", False)

    def guard(self) -> None:
        """Ask for the picture when it is due."""
        request = allauth_context.request
        if not self.lost_race and self.after.is_due(request, *self._subjects(), now=right_now()):
            self._ask()

    def count(self) -> None:
        """One more; the page that follows shows the picture when it is due from now on."""
        if self.lost_race:
            return
        self.after.failed(allauth_context.request, *self._subjects(), now=right_now())
        if _FIELD not in self.fields:
            self.guard()

    def _ask(self) -> None:
        self.fields[_FIELD] = CaptchaField(way_round=self.way_round())

    def _subjects(self) -> tuple[str, ...]:
        typed: Any = self.data.get(self.add_prefix(self.subject)) if self.is_bound else ""
        return (kind_of_login(str(typed))[1],) if typed else ()
