"""Celery tasks of imaging: long imports, started by a click."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="imaging.check_batch", ignore_result=True)
def check_batch(*, batch_id: int) -> None:
    """Look through an uploaded batch of photos."""
    from imaging.services import batch_queue

    batch_queue.run_check(batch_id=batch_id, now=timezone.now())


@shared_task(name="imaging.apply_batch", ignore_result=True)
def apply_batch(*, batch_id: int, actor_id: int) -> None:
    """Import a batch of photos, or go on with it; `actor_id` 0 is the portal itself."""
    from imaging.services import batch_queue

    batch_queue.run_apply(batch_id=batch_id, actor_id=actor_id, now=timezone.now())


@shared_task(name="imaging.undo_batch", ignore_result=True)
def undo_batch(*, batch_id: int, actor_id: int) -> None:
    """Take a batch of photos back, or go on with that; `actor_id` 0 is the portal itself."""
    from imaging.services import batch_queue

    batch_queue.run_undo(batch_id=batch_id, actor_id=actor_id, now=timezone.now())


@shared_task(name="imaging.apply_platform_list", ignore_result=True)
def apply_platform_list(*, list_id: int) -> None:
    """Register what was accepted of the platform's list, or go on with it."""
    from imaging.models import PlatformList
    from imaging.services import platform

    found = PlatformList.objects.filter(pk=list_id).first()
    if found is not None:
        platform.apply_platform_list(platform_list=found, now=timezone.now())
