"""Who of the college, or of those who counsel the class, looked at whom, and took which table home: written down."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from common import audit as trail
from common.models import AuditEvent
from common.ratelimit import Limit, hit
from corrections.models import AuditedStudent, GraduationAudit
from corrections.selectors.graduation_scope import certificates_of_staff
from corrections.selectors.graduation_tables import certificate_table

__all__ = ["export_certificates", "note_student_seen", "note_students_seen"]

TABLES: Final = Limit("graduation-tables", 60, 3600)
_SEEN: Final = "auditresult.viewed"
# The page is loaded again and again while somebody works on it; the ledger says it once.
_SAME_LOOK: Final = timedelta(minutes=10)


def note_student_seen(*, student: AuditedStudent, viewer: User, now: datetime) -> None:
    """The college opened a student's checklist; once in ten minutes."""
    note_students_seen(students=[student], viewer=viewer, now=now)


@transaction.atomic
def note_students_seen(
    *, students: Collection[AuditedStudent], viewer: User, now: datetime
) -> None:
    """Somebody opened a page with what these students lack: each of them reads of it, once in ten minutes."""
    before = AuditEvent.objects.filter(
        actor_id=viewer.actor_id,
        occurred_at__gt=now - _SAME_LOOK,
        action=_SEEN,
        object_id__in=[str(student.pk) for student in students],
    )
    seen = set(before.values_list("object_id", flat=True))
    trail.record_many(
        trail.event(_SEEN, actor=viewer, now=now, obj=student, subject=student.record)
        for student in students
        if str(student.pk) not in seen
    )


@transaction.atomic
def export_certificates(*, audit: GraduationAudit, actor: User, now: datetime) -> bytes:
    """The certificates of the actor's college as XLSX; who took it and how many is written down."""
    hit(TABLES, actor.actor_id, now=now)
    rows = list(certificates_of_staff(actor, now=now).filter(student__audit=audit))
    trail.record(
        "graduationaudit.listed",
        actor=actor,
        now=now,
        obj=audit,
        details={"content": "证书发放表", "count": len(rows)},
    )
    return certificate_table(rows, taken_by=actor, now=now)
