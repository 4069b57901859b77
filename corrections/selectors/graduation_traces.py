"""Traces that sanctions leave in the logs of the desk: shown to their handlers, to nobody else of the office."""

from django.db.models import QuerySet

from accounts.models import User
from common.models import AuditEvent
from corrections.selectors.graduation_scope import is_sanction_handler

__all__ = ["without_sanction_events"]


def without_sanction_events(
    events: QuerySet[AuditEvent], *, viewer: User | None
) -> QuerySet[AuditEvent]:
    """The events that the person may read; None is a page that many share.

    The student's own ledger shows who looked; that there is a sanction is nobody else's business.
    """
    if viewer is not None and is_sanction_handler(viewer):
        return events
    return events.exclude(action__startswith="sanction.")
