"""Since when a student's photo is to be taken again, and why; what was taken before does not count."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureVisit, PhotoVersion, VerificationConclusion
from imaging.states import PhotoKind, PhotoMatter, photo_matter

__all__ = ["Retake", "RetakeCause", "former_photo_of", "retake_of", "visits_that_count"]


class RetakeCause(Enum):
    """What makes the student's photo be taken again."""

    ENDED = auto()  # voided or taken away, and nothing came in its place
    WRONG = auto()  # locked as wrong; the mere wish for another one is no fault
    GRANTED = auto()  # the office arranged it


@dataclass(frozen=True, slots=True)
class Retake:
    """Only a photo that is taken after this moment helps."""

    since: datetime
    cause: RetakeCause


def retake_of(
    member: CampaignMember,
    *,
    photo: PhotoVersion | None,
    wrong: VerificationConclusion | None = None,
    former: PhotoVersion | None = None,
) -> Retake | None:
    """Why the photo is to be taken again; None where the first one is awaited, or there to stay.

    `wrong` is the conclusion that is locked on `photo`, `former` the photo that was current last where
    there is none. Of several causes the latest counts: what the office arranges, it arranges anew. A
    photo that came after it has overtaken it.
    """
    found = []
    if photo is None and former is not None and former.ended_at is not None:
        found.append(Retake(former.ended_at, RetakeCause.ENDED))
    if photo is not None and wrong is not None and wrong.concluded_at is not None:
        is_wish = photo_matter(wrong.reasons) is PhotoMatter.RETAKE
        found += [] if is_wish else [Retake(wrong.concluded_at, RetakeCause.WRONG)]
    granted_at = member.retake_granted_at
    if granted_at is not None and (photo is None or photo.attached_at <= granted_at):
        found.append(Retake(granted_at, RetakeCause.GRANTED))
    return max(found, key=lambda each: each.since, default=None)


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
    """Visits of people without a photo after what makes it be taken again: the SQL twin of `retake_of`."""
    gone = PhotoVersion.objects.filter(
        record=OuterRef("member__record"),
        kind=PhotoKind.GRADUATION,
        is_current=False,
        ended_at__gte=OuterRef("arrived_at"),
    )
    granted_at = "member__retake_granted_at"
    return CaptureVisit.objects.filter(
        ~Exists(gone), Q(**{granted_at: None}) | Q(arrived_at__gt=F(granted_at)), voided_at=None
    )
