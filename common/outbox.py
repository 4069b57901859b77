"""Messages: queued as rows in the caller's transaction, delivered afterwards by a task or a sweep."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from common import tasks, texts
from common.mailing import Mailer
from common.models import Channel, OutboxMessage
from common.rehearsal import HELD_BACK, REHEARSAL_MARK, names_rehearsal

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
_CLAIM = timedelta(minutes=2)
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be said to whom; `key` makes it idempotent.

    With `user_id` and no `recipient` the account's own contact is looked up when it is sent.
    """

    key: str
    channel: Channel
    template: str
    recipient: str | None = None
    user_id: int | None = None
    params: Mapping[str, Any] | None = None
    secret_params: Mapping[str, Any] | None = None
    expires_at: datetime | None = None
    # For what belongs to a rehearsal and has no title to say so.
    is_rehearsal: bool = False


def as_row(message: Message, *, now: datetime) -> OutboxMessage:
    """The unsaved row of a message."""
    is_notice = message.channel == Channel.NOTICE
    return OutboxMessage(
        key=message.key,
        channel=message.channel,
        template=message.template,
        params=dict(message.params or {}),
        secret_params=dict(message.secret_params) if message.secret_params else None,
        recipient=message.recipient,
        user_id=message.user_id,
        created_at=now,
        due_at=now,
        expires_at=message.expires_at,
        sent_at=now if is_notice else None,
        is_rehearsal=message.is_rehearsal or names_rehearsal(message.params or {}),
    )


def queue(message: Message, *, now: datetime, is_awaited: bool = True) -> None:
    """Write the message in the caller's transaction; a second one with the same key is not written.

    After commit a task is nudged; when no worker or broker is there, the sweep delivers. What nobody
    sits waiting for (`is_awaited` false) is left to the sweep of every twenty seconds.
    """
    queue_many([message], now=now, is_awaited=is_awaited)


def queue_many(messages: list[Message], *, now: datetime, is_awaited: bool = True) -> None:
    """Write many messages set-based; messages whose key is already there are left out."""
    if not messages:
        return
    rows = [as_row(message, now=now) for message in messages]
    OutboxMessage.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
    if is_awaited and any(row.sent_at is None for row in rows):
        transaction.on_commit(partial(tasks.deliver_outbox.delay), robust=True)


def call_back(keys: Collection[str], *, now: datetime) -> list[str]:
    """Stop what has not begun to leave; returns the channels of what has, which cannot be unsaid."""
    rows = OutboxMessage.objects.filter(key__in=keys)
    rows.filter(sent_at=None, given_up_at=None, attempts=0).update(
        given_up_at=now, last_error="收回，没有发出", secret_params=None, recipient=None
    )
    return list(rows.filter(given_up_at=None).values_list("channel", flat=True))


def deliver_pending(*, now: datetime, limit: int = _BATCH) -> int:
    """Send what is due, each row claimed by compare-and-swap so that two senders never send it twice.

    Returns how many were sent. A failed row is tried again later, six times in all. The mails of one
    call go over one connection.
    """
    sent = 0
    due = OutboxMessage.objects.due_at(now).select_related("user").order_by("due_at", "pk")
    batch = list(due[:limit])
    held = _held_back(batch, now=now)
    with Mailer() as mailer:
        for message in batch:
            unclaimed = OutboxMessage.objects.due_at(now)
            claimed = unclaimed.filter(pk=message.pk, attempts=message.attempts)
            if claimed.update(attempts=F("attempts") + 1, due_at=now + _CLAIM) != 1:
                continue
            message.attempts += 1
            if message.pk in held or message.is_rehearsal or names_rehearsal(message.params):
                _hold(message, now=now)
            else:
                sent += _deliver(message, mailer, now=now)
    return sent


