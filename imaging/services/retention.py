"""How long photos are kept that were put aside, every file of a shot with it, and papers of ended reviews."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from common.retention import Rule, erase_file
from imaging.models import CaptureEntry, Rendition, ReviewDocument
from imaging.selectors.review_traces import REVIEW_PAPERS
from imaging.services.renditions import files_of
from imaging.states import MatchState

__all__ = ["PHOTO_RULE", "REVIEW_RULE", "due_photos", "due_review_papers"]

_LABEL = "作废的照片"
_MADE = Rendition.objects.filter(entry=OuterRef("pk"), file__purged_at=None)


def due_photos(*, now: datetime) -> QuerySet[CaptureEntry]:
    """Voided deliveries that were put aside long enough ago and are no record's current photo."""
    return (
        CaptureEntry.objects.filter(
            Q(published__purged_at=None) | Q(original__purged_at=None) | Exists(_MADE),
            state=MatchState.VOIDED,
            settled_at__lte=now - timedelta(days=settings.RETAIN_DAYS["photo"]),
        )
        .exclude(versions__is_current=True)
        .order_by("settled_at", "pk")
    )


def _erase(now: datetime, limit: int) -> int:
    done = 0
    basis = f"作废的照片：作废满 {settings.RETAIN_DAYS['photo']} 天"
    entries = due_photos(now=now).select_related("original", "published")
    for entry in entries.only("settled_at", "original", "published")[:limit]:
        shown = entry.versions.order_by("-pk").first()
        for file in files_of(entry):
            if file.purged_at is None:
                erase_file(
                    file,
                    kind=_LABEL,
                    basis=basis,
                    due_at=(entry.settled_at or now)
                    + timedelta(days=settings.RETAIN_DAYS["photo"]),
                    now=now,
                    subject_id=shown.record_id if shown else None,
                )
        done += 1
    return done


PHOTO_RULE = Rule(
    name="voided_photos",
    label=_LABEL,
    count=lambda now: due_photos(now=now).count(),
    erase=_erase,
)


def due_review_papers(*, now: datetime) -> QuerySet[ReviewDocument]:
    """Documents of reviews that ended long enough ago; those taken off the file wait for the same end.

    Never while a case is open: what it decides rests on them.
    """
    ended = now - timedelta(days=settings.RETAIN_DAYS["evidence"])
    return ReviewDocument.objects.filter(
        file__purged_at=None, review__closed_at__lte=ended
    ).order_by("review__closed_at", "pk")


def _erase_papers(now: datetime, limit: int) -> int:
    days = settings.RETAIN_DAYS["evidence"]
    done = 0
    for paper in due_review_papers(now=now).select_related("file", "review")[:limit]:
        done += erase_file(
            paper.file,
            kind=REVIEW_PAPERS,
            basis=f"{REVIEW_PAPERS}：办结满 {days} 天",
            due_at=(paper.review.closed_at or now) + timedelta(days=days),
            now=now,
            subject_id=paper.review.record_id,
        )
    return done


REVIEW_RULE = Rule(
    name="review_papers",
    label=REVIEW_PAPERS,
    count=lambda now: due_review_papers(now=now).count(),
    erase=_erase_papers,
)
