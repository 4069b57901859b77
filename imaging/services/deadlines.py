"""The one place that works out a member's own deadlines and what follows for unlocked conclusions."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least

from imaging.models import (
    Campaign,
    CampaignMember,
    CampaignTerms,
    SchoolTimetable,
    VerificationConclusion,
    VerificationRound,
)
from imaging.selectors.timetables import extensions_in_force


def apply_deadlines(
    campaign: Campaign, members: QuerySet[CampaignMember], *, now: datetime
) -> tuple[int, int]:
    """Bring members of one campaign to their effective moments; returns (members, moved locks).

    Effective is the latest of the school's own moment (else the campaign's), the newest extension of
    the class and the newest one of the record; after the campaign was ended by hand only extensions
    granted since count. Only conclusions that are not locked at `now` get a new lock moment, never
    one that lies before `now`, and each keeps the window that it was given under. Runs in the
    caller's transaction.
    """
    _hold(members)
    has_own = campaign.school_timetables.exists()
    moved = members.update(
        opens_at=_of_school("opens_at") if has_own else None,
        publishes_at=_of_school("publishes_at") if has_own else None,
        closes_at=_effective(campaign, "closes_at", has_own=has_own),
        sheet_freeze_at=_effective(campaign, "sheet_freeze_at", has_own=has_own),
    )
    freeze = VerificationRound.objects.filter(pk=OuterRef("round")).values(
        "member__sheet_freeze_at"
    )[:1]
    unlocked = VerificationConclusion.objects.filter(
        round__member__in=members.values("pk"), locks_at__gt=now
    )
    locks = 0
    for given_under, window in _windows(campaign):
        window_end = ExpressionWrapper(F("concluded_at") + window, output_field=DateTimeField())
        locks += unlocked.filter(given_under).update(
            locks_at=Greatest(Least(window_end, Subquery(freeze)), Value(now, DateTimeField()))
        )
    return moved, locks


def _hold(members: QuerySet[CampaignMember]) -> None:
    """Rounds, then members, each by key: the order of whoever concludes or opens a next round."""
    mine = VerificationRound.objects.filter(member__in=members.values("pk"), is_current=True)
    for rows in (mine, members):
        held = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
        list(held.values_list("pk"))


def _windows(campaign: Campaign) -> Iterator[tuple[Q, timedelta]]:
    """Which conclusions were given under which window: per former rules, and the present ones."""
    former: list[int] = []
    if campaign.terms_no > 1:
        rows = CampaignTerms.objects.filter(campaign=campaign)
        for number, hours in rows.values_list("number", "window_hours"):
            former.append(number)
            yield Q(terms_no=number), timedelta(hours=hours)
    yield ~Q(terms_no__in=former), campaign.window


def _of_school(moment: str) -> Subquery:
    # From the school down to the record: an UPDATE cannot reach the school over a join of its own.
    own = SchoolTimetable.objects.filter(
        campaign=OuterRef("campaign"), school__records=OuterRef("record")
    )
    return Subquery(own.values(moment)[:1])


def _effective(campaign: Campaign, moment: str, *, has_own: bool) -> Greatest:
    of_campaign = Subquery(Campaign.objects.filter(pk=OuterRef("campaign")).values(moment)[:1])
    base = Coalesce(_of_school(moment), of_campaign) if has_own else of_campaign
    granted = extensions_in_force(campaign).order_by("-pk")
    of_class = granted.filter(class_group=OuterRef("class_group")).values(moment)[:1]
    of_record = granted.filter(record=OuterRef("record")).values(moment)[:1]
    return Greatest(base, Coalesce(Subquery(of_class), base), Coalesce(Subquery(of_record), base))
