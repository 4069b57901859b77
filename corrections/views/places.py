"""The class and the campaign that an address names, for who may look at them."""

from typing import TypedDict

from django.shortcuts import get_object_or_404
from django.utils.timezone import now as clock

from common.http import AuthedRequest
from corrections import selectors
from enrollment.models import ClassGroup
from enrollment.selectors import classes_of
from imaging.models import Campaign


class ClassPlace(TypedDict):
    """One class in one campaign."""

    campaign: Campaign
    class_group: ClassGroup


def class_place_or_404(request: AuthedRequest, class_id: int, campaign_id: int) -> ClassPlace:
    """The class and the campaign, when both are the person's to see and belong together."""
    class_group = get_object_or_404(classes_of(request.user, now=clock()), pk=class_id)
    campaign = get_object_or_404(selectors.campaigns_of_class(class_group), pk=campaign_id)
    return {"class_group": class_group, "campaign": campaign}
