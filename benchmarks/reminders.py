"""Reminding 20,000 students against one statement that writes the same rows; mails over one connection."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from benchmarks.measure import Result, alternating, note
from benchmarks.people import NOW, OPENS, analyse, members
from benchmarks.scratch import SCALE
from common.mailing import Mailer
from common.models import OutboxMessage
from common.wording import local
from enrollment.models import StudentRecord
from imaging.models import Campaign, Reminder, ReminderPlan
from imaging.selectors.reminders import days_until, rules_of
from imaging.services import reminders
from tests.factories.imaging import make_photo

_PEOPLE = int(20_000 * SCALE)
_MAILS = 200

_FLOOR = """
WITH run AS (
    INSERT INTO imaging_reminderrun (campaign_id, kind, amount, due_at, asked_at, asked_by)
    VALUES (%(campaign)s, 'SCHEDULED', %(people)s, %(now)s, %(now)s, '系统') RETURNING id
), event AS (
    INSERT INTO common_auditevent (occurred_at, actor_id, actor_label, action, object_type, object_id,
                                   subject_id, reason, details, digest)
    SELECT %(now)s, '', '系统', 'reminder.sent', 'imaging.reminderrun', id::text, '', '',
           jsonb_build_object('campaign', %(title)s::text, 'kind', 'SCHEDULED',
                              'amount', %(people)s::int), ''
      FROM run
), written AS (
    INSERT INTO imaging_reminder (run_id, kind, member_id, user_id, remind_date, slot)
    SELECT run.id, 'SCHEDULED', m.id, i.user_id, %(today)s, 1
      FROM imaging_campaignmember m
      JOIN enrollment_binding b ON b.record_id = m.record_id
      JOIN accounts_declaredidentity i ON i.id = b.identity_id
     CROSS JOIN run
     WHERE m.campaign_id = %(campaign)s AND m.removed_at IS NULL
       AND EXISTS (SELECT 1 FROM imaging_verificationround r
                     JOIN imaging_verificationconclusion c ON c.round_id = r.id
                    WHERE r.member_id = m.id AND r.is_current AND c.state = 'PENDING')
    RETURNING id, member_id, user_id
)
INSERT INTO common_outboxmessage (key, channel, template, params, user_id, created_at, due_at, expires_at,
                                  attempts, last_error)
SELECT 'reminder:' || w.id, CASE WHEN u.email IS NULL THEN 'SMS' ELSE 'EMAIL' END, 'reminder',
       jsonb_build_object('reminder', w.id, 'campaign', %(title)s::text), w.user_id, %(now)s, %(now)s,
       LEAST(m.closes_at, %(quiet)s), 0, ''
  FROM written w
  JOIN accounts_user u ON u.id = w.user_id
  JOIN imaging_campaignmember m ON m.id = w.member_id
"""


def run() -> list[Result]:
    """Seconds for all reminders; mails a second."""
    return [*_reminded(), *_mailed()]


def _reminded() -> list[Result]:
    if connection.vendor != "postgresql":
        note("left out: the floor is one statement of PostgreSQL")
        return []
    note(f"{_PEOPLE:,} students to remind")
    campaign = _campaign()
    school = campaign.schools.get()
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "title": campaign.title,
        "people": _PEOPLE,
        "today": local(NOW).date(),
        "now": NOW,
        "quiet": rules_of(school).quiet_from(NOW),
    }

    def ours() -> None:
        # Rolled back nowhere, sent nowhere: an open transaction keeps the nudge of the outbox away.
        with _no_nudge():
            assert reminders.remind_due(now=NOW) == _PEOPLE

    def floor() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FLOOR, given)

    def timer(work: Any) -> float:
        _reset()
        begun = time.perf_counter()
        work()
        taken = time.perf_counter() - begun
        assert Reminder.objects.count() == OutboxMessage.objects.count() == _PEOPLE
        return taken

    ours_s, floor_s, ratio = alternating(ours, floor, timer=timer)
    _reset()
    return [Result(f"reminders, {_PEOPLE:,} students", ours_s, floor_s, ratio, "<= 2.5", "s")]


def _campaign() -> Campaign:
    """Everybody owes both conclusions, and today is a day of the plan."""
    made = members(_PEOPLE)
    campaign = made[0].campaign
    make_photo(StudentRecord.objects.get(pk=made[0].record_id))
    days = days_until(campaign.closes_at, local(NOW).date())
    ReminderPlan.objects.create(
        campaign=campaign, days_before=[days], hour=9, has_digest=False, set_at=OPENS, set_by="测量"
    )
    return campaign


@contextmanager
def _no_nudge() -> Iterator[None]:
    """Sending is measured by the other line."""
    from common import tasks

    real = tasks.deliver_outbox.delay
    tasks.deliver_outbox.delay = lambda: None
    try:
        yield
    finally:
        tasks.deliver_outbox.delay = real


def _reset() -> None:
    """Nothing said yet, tables as tidy as a running server keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE common_auditevent, common_outboxmessage, imaging_reminder, imaging_reminderrun"
        )
    analyse()


class _Sink:
    """Takes every mail and forgets it."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        return "250 kept"


def _mailed() -> list[Result]:
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        note("mails left out: aiosmtpd is not installed")
        return []
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(_Sink(), hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    note(f"{_MAILS} mails to a local server")
    try:
        each_s, shared_s, ratio = alternating(_each, _shared)
    finally:
        server.stop()
    return [
        Result(
            "mails over one connection",
            _MAILS / shared_s,
            _MAILS / each_s,
            ratio,
            ">= 1.3",
            "mails/s",
        )
    ]


def _mail(number: int) -> EmailMessage:
    return EmailMessage("还有 2 天", "请核对。" * 40, "a@example.test", [f"{number}@example.test"])


def _each() -> None:
    for number in range(_MAILS):
        assert _mail(number).send() == 1


def _shared() -> None:
    with Mailer() as mailer:
        for number in range(_MAILS):
            mailer.send(_mail(number))
