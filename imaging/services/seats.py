"""Seats of people who leave the campaign: free for others in the same moment."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from common import audit
from common.actors import Actor
from imaging.models import CampaignMember, CaptureBooking, CaptureSession
from imaging.states import BookingEnd

__all__ = ["free_seats"]


def free_seats(members: Collection[CampaignMember], *, actor: Actor, now: datetime) -> int:
    """End the seats that these members hold in sessions to come; returns how many there were.

    Runs in the caller's transaction. A seat in a session that is over is history and stays.
    """
    if not members:
        return 0
    held = CaptureBooking.objects.filter(
        member__in=[each.pk for each in members], ended_at=None, session__ends_at__gt=now
    )
    # The sessions first and in one order, as whoever books does.
    wanted = CaptureSession.objects.filter(pk__in=held.values("session"))
    list(wanted.select_for_update().order_by("pk").values_list("pk"))
    ended = list(
        held.select_for_update(of=("self",)).select_related("member__record").order_by("pk")
    )
    if not ended:
        return 0
    CaptureBooking.objects.filter(pk__in=[each.pk for each in ended]).update(
        ended_at=now, ended_by=actor.actor_label, end_reason=BookingEnd.REMOVED
    )
    for session_id, seats in Counter(each.session_id for each in ended).items():
        CaptureSession.objects.filter(pk=session_id).update(seats_taken=F("seats_taken") - seats)
    audit.record_many(
        audit.event(
            "capturebooking.freed",
            actor=actor,
            now=now,
            obj=each,
            subject=each.member.record,
            details={"session": each.session_id},
        )
        for each in ended
    )
    return len(ended)
