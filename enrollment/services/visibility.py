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
def hide_record(*, record: StudentRecord, reason: str, actor: Actor, now: datetime) -> None:
    """Stop showing the record to its student, who is told that the office is checking it.

    The reason is for staff only: it may speak of somebody else.
    """
    reason = checked_reason(reason)
    shown = StudentRecord.objects.filter(pk=record.pk, hidden_at=None)
    hidden = shown.update(hidden_at=now, hidden_by=actor.actor_label, hidden_reason=reason)
    if hidden != 1:
        raise StaleStateError("这条学籍已经设为暂不显示。")
    _write_down("record.hidden", record, reason=reason, actor=actor, now=now)


@transaction.atomic
def show_record(*, record: StudentRecord, reason: str, actor: Actor, now: datetime) -> None:
    """Show the record to its student again."""
    reason = checked_reason(reason)
    hidden = StudentRecord.objects.filter(pk=record.pk, hidden_at__isnull=False)
    if hidden.update(hidden_at=None, hidden_by="", hidden_reason="") != 1:
        raise StaleStateError("这条学籍已经恢复显示。")
    _write_down("record.shown", record, reason=reason, actor=actor, now=now)


def _write_down(
    action: str, record: StudentRecord, *, reason: str, actor: Actor, now: datetime
) -> None:
    record.refresh_from_db()
    audit.record(action, actor=actor, now=now, obj=record, subject=record, reason=reason)
    owner = owner_of(record)
    if (
        owner is None
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
