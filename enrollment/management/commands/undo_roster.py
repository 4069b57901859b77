"""Take an applied roster back from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.actors import System
from common.errors import DomainError
from enrollment.models import RosterImport
from enrollment.selectors.roster_later import later_work
from enrollment.services.roster import start_undo, undo_roster

_ACTOR = System("命令行")


class Command(BaseCommand):
    """Made records go, changed ones are as before; refused when later work depends on them."""

    help = (
        "Take back an applied roster by its number; says what was done later with its records. "
        "A roster that the command line applied is taken back by staff at the desk (two-person rule)."
    )
    stealth_options = ("now",)

    def add_arguments(self, parser: CommandParser) -> None:
        """Which roster, why, and what to do about later work."""
        parser.add_argument("roster", type=int, help="the number of the import")
        parser.add_argument("--reason", required=True, help="why; kept in the audit trail")
        parser.add_argument(
            "--keep-later-work",
            action="store_true",
            help="leave records as they are that something was done with later, take the others back",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse with every reason, or take back."""
        roster = RosterImport.objects.filter(pk=options["roster"]).first()
        if roster is None:
            raise CommandError(f"没有编号为 {options['roster']} 的名册导入。")
        if roster.started_by == _ACTOR.actor_label:
            raise CommandError("这份名册是命令行导入的，撤销要由教务老师在后台办（两人原则）。")
        for work in later_work(roster):
            self.stdout.write(f"{work.label} {work.count} 份，如 {'、'.join(work.examples)}")
        now = options.get("now") or timezone.now()
        try:
            start_undo(
                roster=roster,
                reason=options["reason"].strip(),
                keeps_later_work=options["keep_later_work"],
                actor=_ACTOR,
                now=now,
                in_background=False,
            )
            undo_roster(roster=roster, actor=_ACTOR, now=now)
        except DomainError as error:
            raise CommandError(str(error)) from error
        taken = roster.created_count + roster.updated_count - roster.kept_count
        self.stdout.write(f"已撤销 {taken} 行，保留 {roster.kept_count} 行。")
