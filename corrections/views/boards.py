"""The board of a college for its secretary and leader, and that of the school for the office."""

from datetime import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now as clock
from django.views.decorators.http import require_safe

from common.components import NavItem
from common.http import AuthedRequest
from common.wording import moment_short
from corrections import selectors
from enrollment.models import College
from enrollment.selectors import colleges_of
from enrollment.views.guards import office_required
from imaging.models import Campaign
from imaging.selectors.tallies import Progress, campaigns_begun_in

_ON_A_PAGE = 20


@office_required
@require_safe
def office_board(request: AuthedRequest) -> HttpResponseBase:
    """The whole school in one campaign: the curve, the colleges by open work, the cases by owner."""
    return _board(request, None, now=clock())


@require_safe
def college_board(request: AuthedRequest, college_id: int) -> HttpResponseBase:
    """One college in one campaign, for its secretary, its leader and the office."""
    now = clock()
    college = get_object_or_404(colleges_of(request.user, now=now), pk=college_id)
    return _board(request, college, now=now)


def _board(request: AuthedRequest, college: College | None, *, now: datetime) -> HttpResponseBase:
    campaigns = list(campaigns_begun_in(now=now, college=college))
    if not campaigns:
        return render(request, "corrections/campaign_board_none.html", {"college": college})
    campaign = _chosen(request, campaigns)
    board = selectors.campaign_board(campaign, college=college, now=now)
    page = Paginator(board.places, _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "board": board,
        "updated": f"{moment_short(now)} 更新",
        "cases_count": f"{board.cases} 件没办结",
        "page": page,
        "places": [(each, _place_url(each, campaign, college)) for each in page],
        "campaigns": _tabs(campaigns, campaign, college),
    }
    return render(request, "corrections/campaign_board.html", context)


def _chosen(request: AuthedRequest, campaigns: list[Campaign]) -> Campaign:
    """The campaign that the address names, else the newest; one that is not there is a 404."""
    wanted = request.GET.get("campaign")
    if wanted is None:
        return campaigns[0]
    for each in campaigns:
        if str(each.pk) == wanted:
            return each
    raise Http404


def _place_url(place: Progress, campaign: Campaign, college: College | None) -> str:
    """Where a line of the ranking leads: a class to its page, a college to its board."""
    if place.place_id is None:
        return ""
    if college is not None:
        return reverse("corrections:class_page", args=[place.place_id, campaign.pk])
    address = reverse("corrections:college_board", args=[place.place_id])
    return f"{address}?campaign={campaign.pk}"


def _tabs(campaigns: list[Campaign], chosen: Campaign, college: College | None) -> list[NavItem]:
    """The campaigns to choose from; nothing when there is only one."""
    address = (
        reverse("corrections:college_board", args=[college.pk])
        if college
        else reverse("corrections:office_board")
    )
    return [
        NavItem(label=each.title, url=f"{address}?campaign={each.pk}", current=each == chosen)
        for each in campaigns
        if len(campaigns) > 1
    ]
