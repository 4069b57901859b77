"""Numbered system checks: what a deployment must have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[CheckMessage]:
    """What must be true before real people use the portal."""
    return [
        *_about_messages(),
        *_about_addresses(),
        *_about_servers(),
        *_about_staff(),
        *_about_files(),
    ]


def _about_messages() -> Iterator[CheckMessage]:
    """Mails and SMS must leave this machine."""
    if not settings.EMAIL_URL:
        hint = "Set EMAIL_URL=smtp+tls://…"
        yield Error("Mails stay on this machine.", hint=hint, id="xuexin.E002")
    if settings.SMS_BACKEND.endswith(("MailboxSms", "ConsoleSms")):
        hint = "Set SMS_BACKEND=common.sms.HttpSms with SMS_URL and SMS_TOKEN."
        yield Error("SMS stay on this machine.", hint=hint, id="xuexin.E003")
    if settings.SMS_BACKEND.endswith("HttpSms") and not settings.SMS_URL.startswith("https://"):
        yield Error("SMS_URL must be an https address.", id="xuexin.E004")


def _about_addresses() -> Iterator[CheckMessage]:
    """Nothing private may be reached from outside, and nothing in clear."""
    if settings.EMBEDDED:
        hint = "Unset XUEXIN_EMBEDDED."
        yield Error("Embedded mode shows demo logins and mails.", hint=hint, id="xuexin.E001")
    media = Path(settings.MEDIA_ROOT)
    if Path(settings.STATIC_ROOT) in [media, *media.parents]:
        hint = "Move MEDIA_ROOT."
        yield Error("Photos lie under the public static folder.", hint=hint, id="xuexin.E005")
    if not settings.BASE_URL.startswith("https://"):
        hint = "Set BASE_URL=https://…"
        yield Error("Links in mails would not be https.", hint=hint, id="xuexin.E006")


def _about_servers() -> Iterator[CheckMessage]:
    """A file and a folder serve one machine only."""
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        text = "SQLite serves one machine and one school of moderate size."
        yield checks.Warning(text, hint="Set DATABASE_URL=postgres://…", id="xuexin.W001")
    if not settings.REDIS_URL:
        text = "The folder queue serves one machine."
        yield checks.Warning(text, hint="Set REDIS_URL=redis://…", id="xuexin.W002")


def _about_files() -> Iterator[CheckMessage]:
    """Strangers hand in files that staff open."""
    if not settings.MALWARE_SCAN:
        text = "Proofs are not scanned for malware."
        hint = "Set MALWARE_SCAN=unix:/run/clamav/clamd.ctl, tcp:host:3310 or a command."
        yield checks.Warning(text, hint=hint, id="xuexin.W004")


def _about_staff() -> Iterator[CheckMessage]:
    """A stolen password of the office opens everybody's data."""
    if settings.STAFF_SECOND_FACTOR != "required":
        text = "Registrar, auditors and college leaders may log in with a password alone."
        yield checks.Warning(text, hint="Set STAFF_SECOND_FACTOR=required", id="xuexin.W003")
