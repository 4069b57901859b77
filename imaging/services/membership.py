"""Running campaigns follow the enrolment status: who has left is taken out, who is back comes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from common import audit
from common.actors import SYSTEM
from imaging.models import CampaignMember
from imaging.selectors.campaigns import members_to_bring_back, members_to_take_out
from imaging.services.seats import free_seats

__all__ = ["follow_statuses"]

_BATCH: Final = 500


def follow_statuses(*, now: datetime, limit: int = _BATCH) -> int:
    """Take out of running campaigns whose status ends the studies, and bring back whom it let in again.

    Returns how many were moved. The status stands beside the removal as its remark. Forms do not
    wait for this: whoever has left cannot conclude from that day on.
    """
    return _take_out(now=now, limit=limit) + _bring_back(now=now, limit=limit)


@transaction.atomic
def _take_out(*, now: datetime, limit: int) -> int:
    members = list(members_to_take_out(now=now).select_related("record")[:limit])
    moved = []
    for member in members:
        there = CampaignMember.objects.filter(pk=member.pk, removed_at=None)
        if there.update(
            removed_at=now,
            removed_by=SYSTEM.actor_label,
            removed_for=member.record.status_at(now),
        ):
            moved.append(member)
    free_seats(moved, actor=SYSTEM, now=now)
    _write_down("campaign.member_removed", moved, now=now)
    return len(moved)


@transaction.atomic
def _bring_back(*, now: datetime, limit: int) -> int:
    members = list(members_to_bring_back(now=now).select_related("record")[:limit])
    moved = []
    for member in members:
        gone = CampaignMember.objects.filter(pk=member.pk, removed_at=member.removed_at)
        if gone.update(removed_at=None, removed_by="", removed_for=""):
            moved.append(member)
    _write_down("campaign.member_added", moved, now=now)
    return len(moved)


def _write_down(action: str, members: Sequence[CampaignMember], *, now: datetime) -> None:
    audit.record_many(
        audit.event(
            action,
            actor=SYSTEM,
            now=now,
            obj=member,
            subject=member.record,
            reason="学籍状态变了",
            details={"status": member.record.status_at(now)},
        )
        for member in members
    )
