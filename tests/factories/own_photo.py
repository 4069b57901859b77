"""Channels, and photos that students sent in, with real bytes."""

from datetime import datetime, timedelta
from typing import Any

from common import files
from common.actors import SYSTEM
from imaging.models import Campaign, CampaignMember, OwnPhoto, PhotoChannels
from imaging.states.own_photo import WAITING_OWN_PHOTOS, OwnPhotoState, PhotoChannel
from tests.factories.imaging import ATTACHED, portrait

SENT = OwnPhotoState.SENT
_ENDED = frozenset(OwnPhotoState) - WAITING_OWN_PHOTOS - {OwnPhotoState.DRAFT}
_UNSENT = frozenset({OwnPhotoState.DRAFT, OwnPhotoState.DISCARDED})


def make_channels(campaign: Campaign, **fields: Any) -> PhotoChannels:
    """Camera and upload are open around the campaign, three attempts."""
    values: dict[str, Any] = {
        "takes_camera": True,
        "takes_upload": True,
        "attempts": 3,
        "opens_at": campaign.opens_at - timedelta(days=30),
        "closes_at": campaign.closes_at,
        "set_at": campaign.opens_at - timedelta(days=30),
        "set_by": "测试",
        **fields,
    }
    return PhotoChannels.objects.create(campaign=campaign, **values)


def make_own_photo(
    member: CampaignMember,
    state: OwnPhotoState = SENT,
    *,
    at: datetime = ATTACHED,
    **fields: Any,
) -> OwnPhoto:
    """A photo of the member in this state; not for ACCEPTED, which needs its entry."""
    number = OwnPhoto.objects.filter(member=member).count()
    stored = [
        files.store(portrait(number), kind=kind, content_type="image/jpeg", now=at, actor=SYSTEM)
        for kind in ("original", "photo")
    ]
    values: dict[str, Any] = {
        "channel": PhotoChannel.UPLOAD,
        "original": stored[0],
        "published": stored[1],
        "made_at": at,
        "made_by": "a****@example.test",
        "maker_id": "1",
    }
    if state not in _UNSENT:
        sent = OwnPhoto.objects.filter(member=member, attempt_no__isnull=False).count()
        values |= {"sent_at": at, "attempt_no": sent + 1}
    if state in _ENDED:
        values |= {"ended_at": at, "ended_by": "测试"}
    if state == OwnPhotoState.IN_REVIEW:
        values |= {"claimed_at": at, "claimed_by": "测试", "reviewer_id": "0"}
    return OwnPhoto.objects.create(member=member, state=state, **{**values, **fields})
