"""Requests to reopen as their student and the office find them, and whom staff may enter a conclusion for."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from enrollment.selectors import classes_with_role
from enrollment.states import AssignmentRole
from imaging.models import CampaignMember, ReopenRequest
from imaging.states import OPEN_REOPENS

__all__ = ["members_to_enter_for", "open_reopen_of", "reopens_of", "waiting_reopens"]

_WHOLE = ("member__campaign", "member__record", "round", "opened_round")


def reopens_of(user: User) -> QuerySet[ReopenRequest]:
    """The requests on the person's own records, also those that the office made; the newest first."""
    return (
        ReopenRequest.objects.filter(
            member__record__binding__identity__user=user,
            member__record__hidden_at=None,
            member__record__duplicate_of=None,
        )
        .select_related(*_WHOLE)
        .order_by("-submitted_at", "-pk")
    )


def open_reopen_of(member: CampaignMember) -> ReopenRequest | None:
    """The member's request that is not decided yet."""
    return ReopenRequest.objects.filter(member=member, state__in=OPEN_REOPENS).first()


def waiting_reopens() -> QuerySet[ReopenRequest]:
    """What the office still has to propose or to decide, in the order in which it is due."""
    return ReopenRequest.objects.filter(state__in=OPEN_REOPENS).order_by("due_at", "pk")


def members_to_enter_for(user: User, *, now: datetime) -> QuerySet[CampaignMember]:
    """The members that this person may enter conclusions for: the registrar all, a counsellor the own classes'.

    Never of the person's own record.
    """
    members = CampaignMember.objects.filter(removed_at=None).select_related(
        "campaign__profile", "record__school", "class_group"
    )
    if not is_registrar(user):
        own = classes_with_role(user, [AssignmentRole.COUNSELLOR], now=now)
        members = members.filter(class_group__in=own)
    return members.exclude(Q(record__binding__identity__user=user))
