"""Which photo a record shows, and how far it has come."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.policies import is_office
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, PhotoVersion
from imaging.selectors.campaigns import conclusions_of, member_of
from imaging.selectors.timetables import is_published
from imaging.states import Conclusion, ConclusionKind, MatchState, PhotoKind

# What pages show; the rest of a capture entry is encrypted or large.
_SHOWN = (
    "record_id",
    "kind",
    "version_no",
    "is_current",
    "attached_at",
    "entry__captured_date",
    "entry__received_at",
)


class PhotoPhase(StrEnum):
    """How far a graduation photo has come, derived from rows and the clock."""

    ABSENT = "还没有照片"
    ATTACHED = "已对上学籍"
    TO_VERIFY = "等你核对"
    CONCLUDED = "已提交，还没锁定"
    CLOSED = "已锁定"
    DISPUTED = "有误，已锁定"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoStatus:
    """Where a record's graduation photo stands, with the moments that are known."""

    phase: PhotoPhase
    version: PhotoVersion | None = None
    captured_date: date | None = None
    received_at: datetime | None = None
    attached_at: datetime | None = None


def photos_of(record: StudentRecord) -> dict[PhotoKind, PhotoVersion]:
    """The current photos of the record by kind, in one query and without their files.

    Also what is not published yet; pages of its student ask `shown_photos_of`, or the membership.
    """
    current = PhotoVersion.objects.filter(record=record, is_current=True).select_related("entry")
    return {PhotoKind(version.kind): version for version in current.only(*_SHOWN)}


def shown_photos_of(record: StudentRecord, *, now: datetime) -> dict[PhotoKind, PhotoVersion]:
    """Like `photos_of`, without what is not published yet."""
    current = PhotoVersion.objects.filter(_is_shown(now), record=record, is_current=True)
    return {
        PhotoKind(version.kind): version
        for version in current.select_related("entry").only(*_SHOWN)
    }


def _is_shown(now: datetime) -> Q:
    """Photos that no campaign of their record holds back until the moment of publication (C-48)."""
    asking = CampaignMember.objects.filter(
        record=OuterRef("record"), removed_at=None, campaign__profile__kind=OuterRef("kind")
    )
    return ~Exists(asking) | Exists(asking.filter(is_published(now)))


def photo_of(record: StudentRecord, kind: PhotoKind) -> PhotoVersion | None:
    """The current photo of one kind, with its file."""
    return (
        PhotoVersion.objects.filter(record=record, kind=kind, is_current=True)
        .select_related("entry__published")
        .first()
    )


def certified_photos() -> QuerySet[PhotoVersion]:
    """The photos that are locked with a certificate: current when it was registered (C-33).

    What comes later changes nothing in the certificate. A photo that staff have since taken away
    from the record was not the graduate's, and is none.
    """
    return PhotoVersion.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=F("record__graduations__registered_at")),
        kind=PhotoKind.GRADUATION,
        attached_at__lte=F("record__graduations__registered_at"),
        record__graduations__superseded_at=None,
        entry__state=MatchState.MATCHED,
        entry__record=F("record"),
    )


def certified_photo_of(record: StudentRecord) -> PhotoVersion | None:
    """The photo that is locked with the record's certificate; no query without further sections."""
    if not record.has_sections:
        return None
    return certified_photos().filter(record=record).select_related("entry").only(*_SHOWN).first()


def photos_visible_to(user: User, *, now: datetime) -> QuerySet[PhotoVersion]:
    """The photos that the person may open: of the own records the current ones, once they are
    published, and the certificate's; all for the office.

    Another own version that was replaced may have been somebody else's face, so it is not shown again.
    """
    photos = PhotoVersion.objects.select_related("entry__published")
    if is_office(user):
        return photos
    return photos.filter(
        (Q(is_current=True) & _is_shown(now)) | Q(pk__in=certified_photos().values("pk")),
        record__binding__identity__user=user,
        record__hidden_at=None,
        record__duplicate_of=None,
    )


def photo_status(record: StudentRecord, *, now: datetime) -> PhotoStatus:
    """How far the record's graduation photo has come, from its capture to its lock."""
    version = photo_of(record, PhotoKind.GRADUATION)
    if version is None:
        return PhotoStatus(phase=PhotoPhase.ABSENT)
    return PhotoStatus(
        phase=_phase(record, version, now),
        version=version,
        captured_date=version.entry.captured_date,
        received_at=version.entry.received_at,
        attached_at=version.attached_at,
    )


def _phase(record: StudentRecord, version: PhotoVersion, now: datetime) -> PhotoPhase:
    member = member_of(record, now=now)
    if member is None or member.begins_at > now:
        return PhotoPhase.ATTACHED
    conclusion = conclusions_of(member).get(ConclusionKind.PHOTO)
    if (
        conclusion is None
        or conclusion.state == Conclusion.PENDING
        or not conclusion.is_valid(
            key_digest=record.key_digest,
            identity_digest=record.identity_digest,
            photo_id=version.pk,
        )
    ):
        return PhotoPhase.TO_VERIFY
    if not conclusion.is_locked_at(now):
        return PhotoPhase.CONCLUDED
    correct = conclusion.state == Conclusion.CORRECT
    return PhotoPhase.CLOSED if correct else PhotoPhase.DISPUTED
