"""Building the demonstration school: files, imports, accounts, and the days of its campaign."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.actors import System
from common.models import OutboxMessage
from enrollment.models import School, StudentRecord
from enrollment.services.organisation import create_school
from xuexin.demo.accounts import Accounts, address
from xuexin.demo.calendar import Calendar, calendar_of
from xuexin.demo.classes import AFFILIATED, SCHOOL
from xuexin.demo.deliveries import Deliveries
from xuexin.demo.drawings import open_studio
from xuexin.demo.graduation import play_graduation
from xuexin.demo.people import Student, students_of
from xuexin.demo.staff import open_campaign, open_staff
from xuexin.demo.story import ACCOUNT_NAMES, Story

__all__ = ["Standing", "build", "standing"]

_CODES = (SCHOOL.code, AFFILIATED.code)
_ACTOR = System("演示数据")


class Standing(Enum):
    """What the database holds."""

    EMPTY = auto()
    BEGUN = auto()
    BUILT = auto()
    FOREIGN = auto()


def standing() -> Standing:
    """Whether the demonstration may be built here: never beside records or accounts of real people.

    Accounts come last and all together, so a building that was interrupted can be finished.
    """
    demo = School.objects.filter(code__in=_CODES, is_demo=True)
    if StudentRecord.objects.exclude(school__in=demo).exists():
        return Standing.FOREIGN
    if User.objects.filter(email=address("registrar")).exists():
        return Standing.BUILT
    if User.objects.exists():
        return Standing.FOREIGN
    return Standing.BEGUN if School.objects.exists() else Standing.EMPTY


def build(*, students: int, photographed: int, now: datetime, say: Callable[[str], object]) -> None:
    """Build it, or finish what was interrupted; `say` is told what each step brought."""
    calendar = calendar_of(now)
    people = students_of(students)
    for plan in (SCHOOL, AFFILIATED):
        if not School.objects.filter(code=plan.code).exists():
            create_school(
                code=plan.code,
                name=plan.name,
                is_demo=True,
                actor=_ACTOR,
                now=calendar.school_at,
            )
    folder = Path(settings.VAR_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with open_studio(photographed) as studio:
        deliveries = Deliveries(folder, people, calendar, studio, say, photographed)
        deliveries.rosters()
        deliveries.photos()
    _play(people, calendar)
    say(f"账号 {User.objects.count()} 个，演示文件在 {folder}")


@transaction.atomic
def _play(students: list[Student], calendar: Calendar) -> None:
    accounts = Accounts.of_school()
    staff = open_staff(accounts, students, calendar)
    open_campaign(staff, calendar)
    Story(students, accounts, calendar).play(staff)
    play_graduation(staff, accounts, students, calendar)
    _settle_messages(calendar.now)


def _settle_messages(now: datetime) -> None:
    """Count mails to people without a mailbox as sent, as they would be by now.

    Those of the printed logins go to the local outbox page, where there is one.
    """
    waiting = OutboxMessage.objects.filter(sent_at=None, given_up_at=None)
    if settings.EMBEDDED:
        waiting = waiting.exclude(user__email__in=map(address, ACCOUNT_NAMES.values()))
    waiting.update(sent_at=now, recipient=None, secret_params=None)
