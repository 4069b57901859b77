"""allauth's second factor: secrets encrypted, words of ours."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from accounts.models import User
from common import crypto

_CONTEXT = "mfa.authenticator"


class MFAAdapter(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "验证码不对，看看手机时间准不准，或等下一个验证码。",
        "unverified_email": "先确认邮箱，再打开两步验证。",
        "cannot_delete_authenticator": "现在不能关闭两步验证。",
        "cannot_generate_recovery_codes": "先打开两步验证，再生成备用码。",
        "add_email_blocked": "打开了两步验证的账号不能再添加邮箱。",
        "rate_limited": "试的次数太多了，过 5 分钟再试。",
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database: allauth would keep it in clear."""
        return crypto.seal(text, context=_CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return crypto.unseal(bytes.fromhex(encrypted_text), context=_CONTEXT)

    def get_totp_issuer(self) -> str:
        """The name in the authenticator app."""
        return str(settings.SITE_NAME)

    def get_totp_label(self, user: User) -> str:
        """The account in the authenticator app, masked: the app's list is seen over shoulders."""
        return user.contact_label

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Who asks for the passkey: the host, under the service's name."""
        return {**super().get_public_key_credential_rp_entity(), "name": str(settings.SITE_NAME)}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Whose passkey it is, masked: the list of passkeys is seen over shoulders, too."""
        label = user.contact_label
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": label, "name": label}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 -- allauth's name
        """What a new passkey is called until its person gives it a name."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"通行密钥 {count + 1}" if count else "通行密钥"

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)


_SEALED = ("secret", "seed")


def reseal_authenticators() -> int:
    """Encrypt the second factors' secrets anew with the current key; returns how many."""
    adapter, done = MFAAdapter(), 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().order_by("pk"):
            old = {name: row.data[name] for name in _SEALED if name in row.data}
            if any(
                crypto.key_id_of(bytes.fromhex(text)) != crypto.current_key_id()
                for text in old.values()
            ):
                new = {name: adapter.encrypt(adapter.decrypt(text)) for name, text in old.items()}
                row.data = {**row.data, **new}
                row.save(update_fields=["data"])
                done += 1
    return done
