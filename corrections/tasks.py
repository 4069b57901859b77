"""Celery tasks of corrections: long prints, started by a click."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="corrections.build_print", ignore_result=True)
def build_print(*, print_id: int) -> None:
    """Build the papers of a whole college."""
    from corrections.services import college_print

    college_print.build_print(print_id=print_id, now=timezone.now())
