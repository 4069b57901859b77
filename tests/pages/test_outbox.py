"""The local outbox exists only where there is nobody else to deliver."""

from datetime import datetime

import pytest
from django.test import Client

from common import mailbox, outbox
from common.models import Channel, OutboxMessage

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def test_absent_unless_embedded() -> None:
    assert Client().get("/outbox/").status_code == 404


def test_shows_newest_first_with_links(settings) -> None:
    settings.EMBEDDED = True
    mailbox.keep(kind="mail", to="a@example.test", subject="先", body="看 http://127.0.0.1/x/")
    mailbox.keep(kind="sms", to="+8613800138000", subject="短信", body="验证码 123456")

    page = Client().get("/outbox/").content.decode()

    assert page.index("验证码 123456") < page.index("先")
    assert '<a href="http://127.0.0.1/x/"' in page


def test_looking_delivers_what_is_due(settings, now: datetime) -> None:
    settings.EMBEDDED = True
    settings.EMAIL_BACKEND = "common.mailbox.MailboxBackend"
    outbox.queue(
        outbox.Message(
            key="k",
            channel=Channel.EMAIL,
            template="account_login_code",
            recipient="a@example.test",
            secret_params={"code": "765432"},
        ),
        now=now,
    )

    page = Client().get("/outbox/").content.decode()

    assert "765432" in page
    assert OutboxMessage.objects.get().sent_at is not None


def test_nothing_yet(settings, tmp_path) -> None:
    settings.EMBEDDED = True
    settings.VAR_DIR = tmp_path

    assert "还没有邮件和短信" in Client().get("/outbox/").content.decode()


def test_takes_no_post(settings) -> None:
    settings.EMBEDDED = True

    assert Client().post("/outbox/").status_code == 405
