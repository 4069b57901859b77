"""Telling students that their photo is there: once for each photo, from the moment it is published on.

A photo that is matched after the publication is told of at once, one that came before by the sweep
at that moment. `announced_at` says which are done with, so nothing is told twice or forgotten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common import outbox
from common.models import Channel
from common.outbox import Message
from enrollment.selectors import has_status
from imaging.models import CampaignMember, PhotoVersion
from imaging.selectors.timetables import is_published
from imaging.states import CampaignKind, MembershipEffect, statuses_with

__all__ = ["announce_published", "announce_versions"]

_BATCH: Final = 500


def announce_versions(
    versions: Iterable[PhotoVersion], *, now: datetime, is_told: bool = True
) -> int:
    """Tell the students of those photos that are published: a notice, and a mail or SMS.

    Returns how many students were told. Set-based, in the caller's transaction, which has made the
    versions or holds them. What is not published yet is left to the sweep. With `is_told` False the
    caller says it in words of its own.
    """
    by_record = {version.record_id: version for version in versions}
    news = [
        each
        for each in _news(CampaignMember.objects.filter(record__in=list(by_record)), now=now)
        if each.kind == by_record[each.record_id].kind
    ]
    shown = {by_record[each.record_id].pk for each in news}
    PhotoVersion.objects.filter(pk__in=shown, announced_at=None).update(announced_at=now)
    if not is_told:
        return 0
    # Of several campaigns that ask for the photo the newest one counts.
    newest = {each.record_id: each for each in news if each.is_told}
    outbox.queue_many(
        [
            message
            for each in newest.values()
            for message in each.messages(by_record[each.record_id], now=now)
        ],
        now=now,
        is_awaited=False,
    )
    return len(newest)


def announce_published(*, now: datetime, limit: int = 10_000) -> int:
    """Tell of photos whose moment of publication has come since they were matched; returns how many.

    The photos are shown from that moment on, whether or not this has run.
    """
    told = 0
    for _turn in range(max(limit // _BATCH, 1)):
        with transaction.atomic():
            due = list(_due(now)[:_BATCH])
            told += announce_versions(due, now=now)
        if len(due) < _BATCH:
            break
    return told


def _due(now: datetime) -> QuerySet[PhotoVersion]:
    asking = CampaignMember.objects.filter(
        is_published(now),
        _is_running(now),
        record=OuterRef("record"),
        removed_at=None,
        campaign__profile__kind=OuterRef("kind"),
    )
    return (
        PhotoVersion.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Exists(asking), is_current=True, announced_at=None)
        .order_by("pk")
    )


def _is_running(now: datetime) -> Q:
    """Campaigns that ask for a photo and are not over: who is late is still told, and helped."""
    lasts = Q(campaign__ends_at__gt=now) | Q(campaign__ends_at=None, sheet_freeze_at__gt=now)
    return lasts & Q(campaign__kind=CampaignKind.GRADUATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What one student is told of, under one membership."""

    record_id: int
    kind: str
    campaign: str
    begins_at: datetime
    closes_at: datetime
    user_id: int | None
    email: str | None
    is_told: bool

    def messages(self, version: PhotoVersion, *, now: datetime) -> Iterator[Message]:
        """One for the page and one that is sent out; the same photo put forward again is no news."""
        params = {
            "campaign": self.campaign,
            "until_at": self.closes_at.isoformat(),
            "from_at": self.begins_at.isoformat() if now < self.begins_at else "",
            "is_over": self.closes_at <= now,
        }
        for channel in (Channel.NOTICE, Channel.EMAIL if self.email else Channel.SMS):
            yield Message(
                key=f"photo-arrived:{self.record_id}:{version.entry_id}:{channel}",
                channel=channel,
                template="photo_arrived",
                user_id=self.user_id,
                params=params,
            )


def _news(members: QuerySet[CampaignMember], *, now: datetime) -> list[_News]:
    """The published memberships of running campaigns, the newest campaign last."""
    silent = has_status(statuses_with(MembershipEffect.SILENT), now=now, path="record__")
    told = Q(record__binding__isnull=False, record__hidden_at=None, record__duplicate_of=None)
    rows = (
        members.filter(is_published(now), _is_running(now), removed_at=None)
        .annotate(
            is_told=Exists(CampaignMember.objects.filter(~silent, told, pk=OuterRef("pk"))),
            user=F("record__binding__identity__user"),
            email=F("record__binding__identity__user__email"),
        )
        .order_by("campaign__opens_at", "pk")
        .values_list(
            "record_id",
            "campaign__profile__kind",
            "campaign__title",
            "opens_at",
            "campaign__opens_at",
            "closes_at",
            "user",
            "email",
            "is_told",
        )
    )
    return [
        _News(
            record_id=record_id,
            kind=kind,
            campaign=title,
            begins_at=own_opens_at or opens_at,
            closes_at=closes_at,
            user_id=user_id,
            email=email,
            is_told=is_told,
        )
        for record_id, kind, title, own_opens_at, opens_at, closes_at, user_id, email, is_told in rows
    ]
