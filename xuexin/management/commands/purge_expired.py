"""Erase personal data whose time is over; once more what a restored backup brought back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.retention import dump_proofs, load_proofs
from xuexin.retention import RULES, erase_again, purge_expired

_ROUNDS = 10_000


class Command(BaseCommand):
    """Runs the rules of xuexin/retention.py until nothing is due; safe at any time."""

    help = "Erase what is past its retention; --dry-run only counts, --again follows a restored backup."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do instead of erasing what is due."""
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")
        parser.add_argument(
            "--again",
            action="store_true",
            help="after a restore: erase again what the proofs say was erased",
        )
        parser.add_argument("--proofs-from", metavar="FILE", help="with --again: kept proofs")
        parser.add_argument(
            "--proofs-to", metavar="FILE", help="write all proofs, to be kept apart"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per rule."""
        if options["proofs_from"] and not options["again"]:
            raise CommandError("--proofs-from goes with --again.")
        if options["dry_run"]:
            self._say(purge_expired(now=timezone.now(), dry_run=True), "due")
            return
        if options["again"]:
            self._again(options["proofs_from"])
        self._purge()
        if options["proofs_to"]:
            lines = list(dump_proofs())
            Path(options["proofs_to"]).write_text("".join(f"{line}\n" for line in lines))
            self.stdout.write(f"proofs written: {len(lines)}")

    def _again(self, proofs: str | None) -> None:
        if proofs:
            try:
                with Path(proofs).open() as lines:
                    added = load_proofs(lines)
            except (OSError, ValueError) as error:
                raise CommandError(f"{proofs}: {error}") from error
            self.stdout.write(f"proofs taken in: {added}")
        self.stdout.write(f"erased again: {erase_again(now=timezone.now())}")

    def _purge(self) -> None:
        total = dict.fromkeys((rule.name for rule in RULES), 0)
        for _ in range(_ROUNDS):
            done = purge_expired(now=timezone.now())
            for name, count in done.items():
                total[name] += count
            if not any(done.values()):
                break
        self._say(total, "erased")

    def _say(self, figures: dict[str, int], word: str) -> None:
        for rule in RULES:
            self.stdout.write(f"{rule.name} ({rule.label}): {figures[rule.name]} {word}")
