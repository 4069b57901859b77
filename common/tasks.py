"""Celery tasks of common: nudges only."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="common.deliver_outbox", ignore_result=True)
def deliver_outbox() -> None:
    """Send what waits in the outbox."""
    from common import outbox

    outbox.deliver_pending(now=timezone.now())
