"""Who read what students reported: a line in the access ledger of each of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from common import audit
from common.errors import NotAllowedError
from common.models import AuditEvent
from corrections.models import CorrectionRequest
from corrections.policies import may_read_private
from enrollment.selectors import is_bound_to

__all__ = ["note_cases_read", "open_private_note"]

_ACTION = "case.viewed"
# The page is loaded again and again while somebody works on it; the ledger says it once.
_SAME_LOOK = timedelta(minutes=10)


@transaction.atomic
def note_cases_read(
    *,
    record_ids: Iterable[int],
    viewer: User,
    now: datetime,
    reason: str = "看班级反馈表上的有误内容",
) -> int:
    """Write down that the viewer read reasons, notes and right values of these records.

    Returns for how many; who read the same within ten minutes is not written down once more.
    """
    wanted = {str(pk) for pk in record_ids}
    if not wanted:
        return 0
    wanted -= set(
        AuditEvent.objects.filter(
            actor_id=viewer.actor_id,
            occurred_at__gt=now - _SAME_LOOK,
            action=_ACTION,
            subject_id__in=wanted,
        ).values_list("subject_id", flat=True)
    )
    events = []
    for subject_id in sorted(wanted, key=int):
        event = audit.event(_ACTION, actor=viewer, now=now, reason=reason)
        event.subject_id = subject_id
        events.append(event)
    audit.record_many(events)
    return len(events)


@transaction.atomic
def open_private_note(
    *, request: CorrectionRequest, viewer: User, reason: str, now: datetime
) -> str:
    """What the student wrote for the named roles alone; each look by the office leaves its reason."""
    if not may_read_private(viewer, request):
        raise NotAllowedError("不公开的原因只有学生本人和教务处能看")
    if not is_bound_to(viewer, request.record):
        audit.record(
            "correctionreason.revealed",
            actor=viewer,
            now=now,
            obj=request,
            subject=request.record,
            reason=reason,
        )
    return request.private_note or ""
