"""Numbered system checks: what a deployment must have."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[CheckMessage]:
    """What must be true before real people use the portal."""
    found: list[CheckMessage] = []
    if settings.EMBEDDED:
        found.append(
            Error(
                "Embedded mode shows demo logins and mails.",
                hint="Unset XUEXIN_EMBEDDED.",
                id="xuexin.E001",
            )
        )
    if not settings.EMAIL_URL:
        found.append(
            Error(
                "Mails stay on this machine.", hint="Set EMAIL_URL=smtp+tls://…", id="xuexin.E002"
            )
        )
    if settings.SMS_BACKEND.endswith(("MailboxSms", "ConsoleSms")):
        found.append(
            Error(
                "SMS stay on this machine.",
                hint="Set SMS_BACKEND=common.sms.HttpSms with SMS_URL and SMS_TOKEN.",
                id="xuexin.E003",
            )
        )
    if settings.SMS_BACKEND.endswith("HttpSms") and not settings.SMS_URL.startswith("https://"):
        found.append(Error("SMS_URL must be an https address.", id="xuexin.E004"))
    if Path(settings.STATIC_ROOT) in [
        Path(settings.MEDIA_ROOT),
        *Path(settings.MEDIA_ROOT).parents,
    ]:
        found.append(
            Error(
                "Photos lie under the public static folder.",
                hint="Move MEDIA_ROOT.",
                id="xuexin.E005",
            )
        )
    if not settings.BASE_URL.startswith("https://"):
        found.append(
            Error(
                "Links in mails would not be https.",
                hint="Set BASE_URL=https://…",
                id="xuexin.E006",
            )
        )
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        found.append(
            checks.Warning(
                "SQLite serves one machine and one school of moderate size.",
                hint="Set DATABASE_URL=postgres://…",
                id="xuexin.W001",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            checks.Warning(
                "The folder queue serves one machine.",
                hint="Set REDIS_URL=redis://…",
                id="xuexin.W002",
            )
        )
    return found
