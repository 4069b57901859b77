"""Celery tasks of enrollment: one service call each."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from common.actors import SYSTEM
from common.errors import StaleStateError
from enrollment.models import PeopleList, RosterImport


@shared_task(name="enrollment.stage_roster", ignore_result=True)
def stage_roster(*, roster_id: int) -> None:
    """Check an uploaded roster, unless somebody already does."""
    from enrollment.services.roster import stage_roster as stage

    with suppress(StaleStateError):
        stage(roster=RosterImport.objects.get(pk=roster_id), now=timezone.now())


@shared_task(name="enrollment.apply_roster", ignore_result=True)
def apply_roster(*, roster_id: int) -> None:
    """Go on applying a roster that was started, unless somebody already does."""
    from enrollment.services.roster import apply_roster as go_on

    with suppress(StaleStateError):
        go_on(roster=RosterImport.objects.get(pk=roster_id), actor=SYSTEM, now=timezone.now())


@shared_task(name="enrollment.undo_roster", ignore_result=True)
def undo_roster(*, roster_id: int) -> None:
    """Go on taking back a roster that was started, unless somebody already does."""
    from enrollment.services.roster import undo_roster as go_on

    with suppress(StaleStateError):
        go_on(roster=RosterImport.objects.get(pk=roster_id), actor=SYSTEM, now=timezone.now())


@shared_task(name="enrollment.apply_people_list", ignore_result=True)
def apply_people_list(*, list_id: int) -> None:
    """Do what is left of a list of people that was started."""
    from enrollment.services.people_list import apply_people_list as go_on

    with suppress(StaleStateError):
        go_on(people_list=PeopleList.objects.get(pk=list_id), now=timezone.now())
