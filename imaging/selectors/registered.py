"""Whether a member's conclusions are frozen, because the certificate that they were given for is registered."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import Graduation
from enrollment.selectors.sections import graduation_of
from imaging.models import Campaign, CampaignMember
from imaging.states import CampaignKind

__all__ = ["Registered", "is_registered", "registered_for", "registered_in", "registrations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """When the certificate was registered, and what it says."""

    at: datetime
    outcome: str
    conferred_date: date


def registered_in(member: CampaignMember) -> Registered | None:
    """The registration that freezes the member's conclusions; no query for who has none.

    Only one that came after the campaign opened: who left with 结业 and comes back for 毕业 checks anew.
    """
    if member.campaign.kind != CampaignKind.GRADUATION:
        return None
    found = graduation_of(member.record)
    return registered_for(member.campaign, found) if found else None


def registered_for(campaign: Campaign, found: Graduation) -> Registered | None:
    """The registration as far as it belongs to this campaign."""
    if found.registered_at < campaign.opens_at:
        return None
    return Registered(
        at=found.registered_at,
        outcome=str(found.get_outcome_display()),
        conferred_date=found.conferred_date,
    )


def registrations(path: str) -> QuerySet[Graduation]:
    """The registrations that freeze the member at the outer `path`: the twin of `registered_in`."""
    return Graduation.objects.filter(
        record=OuterRef(f"{path}record"),
        superseded_at=None,
        registered_at__gte=OuterRef(f"{path}campaign__opens_at"),
    )


def is_registered(path: str) -> Q:
    """Whether the member at `path` is frozen by a registration, as a condition of a query.

    Nothing is looked up for a record without further sections, as in `registered_in`.
    """
    # The look-up stands last: a database asks from left to right, and most records have no sections.
    return Q(
        **{
            f"{path}campaign__kind": CampaignKind.GRADUATION,
            f"{path}record__has_sections": True,
        }
    ) & Q(Exists(registrations(path)))
