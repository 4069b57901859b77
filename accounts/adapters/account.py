"""allauth's account adapter: contacts, messages, limits, stages."""

import secrets
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import EMAIL_CONFIRMATION_EXPIRE_DAYS
from allauth.account.models import EmailAddress, EmailConfirmationMixin
from allauth.account.stages import EmailVerificationStage
from allauth.core import context as allauth_context
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.adapters.entry import EntryMixin
from accounts.forms import RESET_KEY, PhoneField, kind_of_login
from accounts.models import User
from accounts.services import free_phone, prove_phone
from accounts.services.consent import give_consent
from accounts.states import CONSENT_VERSION
from common import outbox
from common.models import Channel
from common.wording import moment_sentence

CODE_LIVES = timedelta(minutes=10)
_CODE_SECONDS = CODE_LIVES.total_seconds()
LINK_LIVES = timedelta(days=EMAIL_CONFIRMATION_EXPIRE_DAYS)
NOTICE_LIVES = timedelta(days=2)

# What a message may say of the context that allauth hands over; links, codes and addresses are
# secret parameters: encrypted, and erased once the message is out.
_SECRETS = (
    "code",
    "activate_url",
    "from_email",
    "to_email",
    "deleted_email",
    "ip",
)


class ContactVerificationStage(EmailVerificationStage):
    """Lets a person through whose phone is proved: a phone-only account has no mail to confirm."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Nothing to prove for who came by phone or number and has a proved phone."""
        user = self.login.user
        if user is not None and not self.login.email and user.phone_verified_at is not None:
            return None, True
        response, may_continue = super().handle()
        return response, may_continue


def awaited_contacts(request: HttpRequest) -> list[str]:
    """Where the codes went that this browser is asked for, whether somebody has the contact or not."""
    found = (each.get("phone") or each.get("email") for each in _processes(request))
    return [contact for contact in found if contact]


def _processes(request: HttpRequest) -> list[dict[str, Any]]:
    """What this page's session waits for: the code that was sent, to which contact, when."""
    session = request.session
    if request.path == reverse("account_reset_password"):
        return [session.get(RESET_KEY, {})]
    stages = (session.get("account_login") or {}).get("state", {}).get("stages", {})
    return [
        session.get("account_phone_verification", {}),
        stages.get(stages.get("current", ""), {}).get("data", {}),
    ]


