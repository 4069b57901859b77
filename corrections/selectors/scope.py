"""Who looks at a class: what a reader of the sheet may learn beside the labels."""

from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from accounts.models import User
from enrollment.models import ClassGroup
from enrollment.selectors import is_monitor_of, oversees
from imaging.models import Campaign, CampaignMember


class Sight(StrEnum):
    """How much of a class a person sees."""

    LABELS = "LABELS"
    DETAILS = "DETAILS"


def sight_of(user: User, class_group: ClassGroup, *, now: datetime) -> Sight | None:
    """What the person may see of the class: nothing, labels (monitor), or reasons and values too.

    From the counsellor upward everything that belongs to checking; a monitor never learns a reason,
    a right value, or that there is evidence.
    """
    if not user.is_active:
        return None
    if oversees(user, class_group, now=now):
        return Sight.DETAILS
    if is_monitor_of(user, class_group, now=now):
        return Sight.LABELS
    return None


def campaigns_of_class(class_group: ClassGroup) -> QuerySet[Campaign]:
    """The campaigns in which the class has anybody, the newest first."""
    members = CampaignMember.objects.filter(class_group=class_group, removed_at=None)
    return Campaign.objects.filter(pk__in=members.values("campaign")).order_by("-opens_at", "-pk")
