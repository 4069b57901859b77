"""The mails of a delivery go over one connection of a real server, whatever it does to them."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from common import outbox
from common.models import Channel, OutboxMessage
from common.outbox import Message

controller = pytest.importorskip("aiosmtpd.controller", reason="needs requirements-dev.txt")

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)


class Handler:
    """Keeps mails by recipient, counts connections, and misbehaves as it is told."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.peers: set[Any] = set()
        self.hangs_up_after = 0
        self.refuses = ""
        self.lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address == self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        with self.lock:
            self.peers.add(session.peer)
            if self.hangs_up_after and len(self.kept) == self.hangs_up_after:
                self.hangs_up_after = 0
                server.transport.close()
                return "421 too many mails"
            self.kept += envelope.rcpt_tos
        return "250 kept"


@pytest.fixture
def server(settings: Any) -> Iterator[Handler]:
    """A server on a free port, and the portal sending through it."""
    handler = Handler()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = controller.Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    running.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = port, 30
    yield handler
    running.stop()


def queue(*people: str) -> None:
    """A mail to each of them."""
    outbox.queue_many(
        [
            Message(
                key=f"test:{person}",
                channel=Channel.EMAIL,
                template="own_data_closing",
                recipient=f"{person}@example.test",
                params={"due_at": NOW.isoformat()},
            )
            for person in people
        ],
        now=NOW,
        is_awaited=False,
    )


def test_mails_of_one_delivery_share_a_connection(server: Handler) -> None:
    queue("a", "b", "c")

    assert outbox.deliver_pending(now=NOW) == 3
    assert server.kept == ["a@example.test", "b@example.test", "c@example.test"]
    assert len(server.peers) == 1


def test_refused_recipient_costs_the_others_nothing(server: Handler) -> None:
    server.refuses = "b@example.test"
    queue("a", "b", "c")

    assert outbox.deliver_pending(now=NOW) == 2
    assert server.kept == ["a@example.test", "c@example.test"]
    assert len(server.peers) == 1
    waiting = OutboxMessage.objects.get(sent_at=None)
    assert (waiting.attempts, waiting.last_error) == (1, "SMTPRecipientsRefused")


def test_connection_that_is_lost_is_made_anew(server: Handler) -> None:
    server.hangs_up_after = 2
    queue("a", "b", "c", "d")

    assert outbox.deliver_pending(now=NOW) == 4
    assert server.kept == [f"{person}@example.test" for person in "abcd"]
    assert len(server.peers) == 2


def test_server_that_is_away_leaves_every_mail_for_later(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 2
    queue("a", "b")

    assert outbox.deliver_pending(now=NOW) == 0
    rows = OutboxMessage.objects.order_by("pk").values_list("attempts", "sent_at")
    assert list(rows) == [(1, None), (1, None)]
