"""SMS gateways behind one method."""

import json
import logging
import urllib.request
from typing import Protocol

from django.conf import settings

from common import mailbox

logger = logging.getLogger(__name__)


class Sms(Protocol):
    """Something that sends one SMS or raises."""

    def send(self, phone: str, text: str) -> None:
        """Send `text` to the E.164 number `phone`."""


class MailboxSms:
    """Keeps the SMS in VAR_DIR for the local outbox page."""

    def send(self, phone: str, text: str) -> None:
        """Write the SMS beside the mails."""
        mailbox.keep(kind="sms", to=phone, subject="短信", body=text)


class ConsoleSms:
    """Prints the SMS in the log, for development."""

    def send(self, phone: str, text: str) -> None:
        """Log number and text (the log filter masks the number)."""
        logger.info("SMS %s %s", phone, text)


class HttpSms:
    """Posts JSON `{"phone", "text"}` with a bearer token to SMS_URL; any status but 2xx raises."""

    def send(self, phone: str, text: str) -> None:
        """Post the SMS to the gateway."""
        if not settings.SMS_URL.startswith(("https://", "http://127.0.0.1:")):
            message = "SMS_URL must be https"
            raise ValueError(message)
        request = urllib.request.Request(  # noqa: S310 -- scheme checked above
            settings.SMS_URL,
            data=json.dumps({"phone": phone, "text": text}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {settings.SMS_TOKEN}",
            },
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass
