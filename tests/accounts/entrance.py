"""What the tests of the entrance share: a browser, the messages it got, the forms it fills."""

import re
from datetime import UTC, datetime

from django.core import mail
from django.test import Client

from common import mailbox, outbox

STRONG = "Tree7#river-mossy"


def deliver() -> None:
    """Send what waits, as the worker does."""
    outbox.deliver_pending(now=datetime.now(tz=UTC))


def register(client: Client, contact: str, *, password: str = STRONG, **changes: str):
    """Post the registration form."""
    data = {
        "contact": contact,
        "password1": password,
        "password2": password,
        "consent": "on",
        **changes,
    }
    return client.post("/account/signup/", data)


def last_mail() -> str:
    """The text of the newest mail."""
    return str(mail.outbox[-1].body)


def activation_path() -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"https?://[^/]+(/account/confirm-email/[^/\s]+/)", last_mail())
    assert found is not None
    return found[1]


def sms_texts() -> list[str]:
    """The SMS that went out, newest first."""
    return [message.body for message in mailbox.kept() if message.kind == "sms"]


def sms_code() -> str:
    """The code in the newest SMS."""
    found = re.search(r"验证码 (\d{6})", sms_texts()[0])
    assert found is not None
    return found[1]


def log_in(client: Client, login: str, password: str = STRONG, **more: str):
    """Post the login form."""
    return client.post("/account/login/", {"login": login, "password": password, **more})


def is_logged_in(client: Client) -> bool:
    """Whether the browser's session belongs to somebody."""
    return "_auth_user_id" in client.session
