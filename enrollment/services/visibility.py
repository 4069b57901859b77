"""Not showing a record to its student while the office looks into it."""

from datetime import datetime

from django.db import transaction

from common import audit, outbox
from common.actors import Actor
from common.errors import StaleStateError
from common.models import Channel
from enrollment.models import StudentRecord
from enrollment.selectors import owner_of
from enrollment.services.record import checked_reason
from enrollment.states import EnrollmentStatus

__all__ = ["hide_record", "show_record"]


@transaction.atomic
def hide_record(
    *, record: StudentRecord, reason: str, actor: Actor, now: datetime, is_told: bool = True
) -> None:
    """Stop showing the record to its student, who is told that the office is checking it.

    The reason is for staff only: it may speak of somebody else. Without `is_told` the caller says it
    in words of its own.
    """
    reason = checked_reason(reason)
    shown = StudentRecord.objects.filter(pk=record.pk, hidden_at=None)
    hidden = shown.update(hidden_at=now, hidden_by=actor.actor_label, hidden_reason=reason)
    if hidden != 1:
        raise StaleStateError("这条学籍已经设为暂不显示。")
    _write_down("record.hidden", record, reason=reason, actor=actor, now=now, is_told=is_told)


@transaction.atomic
def show_record(
    *, record: StudentRecord, reason: str, actor: Actor, now: datetime, is_told: bool = True
) -> None:
    """Show the record to its student again, who is told so unless the caller does it."""
    reason = checked_reason(reason)
    hidden = StudentRecord.objects.filter(pk=record.pk, hidden_at__isnull=False)
    if hidden.update(hidden_at=None, hidden_by="", hidden_reason="") != 1:
        raise StaleStateError("这条学籍已经恢复显示。")
    _write_down("record.shown", record, reason=reason, actor=actor, now=now, is_told=is_told)


def _write_down(
    action: str,
    record: StudentRecord,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    is_told: bool,
) -> None:
    record.refresh_from_db()
    audit.record(action, actor=actor, now=now, obj=record, subject=record, reason=reason)
    owner = owner_of(record)
    if (
        not is_told
        or owner is None
        or record.duplicate_of_id is not None
        or record.status_at(now) == EnrollmentStatus.DECEASED
    ):
        return
    outbox.queue(
        outbox.Message(
            key=f"{action}:{record.pk}:{now.timestamp()}",
            channel=Channel.NOTICE,
            template=action.replace(".", "_"),
            user_id=owner.pk,
            params={"school": record.school.name, "student_no": record.student_no},
        ),
        now=now,
    )
