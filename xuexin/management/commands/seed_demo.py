"""Build the demonstration school."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from xuexin.demo import logins
from xuexin.demo.people import LEAST_STUDENTS
from xuexin.demo.school import Standing, build, standing

_STUDENTS = 240


class Command(BaseCommand):
    """Write rosters and photos of a school that does not exist, and import them like any other's."""

    help = "Build the demonstration school: files, imports, accounts and every state."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many students; 240 make three colleges with eight classes and an affiliated college."""
        parser.add_argument("--students", type=int, default=_STUDENTS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 also when it is there already; 1 beside anything that is not demonstration."""
        if not (settings.EMBEDDED or settings.DEBUG):
            raise CommandError(
                "演示账号的密码是公开的，只能在本机试用：用 make run 启动，"
                "或设 XUEXIN_EMBEDDED=1（开发时 DEBUG=1）后再来。"
            )
        if options["students"] < LEAST_STUDENTS:
            raise CommandError(f"--students 至少 {LEAST_STUDENTS}，少了装不下各种情形。")
        found = standing()
        if found is Standing.FOREIGN:
            raise CommandError(
                "数据库里已经有别的数据，不能再放演示学校。换一个空的数据库，或换一个 VAR_DIR。"
            )
        if found is Standing.BUILT:
            self.stdout.write("演示学校已经在这里了，没有改动。")
        else:
            build(students=options["students"], now=timezone.now(), say=self.stdout.write)
        if options["verbosity"]:  # `serve` prints them itself, once it listens
            self.stdout.write("\n".join(logins.lines()))
