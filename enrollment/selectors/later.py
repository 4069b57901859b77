"""What people did with records after these had come to them: reasons not to take the records away again."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord

__all__ = ["work_since"]


def work_since(user: User, record_ids: Iterable[int], *, since: datetime) -> list[str]:
    """One sentence per record on which this person has acted after `since`, in whatever app.

    Everything that a person does with a record leaves an audit event about it, so the trail is asked
    and no app above this one. Looking is no work.
    """
    acted = (
        AuditEvent.objects.filter(
            actor_id=str(user.pk),
            subject_id__in=[str(pk) for pk in record_ids],
            occurred_at__gt=since,
        )
        .exclude(action__endswith=".viewed")
        .values_list("subject_id", flat=True)
    )
    counts: dict[str, int] = {}
    for subject in acted:
        counts[subject] = counts.get(subject, 0) + 1
    records = StudentRecord.objects.filter(pk__in=list(counts)).order_by("student_no")
    return [
        f"本人后来在学号 {record.student_no} 的学籍上办过 {counts[str(record.pk)]} 件事"
        for record in records
    ]
