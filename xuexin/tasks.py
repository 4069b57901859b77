"""The one Celery task of the composition root: beat names a sweep, the worker runs it."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="xuexin.run_sweep", ignore_result=True)
def run_sweep(*, name: str) -> None:
    """Run one sweep of the schedule."""
    from xuexin import schedule

    schedule.sweep_named(name).run(timezone.now())
