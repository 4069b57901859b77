"""Traces that identity reviews leave in the logs of the desk: shown to handlers, to nobody else of the office.

The student's own ledger shows who looked; that a case exists is nobody else's business.
"""

from typing import Final

from django.db.models import Q, QuerySet

from accounts.models import User
from common.models import AuditEvent, FileView, PurgeProof
from imaging.selectors.reviews import is_handler

__all__ = [
    "EXPORT_PURPOSE",
    "LOOK_PURPOSE",
    "REVIEW_FILE",
    "REVIEW_PAPERS",
    "without_review_events",
    "without_review_proofs",
    "without_review_views",
]

# The kind of stored file, what a proof of its erasure calls it, and why it was opened.
REVIEW_FILE: Final = "review"
REVIEW_PAPERS: Final = "当面核实的材料"
LOOK_PURPOSE: Final = "办理核实"
EXPORT_PURPOSE: Final = "导出核实案卷"


def without_review_events(
    events: QuerySet[AuditEvent], *, viewer: User | None
) -> QuerySet[AuditEvent]:
    """The events that the person may read; None is a page that many share."""
    if viewer is not None and is_handler(viewer):
        return events
    erased = Q(action__startswith="data.erased", details__content=REVIEW_PAPERS)
    return events.exclude(Q(action__startswith="review.") | erased)


def without_review_views(views: QuerySet[FileView], *, viewer: User) -> QuerySet[FileView]:
    """The views of files that the person may read."""
    if is_handler(viewer):
        return views
    return views.exclude(
        Q(file__kind=REVIEW_FILE)
        | Q(purpose__startswith=LOOK_PURPOSE)
        | Q(purpose__startswith=EXPORT_PURPOSE)
    )


def without_review_proofs(proofs: QuerySet[PurgeProof], *, viewer: User) -> QuerySet[PurgeProof]:
    """The proofs of erasures that the person may read."""
    return proofs if is_handler(viewer) else proofs.exclude(kind=REVIEW_PAPERS)
