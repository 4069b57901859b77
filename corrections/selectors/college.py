"""Who reviews cases for a college: its secretary and its leader, by appointment."""

from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import User
from corrections.models import CorrectionRequest
from corrections.states import RequestState
from enrollment.models import Assignment, College
from enrollment.states import AssignmentRole

__all__ = ["cases_of_college", "colleges_reviewed_by", "has_reviewers", "reviews_for"]

_REVIEWERS = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)


def _appointed(now: datetime) -> QuerySet[Assignment]:
    return Assignment.objects.in_force_at(now).filter(role__in=_REVIEWERS)


def colleges_reviewed_by(user: User, *, now: datetime) -> QuerySet[College]:
    """The colleges for which the person looks at cases at `now`."""
    held = _appointed(now).filter(user=user, college__isnull=False)
    return College.objects.filter(pk__in=held.values("college"))


def reviews_for(user: User, college_id: int | None, *, now: datetime) -> bool:
    """Whether the person looks at the cases of the college at `now`."""
    if college_id is None or not user.is_active:
        return False
    return _appointed(now).filter(user=user, college=college_id).exists()


def has_reviewers(college_id: int | None, *, now: datetime) -> bool:
    """Whether the college has anybody who could look at a case at `now`."""
    if college_id is None:
        return False
    return _appointed(now).filter(college=college_id, user__is_active=True).exists()


def cases_of_college(user: User, *, now: datetime) -> QuerySet[CorrectionRequest]:
    """Cases of the person's colleges as they are now, without drafts and the own; open ones first."""
    return (
        CorrectionRequest.objects.filter(record__college__in=colleges_reviewed_by(user, now=now))
        .exclude(state=RequestState.DRAFT)
        .exclude(record__binding__identity__user=user)
        .select_related("record__school", "record__class_group", "holder")
        .order_by(F("closed_at").desc(nulls_first=True), "submitted_at", "pk")
    )
