"""The activation mail through a real mail server, and what happens while that server is away."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from common import outbox
from common.models import OutboxMessage
from tests.accounts.entrance import register
from tests.accounts.smtp_sink import Sink

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL = "ruoxi@example.test"


def use_server(settings, port: int) -> None:
    """Send through the server on this port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 2


def test_activation_mail_goes_over_the_wire(settings) -> None:
    with Sink() as server:
        use_server(settings, server.port)
        register(Client(), EMAIL)
        assert outbox.deliver_pending(now=datetime.now(tz=UTC)) == 1

    (mail,) = server.mails
    assert mail["To"] == EMAIL
    assert mail["Subject"] == "【毕业核对】激活你的账号"
    text = mail.get_content()  # type: ignore[attr-defined]  # the policy's own class
    link = re.search(r"https?://[^/]+(/account/confirm-email/\S+)", text)
    assert link is not None
    Client().post(link[1])
    assert EmailAddress.objects.get().verified


def test_registration_succeeds_while_the_server_is_away_and_the_mail_follows(settings) -> None:
    with Sink() as server:
        port = server.port
    use_server(settings, port)

    response = register(Client(), EMAIL)
    now = datetime.now(tz=UTC)
    assert response["Location"] == "/account/confirm-email/"
    assert outbox.deliver_pending(now=now) == 0
    waiting = OutboxMessage.objects.get()
    assert (waiting.sent_at, waiting.attempts) == (None, 1)
    assert waiting.recipient == EMAIL

    with Sink(port) as server:
        assert outbox.deliver_pending(now=now + timedelta(minutes=3)) == 1
    assert [mail["To"] for mail in server.mails] == [EMAIL]
    assert OutboxMessage.objects.get().recipient is None
