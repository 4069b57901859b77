"""Since when a student's photo is to be taken again, and why; what was taken before does not count."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from django.db.models import Exists, OuterRef, QuerySet

from enrollment.models import StudentRecord
from imaging.models import CaptureVisit, PhotoVersion
from imaging.states import PhotoKind

__all__ = ["Retake", "RetakeCause", "former_photo_of", "visits_that_count"]


class RetakeCause(Enum):
    """What makes the student's photo be taken again."""

    ENDED = auto()  # voided or taken away, and nothing came in its place
    WRONG = auto()  # locked as wrong


@dataclass(frozen=True, slots=True)
class Retake:
    """Only a photo that is taken after this moment helps."""

    since: datetime
    cause: RetakeCause


def former_photo_of(record: StudentRecord) -> PhotoVersion | None:
    """The graduation photo that was current last, without its file."""
    return (
        PhotoVersion.objects.filter(record=record, kind=PhotoKind.GRADUATION, is_current=False)
        .select_related("entry")
        .only("ended_at", "entry__state", "record", "kind")
        .order_by("-version_no")
        .first()
    )


def visits_that_count() -> QuerySet[CaptureVisit]:
    """Visits of people without a photo that were not only for one that is gone: the SQL twin of ENDED."""
    gone = PhotoVersion.objects.filter(
        record=OuterRef("member__record"),
        kind=PhotoKind.GRADUATION,
        is_current=False,
        ended_at__gte=OuterRef("arrived_at"),
    )
    return CaptureVisit.objects.filter(~Exists(gone), voided_at=None)