def _deliver(message: OutboxMessage, mailer: Mailer, *, now: datetime) -> int:
    if message.expires_at is not None and message.expires_at <= now:
        _finish(message, given_up_at=now, last_error="过期未发")
        return 0
    if getattr(message.user, "silenced_at", None) is not None:
        _finish(message, given_up_at=now, last_error="不再给这个账号发消息")
        return 0
    if message.recipient is None and message.user is not None:
        message.recipient = message.user.contact_for(message.channel)
    if not message.recipient:
        _finish(message, given_up_at=now, last_error="没有可用的联系方式")
        return 0
    if not _is_still_wanted(message, now=now):
        _finish(message, given_up_at=now, last_error="已经不需要")
        return 0
    try:
        send(message, mailer)
    except Exception as error:  # noqa: BLE001 -- whatever the gateway says, the row stays and is tried again
        logger.warning("message %s not sent: %s", message.pk, type(error).__name__)
        if message.attempts >= MAX_ATTEMPTS:
            _finish(message, given_up_at=now, last_error=type(error).__name__)
        else:
            OutboxMessage.objects.filter(pk=message.pk).update(
                last_error=type(error).__name__, due_at=now + timedelta(minutes=2**message.attempts)
            )
        return 0
    _finish(message, sent_at=now)
    return 1


def _is_still_wanted(message: OutboxMessage, *, now: datetime) -> bool:
    """Ask the template's last look, where it has one, and take over what it says as of now."""
    path = settings.OUTBOX_LAST_LOOKS.get(message.template)
    if path is None:
        return True
    found = import_string(path)(message, now=now)
    if found is None:
        return False
    message.params = {**message.params, **found}
    OutboxMessage.objects.filter(pk=message.pk).update(params=message.params)
    return True


def _held_back(batch: list[OutboxMessage], *, now: datetime) -> set[int]:
    """Which of the messages are to people with whom something is only rehearsed."""
    return {pk for asked in HELD_BACK for pk in asked(batch, now=now)} if batch else set()


def _hold(message: OutboxMessage, *, now: datetime) -> None:
    """A rehearsal's message stays here: it becomes a marked notice of the account, or ends.

    One with a link or a code ends: those are erased, and a notice without them says nothing.
    """
    if not _is_still_wanted(message, now=now):
        _finish(message, given_up_at=now, is_rehearsal=True, last_error="已经不需要")
    elif message.user_id is None or message.secret_params:
        _finish(message, given_up_at=now, is_rehearsal=True, last_error="演练，不发出")
    else:
        _finish(message, sent_at=now, is_rehearsal=True, channel=Channel.NOTICE)


def _finish(message: OutboxMessage, **ends: Any) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(secret_params=None, recipient=None, **ends)


def rendered(message: OutboxMessage) -> tuple[str, str]:
    """Subject and text of a message: in the office's words, else from `templates/messages/<template>.txt`.

    The first line of the template is the subject (an SMS has only the text).
    """
    subject, body = texts.overridden(message) or _from_template(message)
    if message.is_rehearsal and not subject.startswith(REHEARSAL_MARK):
        subject = f"{REHEARSAL_MARK}{subject}"
    return subject, body


def _from_template(message: OutboxMessage) -> tuple[str, str]:
    text = render_to_string(f"messages/{message.template}.txt", _context(message)).strip()
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip()


def default_words(template: str, params: Mapping[str, Any], channel: Channel) -> tuple[str, str]:
    """Subject and text as the code's own template says them."""
    return _from_template(OutboxMessage(template=template, params=dict(params), channel=channel))


def _context(message: OutboxMessage) -> dict[str, Any]:
    return {
        **message.params,
        **(message.secret_params or {}),
        "site_name": settings.SITE_NAME,
        "office_contact": settings.OFFICE_CONTACT,
        "base_url": settings.BASE_URL,
        "channel": message.channel,
        **_moments(message.params),
    }


def _moments(params: Mapping[str, Any]) -> dict[str, datetime]:
    """Parameters named …_at are moments, stored as ISO text, and reach the template as moments."""
    return {
        name: datetime.fromisoformat(value)
        for name, value in params.items()
        if name.endswith("_at") and value
    }


def send(message: OutboxMessage, mailer: Mailer) -> None:
    """Hand the rendered message to the mail server or the SMS gateway; raises what they raise."""
    subject, body = rendered(message)
    if message.channel == Channel.EMAIL:
        mailer.send(
            EmailMultiAlternatives(
                f"【{settings.SITE_NAME}】{subject}", body, to=[message.recipient]
            )
        )
    elif message.channel == Channel.SMS:
        import_string(settings.SMS_BACKEND)().send(
            message.recipient, f"【{settings.SITE_NAME}】{body}"
        )


def mark_notices_read(user: AbstractBaseUser, *, now: datetime) -> int:
    """Mark the user's unread notices as read; returns how many."""
    unread = OutboxMessage.objects.filter(user_id=user.pk, channel=Channel.NOTICE, read_at=None)
    return unread.update(read_at=now)
