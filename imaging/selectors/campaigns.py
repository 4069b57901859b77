"""Which campaign a record is in, its round and the two conclusions."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from enrollment.models import StudentRecord
from enrollment.selectors import has_status
from enrollment.states import ENROLLED
from imaging.models import (
    Campaign,
    CampaignMember,
    VerificationConclusion,
    VerificationRound,
)
from imaging.states import ConclusionKind, MembershipEffect, statuses_with


def member_of(record: StudentRecord, *, now: datetime) -> CampaignMember | None:
    """The record's membership that counts now: in the newest campaign that has opened, else the next.

    Removed memberships do not count.
    """
    return newest(
        CampaignMember.objects.filter(record=record, removed_at=None).select_related(
            "campaign__profile"
        ),
        now=now,
    )


def newest(members: Iterable[CampaignMember], *, now: datetime) -> CampaignMember | None:
    """Of one record's memberships the one in the newest campaign that has opened, else the next to open."""
    opened, coming = None, None
    for member in sorted(members, key=lambda each: (each.begins_at, each.pk)):
        if member.begins_at <= now:
            opened = member
        elif coming is None:
            coming = member
    return opened or coming


def records_to_propose(campaign: Campaign, *, now: datetime) -> QuerySet[StudentRecord]:
    """Every enrolled record of the campaign's schools and 届 that never was in it.

    Whom staff removed stays out.
    """
    return StudentRecord.objects.filter(
        has_status(ENROLLED, now=now),
        duplicate_of=None,
        school__in=campaign.schools.all(),
        graduating_class=campaign.graduating_class,
    ).exclude(pk__in=campaign.members.values("record"))


def members_to_take_out(*, now: datetime) -> QuerySet[CampaignMember]:
    """Members of campaigns that are not frozen yet whose status has ended their studies."""
    leaving = has_status(statuses_with(MembershipEffect.REMOVED), now=now, path="record__")
    return CampaignMember.objects.filter(
        leaving, removed_at=None, sheet_freeze_at__gt=now
    ).order_by("pk")


def members_to_bring_back(*, now: datetime) -> QuerySet[CampaignMember]:
    """Members that a status took out of a campaign not frozen yet, and that it lets in again."""
    leaving = has_status(statuses_with(MembershipEffect.REMOVED), now=now, path="record__")
    return (
        CampaignMember.objects.filter(~leaving, removed_at__isnull=False, sheet_freeze_at__gt=now)
        .exclude(removed_for="")
        .order_by("pk")
    )


def campaign_of(record: StudentRecord, *, now: datetime) -> Campaign | None:
    """The campaign in which the record is verified now, or next."""
    member = member_of(record, now=now)
    return member.campaign if member else None


def current_round(member: CampaignMember) -> VerificationRound | None:
    """The member's current round."""
    return member.rounds.filter(is_current=True).first()


def former_rounds(member: CampaignMember) -> list[VerificationRound]:
    """The member's rounds that have ended, the newest first, with the conclusions that stayed in them."""
    return list(
        member.rounds.filter(is_current=False)
        .prefetch_related(
            Prefetch(
                "conclusions",
                VerificationConclusion.objects.defer("proposed", "note", "proxy_reason").order_by(
                    "-kind"
                ),
            )
        )
        .order_by("-round_no")
    )


def conclusions_of(member: CampaignMember) -> dict[ConclusionKind, VerificationConclusion]:
    """The two conclusions of the member's current round."""
    rows = VerificationConclusion.objects.filter(
        round__member=member, round__is_current=True
    ).select_related("round", "seen_photo")
    return {ConclusionKind(row.kind): row for row in rows}
