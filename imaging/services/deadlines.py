"""The one place that works out a member's own deadlines and what follows for unlocked conclusions."""

from datetime import datetime

from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least

from imaging.models import (
    Campaign,
    CampaignMember,
    Extension,
    VerificationConclusion,
    VerificationRound,
)


def apply_deadlines(
    campaign: Campaign, members: QuerySet[CampaignMember], *, now: datetime
) -> tuple[int, int]:
    """Bring members of one campaign to their effective moments; returns (members, moved locks).

    Effective is the latest of the campaign's moment, the newest extension of the class and the
    newest one of the record. Only conclusions that are not locked at `now` get a new lock moment,
    never one that lies before `now`. Runs in the caller's transaction.
    """
    moved = members.update(
        closes_at=_effective("closes_at"), sheet_freeze_at=_effective("sheet_freeze_at")
    )
    freeze = VerificationRound.objects.filter(pk=OuterRef("round")).values(
        "member__sheet_freeze_at"
    )[:1]
    window_end = ExpressionWrapper(
        F("concluded_at") + campaign.window, output_field=DateTimeField()
    )
    unlocked = VerificationConclusion.objects.filter(
        round__member__in=members.values("pk"), locks_at__gt=now
    )
    locks = unlocked.update(
        locks_at=Greatest(Least(window_end, Subquery(freeze)), Value(now, DateTimeField()))
    )
    return moved, locks


def _effective(moment: str) -> Greatest:
    base = Subquery(Campaign.objects.filter(pk=OuterRef("campaign")).values(moment)[:1])
    granted = Extension.objects.filter(campaign=OuterRef("campaign")).order_by("-pk")
    of_class = granted.filter(class_group=OuterRef("class_group")).values(moment)[:1]
    of_record = granted.filter(record=OuterRef("record")).values(moment)[:1]
    return Greatest(base, Coalesce(Subquery(of_class), base), Coalesce(Subquery(of_record), base))
