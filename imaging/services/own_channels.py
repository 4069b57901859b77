"""采集渠道: what ways a campaign takes photos in, from when until when, and how often."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError
from imaging.models import Campaign, PhotoChannels
from imaging.models.own_photo import MOST_ATTEMPTS
from imaging.policies import check_can_manage_campaigns
from imaging.states import ConclusionKind

__all__ = ["ChannelTerms", "set_channels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTerms:
    """The ways, how often one may send, and when."""

    takes_on_site: bool
    takes_camera: bool
    takes_upload: bool
    attempts: int
    opens_at: datetime
    closes_at: datetime
    takes_addresses: bool = False

    def as_stored(self) -> dict[str, Any]:
        """The columns."""
        return {name: getattr(self, name) for name in self.__slots__}


@transaction.atomic
def set_channels(
    *, campaign: Campaign, terms: ChannelTerms, actor: Actor, now: datetime, reason: str
) -> PhotoChannels:
    """Say how photos come in from now on; photos that were sent are looked at as before."""
    check_can_manage_campaigns(actor)
    if ConclusionKind.PHOTO not in campaign.asked:
        raise NotAllowedError("这个批次不核对照片，没有采集渠道。")
    _check(terms, reason)
    before = PhotoChannels.objects.select_for_update().filter(campaign=campaign).first()
    values = {**terms.as_stored(), "set_at": now, "set_by": actor.actor_label}
    channels, _ = PhotoChannels.objects.update_or_create(campaign=campaign, defaults=values)
    audit.record(
        "campaign.channels_set",
        actor=actor,
        now=now,
        obj=campaign,
        reason=reason.strip(),
        details={
            "before": _shown(before) if before else {},
            "after": _shown(channels),
        },
    )
    return channels


def _check(terms: ChannelTerms, reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    if not (terms.takes_on_site or terms.takes_camera or terms.takes_upload):
        raise InvalidInputError("至少选一种渠道。", field="channels")
    if not 1 <= terms.attempts <= MOST_ATTEMPTS:
        raise InvalidInputError(f"请填 1 到 {MOST_ATTEMPTS} 之间的次数。", field="attempts")
    if terms.opens_at >= terms.closes_at:
        raise InvalidInputError("结束的时间要晚于开始的时间。", field="closes_at")


def _shown(channels: PhotoChannels) -> dict[str, Any]:
    return {
        "takes_on_site": channels.takes_on_site,
        "takes_camera": channels.takes_camera,
        "takes_upload": channels.takes_upload,
        "takes_addresses": channels.takes_addresses,
        "attempts": channels.attempts,
        "opens_at": channels.opens_at.isoformat(),
        "closes_at": channels.closes_at.isoformat(),
    }
