"""Build the demonstration school."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from xuexin.demo import logins
from xuexin.demo.people import LEAST_STUDENTS
from xuexin.demo.school import Standing, build, standing

_STUDENTS = 240


class Command(BaseCommand):
    """Write rosters and photos of a school that does not exist, and import them like any other's."""

    help = "Build the demonstration school: files, imports, accounts and every state."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many students, and how many of them with photos: 20,000 photos take 4 GB."""
        parser.add_argument(
            "--students",
            type=int,
            default=_STUDENTS,
            help="default %(default)s: three colleges with eight classes, and an affiliated college",
        )
        parser.add_argument(
            "--photos", type=int, help="only the photos of the first so many (default: all)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 also when it is there already; 1 beside anything that is not demonstration."""
        if not (settings.EMBEDDED or settings.DEBUG):
            raise CommandError(
                "演示账号的密码是公开的，只能在本机试用：用 make run 启动，"
                "或设 XUEXIN_EMBEDDED=1（开发时 DEBUG=1）后再来。"
            )
        students = options["students"]
        photos = students if options["photos"] is None else options["photos"]
        if min(students, photos) < LEAST_STUDENTS:
            raise CommandError(
                f"--students 和 --photos 至少 {LEAST_STUDENTS}，少了装不下各种情形。"
            )
        found = standing()
        if found is Standing.FOREIGN:
            raise CommandError(
                "数据库里已经有别的数据，不能再放演示学校。换一个空的数据库，或换一个 VAR_DIR。"
            )
        if found is Standing.BUILT:
            self.stdout.write("演示学校已经在这里了，没有改动。")
        else:
            if "cache" in connections:  # binding counts its tries there
                call_command("createcachetable", database="cache", verbosity=0)
            build(
                students=students,
                photographed=photos,
                now=timezone.now(),
                say=self.stdout.write,
            )
        if options["verbosity"]:  # `serve` prints them itself, once it listens
            self.stdout.write("\n".join(logins.lines()))
