"""Whether what is said of a case belongs to a rehearsal."""

from typing import Any

from django.db.models import Q, QuerySet

from corrections.models import CorrectionRequest
from enrollment.models import School
from imaging.models import Campaign

__all__ = ["campaign_named", "is_rehearsed", "without_rehearsals"]


def campaign_named(request: CorrectionRequest) -> dict[str, Any]:
    """The parameter that names the campaign of a case, where it comes from one; a rehearsal says so."""
    conclusion = request.conclusion
    return {} if conclusion is None else {"campaign": conclusion.round.member.campaign.title}


def is_rehearsed(request: CorrectionRequest) -> bool:
    """Whether a case that comes from no campaign is of a demo school in a rehearsal."""
    if request.conclusion_id is not None:
        return False
    rehearsals = Campaign.objects.filter(is_rehearsal=True, schools__is_demo=True)
    return rehearsals.filter(schools=request.record.school_id).exists()


def without_rehearsals(cases: QuerySet[CorrectionRequest]) -> QuerySet[CorrectionRequest]:
    """Without the cases of rehearsed campaigns, and without those that `is_rehearsed` names."""
    schools = School.objects.filter(is_demo=True, campaigns__is_rehearsal=True).values("pk")
    return cases.exclude(
        Q(conclusion__round__member__campaign__is_rehearsal=True)
        | Q(conclusion=None, record__school__in=schools)
    )
