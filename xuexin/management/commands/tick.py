"""Run every sweep once: what cron calls where no worker runs."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xuexin.schedule import SWEEPS


class Command(BaseCommand):
    """Announce what time has already decided, once; safe at any time and as often as wanted."""

    help = "Run all sweeps of xuexin/schedule.py once."

    def handle(self, *args: Any, **options: Any) -> None:
        """A sweep that fails does not keep the others from running; exit status 1 names it."""
        failed = []
        for sweep in SWEEPS:
            begun = time.monotonic()
            try:
                outcome = sweep.run(timezone.now())
            except Exception as error:  # noqa: BLE001 -- the others must still run
                failed.append(sweep.name)
                self.stderr.write(f"{sweep.name}: {error!r}")
                continue
            if options["verbosity"] > 0:
                spent = time.monotonic() - begun
                self.stdout.write(
                    f"{sweep.name}: {outcome if outcome is not None else 'done'} ({spent:.2f} s)"
                )
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}")
