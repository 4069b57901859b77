"""Mails and SMS kept on this machine: what the local outbox page of an embedded site shows."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

_KEEP = 200


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """One kept mail or SMS."""

    kind: str
    to: str
    subject: str
    body: str
    kept_at: datetime


def _folder() -> Path:
    folder = Path(settings.VAR_DIR) / "mailbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(*, kind: str, to: str, subject: str, body: str) -> None:
    """Keep one message; the oldest beyond 200 go."""
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    text = json.dumps(
        {"kind": kind, "to": to, "subject": subject, "body": body, "at": time.time()},
        ensure_ascii=False,
    )
    partial = _folder() / f"{name}.part"
    partial.write_text(text)
    partial.rename(partial.with_suffix(".json"))
    for old in sorted(_folder().glob("*.json"))[:-_KEEP]:
        old.unlink(missing_ok=True)


def kept() -> list[KeptMessage]:
    """The kept messages, newest first."""
    messages = []
    for path in sorted(_folder().glob("*.json"), reverse=True):
        try:
            row = json.loads(path.read_text())
        except FileNotFoundError:  # pruned meanwhile
            continue
        messages.append(
            KeptMessage(
                row["kind"],
                row["to"],
                row["subject"],
                row["body"],
                datetime.fromtimestamp(row["at"], tz=UTC),
            )
        )
    return messages


class MailboxBackend(BaseEmailBackend):
    """Django mail backend that keeps mails in VAR_DIR/mailbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep each mail; returns how many."""
        for message in email_messages:
            keep(
                kind="mail",
                to=", ".join(message.to),
                subject=str(message.subject),
                body=str(message.body),
            )
        return len(email_messages)
