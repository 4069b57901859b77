"""Celery tasks of the composition root: beat names a sweep, a person asks for a copy of the own data."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="xuexin.run_sweep", ignore_result=True)
def run_sweep(*, name: str) -> None:
    """Run one sweep of the schedule."""
    from xuexin import schedule

    schedule.sweep_named(name).run(timezone.now())


@shared_task(name="xuexin.build_export", ignore_result=True)
def build_export(*, export_id: int) -> None:
    """Build one copy of a person's data."""
    from xuexin.own_data import export

    export.build_export(export_id=export_id, now=timezone.now())


@shared_task(name="xuexin.build_pack", ignore_result=True)
def build_pack(*, pack_id: int) -> None:
    """Build one pack of locked records and photos for the national platform."""
    from xuexin.registration import building

    building.build_pack(pack_id=pack_id, now=timezone.now())


@shared_task(name="xuexin.wipe_rehearsal", ignore_result=True)
def wipe_rehearsal(*, wipe_id: int) -> None:
    """Wipe one rehearsal, or go on with it."""
    from xuexin.rehearsal import wiping

    wiping.wipe_rehearsal(wipe_id=wipe_id, now=timezone.now())
