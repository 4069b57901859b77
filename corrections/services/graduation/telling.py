"""Telling students about their audit: what is decided stays on the page, a mail says that there is something."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from common import outbox
from common.models import Channel
from common.outbox import Message
from corrections.models import AuditedStudent

__all__ = ["tell_students"]

_CHUNK = 500


def tell_students(
    students: Collection[AuditedStudent],
    template: str,
    *,
    key: str,
    now: datetime,
    params: dict[str, Any] | None = None,
) -> None:
    """A notice, and mail or SMS, to whom the records are bound; nothing to hidden or unbound ones.

    Nobody sits waiting for it: the sweep sends it.
    """
    rows = list(students)
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        outbox.queue_many(
            list(_messages(some, template, key, params or {})), now=now, is_awaited=False
        )


def _messages(
    students: Collection[AuditedStudent], template: str, key: str, params: dict[str, Any]
) -> Iterator[Message]:
    audit = next(iter(students)).audit
    owners = dict(
        User.objects.filter(
            identity__bindings__record__in=[each.record_id for each in students],
            identity__bindings__record__hidden_at=None,
        ).values_list("identity__bindings__record", "pk")
    )
    with_mail = set(
        User.objects.filter(pk__in=owners.values())
        .exclude(email=None)
        .exclude(email="")
        .values_list("pk", flat=True)
    )
    said = {"audit": audit.title, **params}
    for student in students:
        owner = owners.get(student.record_id)
        if owner is None:
            continue
        for channel in (Channel.NOTICE, Channel.EMAIL if owner in with_mail else Channel.SMS):
            yield Message(
                key=f"{key}:{student.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=owner,
                params={**said, "student_id": student.pk},
            )
