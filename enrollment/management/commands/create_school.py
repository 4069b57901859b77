"""Create a school from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.actors import System
from common.errors import InvalidInputError
from enrollment.services.organisation import create_school
from enrollment.states import BindingFact


class Command(BaseCommand):
    """Rosters name schools by code; this makes one that they may name."""

    help = "Create a school: create_school CODE NAME."

    def add_arguments(self, parser: CommandParser) -> None:
        """The school's code, name and settings."""
        parser.add_argument("code", help="school code, usually five digits")
        parser.add_argument("name", help="name as printed on documents")
        parser.add_argument("--demo", action="store_true", help="a fictitious school")
        parser.add_argument(
            "--binding-fact",
            default=BindingFact.CANDIDATE_NO.value,
            choices=BindingFact.values,
            help="what a student must know beside name and number (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 with the reason when the school cannot be made."""
        try:
            school = create_school(
                code=options["code"],
                name=options["name"],
                binding_fact=options["binding_fact"],
                is_demo=options["demo"],
                actor=System("命令行"),
                now=timezone.now(),
            )
        except InvalidInputError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已建立学校 {school}。")
