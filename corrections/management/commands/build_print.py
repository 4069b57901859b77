"""`manage.py build_print NUMBER`: build the papers of a college now, where no worker runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from corrections.services.college_print import build_print


class Command(BaseCommand):
    """Build one requested file (全院打印)."""

    help = "Build the papers of a whole college that somebody has asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which one."""
        parser.add_argument("number", type=int, help="the number of the print at the desk")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it; fails when somebody is at it, when it is done, or when it breaks off."""
        if not build_print(print_id=options["number"], now=timezone.now()):
            raise CommandError(f"print {options['number']} was not built")
        self.stdout.write("built")
