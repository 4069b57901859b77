"""How long photos are kept that students sent in and that were not taken in."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from common.actors import SYSTEM
from common.retention import Rule, erase_file
from imaging.models import OwnPhoto
from imaging.states.own_photo import DRAFT_LIVES, OwnPhotoState

__all__ = ["OWN_PHOTO_RULE", "due_own_photos"]

_LABEL: Final = "没有收下的自交照片"
_AT_ONCE: Final = "没有交给学校的照片：放弃以后，或者放满一天"


def due_own_photos(*, now: datetime) -> QuerySet[OwnPhoto]:
    """Drafts that were given up or left for a day, and photos returned or withdrawn long enough ago."""
    before = now - timedelta(days=settings.RETAIN_DAYS["own_photo"])
    return OwnPhoto.objects.filter(
        Q(published__purged_at=None) | Q(original__purged_at=None),
        Q(state=OwnPhotoState.DISCARDED, ended_at__lte=now)
        | Q(state=OwnPhotoState.DRAFT, made_at__lte=now - DRAFT_LIVES)
        | Q(state__in=[OwnPhotoState.RETURNED, OwnPhotoState.WITHDRAWN], ended_at__lte=before),
    ).order_by("pk")


def _erase(now: datetime, limit: int) -> int:
    done = 0
    photos = due_own_photos(now=now).select_related("original", "published", "member")
    for photo in photos.defer("answer")[:limit]:
        if photo.state == OwnPhotoState.DRAFT and not _give_up(photo, now=now):
            continue
        due_at, basis = _due(photo, now)
        for file in (photo.original, photo.published):
            if file.purged_at is None:
                erase_file(
                    file,
                    kind=_LABEL,
                    basis=basis,
                    due_at=due_at,
                    now=now,
                    subject_id=photo.member.record_id,
                )
        # Where the face was in the picture goes with the picture.
        OwnPhoto.objects.filter(pk=photo.pk).update(measures={}, warnings=[])
        done += 1
    return done


def _give_up(photo: OwnPhoto, *, now: datetime) -> bool:
    """A draft that nobody sent is none any more; false when it was sent at this moment."""
    unmoved = OwnPhoto.objects.filter(pk=photo.pk, state=OwnPhotoState.DRAFT)
    changes = {
        "state": OwnPhotoState.DISCARDED,
        "ended_at": now,
        "ended_by": SYSTEM.actor_label,
    }
    return unmoved.update(**changes) == 1


def _due(photo: OwnPhoto, now: datetime) -> tuple[datetime, str]:
    if photo.state in {OwnPhotoState.DRAFT, OwnPhotoState.DISCARDED}:
        return photo.ended_at or photo.made_at + DRAFT_LIVES, _AT_ONCE
    days = settings.RETAIN_DAYS["own_photo"]
    return (
        (photo.ended_at or now) + timedelta(days=days),
        f"请重拍的、撤回的自交照片：满 {days} 天",
    )


OWN_PHOTO_RULE = Rule(
    name="own_photos",
    label=_LABEL,
    count=lambda now: due_own_photos(now=now).count(),
    erase=_erase,
)
