"""The audit trail: `record` is the only way to write it, `seal` chains it by hash afterwards."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models, transaction

from common.actors import Actor
from common.models import AuditEvent

_BATCH = 2_000
_SETTLE = timedelta(seconds=5)


def event(
    action: str,
    *,
    actor: Actor,
    now: datetime,
    obj: models.Model | None = None,
    subject: models.Model | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """An unsaved event, for services that write many at once with `record_many`."""
    return AuditEvent(
        occurred_at=now,
        actor_id=actor.actor_id,
        actor_label=actor.actor_label,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",  # noqa: SLF001
        object_id=str(obj.pk) if obj is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        reason=reason,
        details=dict(details or {}),
    )


def record(
    action: str,
    *,
    actor: Actor,
    now: datetime,
    obj: models.Model | None = None,
    subject: models.Model | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one event in the caller's transaction.

    `action` is "noun.verbed"; `subject` is the student record concerned, so that the student can see
    the event in the access ledger; `details` holds masked values only.
    """
    written = event(
        action, actor=actor, now=now, obj=obj, subject=subject, reason=reason, details=details
    )
    written.save(force_insert=True)
    return written


def record_many(events: Iterable[AuditEvent]) -> None:
    """Write many events in the caller's transaction."""
    AuditEvent.objects.bulk_create(events, batch_size=_BATCH)


def chain_digest(previous: str, row: AuditEvent) -> str:
    """The digest of `row` following an event whose digest is `previous`."""
    content = json.dumps(
        [
            previous,
            row.pk,
            row.occurred_at.astimezone(UTC).isoformat(),
            row.actor_id,
            row.actor_label,
            row.action,
            row.object_type,
            row.object_id,
            row.subject_id,
            row.reason,
            row.details,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


@transaction.atomic
def seal(*, now: datetime) -> int:
    """Chain events that are not sealed yet, in id order; returns how many.

    Runs in the background so that no write waits for the head of the chain. Events younger than
    five seconds wait, because a slower transaction may still commit a smaller id.
    """
    rows = list(
        AuditEvent.objects.select_for_update()
        .filter(digest="", occurred_at__lt=now - _SETTLE)
        .order_by("pk")[:_BATCH]
    )
    if not rows:
        return 0
    last = AuditEvent.objects.filter(chain_no__isnull=False).order_by("-chain_no").first()
    number, previous = (last.chain_no or 0, last.digest) if last else (0, "")
    for row in rows:
        number += 1
        previous = row.digest = chain_digest(previous, row)
        row.chain_no = number
    AuditEvent.objects.bulk_update(rows, ["digest", "chain_no"], batch_size=500)
    return len(rows)


def first_broken_link() -> AuditEvent | None:
    """The first sealed event whose digest does not follow from its content and its predecessor."""
    previous = ""
    sealed = AuditEvent.objects.filter(chain_no__isnull=False).order_by("chain_no")
    for expected, row in enumerate(sealed.iterator(chunk_size=_BATCH), start=1):
        if row.chain_no != expected or chain_digest(previous, row) != row.digest:
            return row
        previous = row.digest
    return None