class AccountAdapter(EntryMixin):
    """Registration and login by e-mail, phone or document number."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "这个账号已停用，有疑问找教务处。",
        "duplicate_email": "这已经是你现在的邮箱。",
        "email_password_mismatch": "账号或密码不对。",
        "phone_password_mismatch": "账号或密码不对。",
        "username_password_mismatch": "账号或密码不对。",
        "email_taken": "这个邮箱不能用，换一个。",
        "phone_taken": "这个手机号不能用，换一个。",
        "enter_current_password": "现在的密码不对。",
        "incorrect_password": "密码不对。",
        "incorrect_code": "验证码不对，看看是不是最近收到的那一条。",
        "invalid_login": "账号或密码不对。",
        "same_as_current": "和现在的一样，不用换。",
        "rate_limited": "刚发过一次，过半分钟再点。",
        "too_many_login_attempts": "试的次数太多了，过 5 分钟再试；忘了密码可以用验证码登录。",
        "select_only_one": "邮箱和手机号写一个就行。",
    }

    # --- messages ----------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail instead of sending it: it goes out when the mail server is there."""
        name = template_prefix.rsplit("/", 1)[-1]
        now = timezone.now()
        lives = CODE_LIVES if "code" in context else NOTICE_LIVES
        if "activate_url" in context:
            lives = LINK_LIVES
        self._queue(name, Channel.EMAIL, email, context, lives=lives, now=now)

    def _queue(
        self,
        name: str,
        channel: Channel,
        recipient: str,
        context: dict[str, Any],
        *,
        lives: timedelta,
        now: Any,
    ) -> None:
        outbox.queue(
            outbox.Message(
                key=f"account:{name}:{secrets.token_hex(12)}",
                channel=channel,
                template=f"account_{name}",
                recipient=recipient,
                params={"at": moment_sentence(now)},
                secret_params={key: str(context[key]) for key in _SECRETS if key in context},
                expires_at=now + lives,
            ),
            now=now,
        )

    def _sms(self, name: str, phone: str, context: dict[str, Any]) -> None:
        self._queue(name, Channel.SMS, phone, context, lives=CODE_LIVES, now=timezone.now())

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Queue the code for a phone."""
        self._sms("sms_code", phone, {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Tell the owner of a phone that nobody is registered with it."""
        self._sms("sms_unknown", phone, {})

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the owner of a phone that there is an account already."""
        self._sms("sms_already_exists", phone, {})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person of a change of the account: by mail, else by SMS."""
        address = email or EmailAddress.objects.get_primary_email(user)
        details = {"ip": self.get_client_ip(self.request), **(context or {})}
        if address:
            self.send_mail(template_prefix, address, details)
        elif user.phone and user.phone_verified_at:
            self._sms(template_prefix.rsplit("/", 1)[-1], user.phone, details)

    # --- codes -------------------------------------------------------------------------------

    def generate_phone_verification_code(self, *, user: User, phone: str) -> str:
        """A new code, or the one that this browser already waits for."""
        return self._code_waited_for() or super().generate_phone_verification_code(
            user=user, phone=phone
        )

    def generate_login_code(self) -> str:
        """The same for codes by mail."""
        return self._code_waited_for() or super().generate_login_code()

    def generate_password_reset_code(self) -> str:
        """The same for a new password."""
        return self._code_waited_for() or super().generate_password_reset_code()

    def _code_waited_for(self) -> str:
        """The still valid code that was sent for what this request asks for once more, else nothing.

        Two messages in disorder must both be right. The code belongs to one browser, one page and one
        contact: whoever asks from elsewhere gets a code of their own.
        """
        request = self.request or allauth_context.request
        if request is None or request.method != "POST":
            return ""
        typed = request.POST.get("contact", request.POST.get("phone", ""))
        for process in _processes(request):
            contact = process.get("phone") or process.get("email")
            is_again = request.POST.get("action") == "resend" or (
                typed and kind_of_login(typed)[1] == contact
            )
            lives = timezone.now().timestamp() - process.get("at", 0) <= _CODE_SECONDS
            if is_again and lives and process.get("code"):
                return str(process["code"])
        return ""

    # --- phones ------------------------------------------------------------------------------

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """A field that takes any spelling: allauth's refuses mainland numbers without +86."""
        return PhoneField(**kwargs)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # noqa: FBT001 -- allauth's signature
        """Attach the phone to the account."""
        free_phone(user=user, phone=phone, now=timezone.now())
        user.phone = phone
        user.phone_verified_at = timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_index", "phone_verified_at"])

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The phone and whether it is proved."""
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone_verified(self, user: User, phone: str) -> None:
        """The person has shown the code: the phone is theirs, and the account's."""
        prove_phone(user=user, phone=phone, now=timezone.now())

    def get_user_by_phone(self, phone: str) -> User | None:
        """The account that has proved the phone; a mere claim counts for nothing."""
        return User.objects.with_phone(phone).filter(phone_verified_at__isnull=False).first()

    # --- registration and login --------------------------------------------------------------

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002 -- allauth's signature
    ) -> User:
        """Save with the phone set first (one contact is demanded) and the consent that was given."""
        user.phone = form.cleaned_data.get("phone") or None
        user.consented_at = timezone.now()
        user.consent_version = CONSENT_VERSION
        saved: User = super().save_user(request, user, form, commit)
        if saved.pk:
            give_consent(user=saved, now=saved.consented_at or timezone.now())
        return saved

    def get_login_stages(self) -> list[str]:
        """allauth's stages, the one for e-mail replaced by ours."""
        ours = f"{__name__}.{ContactVerificationStage.__name__}"
        theirs = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__name__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationMixin
    ) -> str:
        """The link in the mail: on the portal's own address, not on the one that a request claims."""
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.BASE_URL}{path}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address; one of IPv4 that a server on IPv6 writes its own way is itself again.

        Limits count networks of IPv6, and all of IPv4 written so is in one of them.
        """
        address = ip_address(super().get_client_ip(request))
        return str(getattr(address, "ipv4_mapped", None) or address)

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The last proved way to log in stays."""
        if not email_address.pk or not email_address.verified:
            return True
        return email_address.user.phone_verified_at is not None

    def respond_email_verification_sent(
        self, request: HttpRequest, user: User | None
    ) -> HttpResponseBase:
        """Remember for the next page where the link went."""
        if user is not None and user.email:
            request.session["activation_email"] = user.email
        response: HttpResponseBase = super().respond_email_verification_sent(request, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account page."""
        return reverse("accounts:overview")
