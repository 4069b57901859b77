"""An import whose process is really killed goes on, without doubles: checking, applying, taking back."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from common.actors import System
from common.errors import StaleStateError
from enrollment.models import RosterImport, StudentRecord
from enrollment.services.roster import apply_roster, resume_imports, stage_roster, start_undo
from enrollment.services.roster.judging import CHUNK
from enrollment.states import ImportState, UndoState
from tests.enrollment.rosters import REGISTRAR, applied, csv_of, person, staged, upload
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

ROWS = 3 * CHUNK
_CHILD = """
import sys
import django
django.setup()
from django.utils import timezone
from common.actors import System
from enrollment.models import RosterImport
from enrollment.services import roster
getattr(roster, sys.argv[2])(
    roster=RosterImport.objects.get(pk=int(sys.argv[1])),
    actor=System("子进程"),
    now=timezone.now(),
    on_progress=lambda rows: print(rows, flush=True),
)
"""


def _database_url() -> str:
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    password = quote(held["PASSWORD"], safe="")
    return f"postgres://{held['USER']}:{password}@{held['HOST']}:{held['PORT']}/{held['NAME']}"


def kill_after_first_chunk(roster: RosterImport, service: str) -> None:
    """Let another process begin, and kill it while its second chunk is under way."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(roster.pk), service],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "xuexin.settings",
            "DATABASE_URL": _database_url(),
            "VAR_DIR": str(settings.VAR_DIR),
        },
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert int(child.stdout.readline()) == CHUNK
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    roster.refresh_from_db()


def after_a_while() -> datetime:
    return timezone.now() + timedelta(minutes=6)


def test_killed_application_is_taken_up_where_it_stopped() -> None:
    now = timezone.now()
    roster = staged(csv_of(*map(person, range(ROWS))), school=make_school(), now=now)
    kill_after_first_chunk(roster, "apply_roster")

    written = StudentRecord.objects.count()
    assert roster.state == ImportState.APPLYING
    assert CHUNK <= written < ROWS
    assert roster.rows.filter(is_applied=True).count() == written == roster.progress
    with pytest.raises(StaleStateError):
        apply_roster(roster=roster, actor=REGISTRAR, now=timezone.now())

    assert resume_imports(now=after_a_while()) == 1
    roster.refresh_from_db()
    assert roster.state == ImportState.APPLIED
    assert StudentRecord.objects.count() == ROWS == roster.created_count


def test_killed_check_begins_again_and_stages_every_row_once() -> None:
    roster = upload(csv_of(*map(person, range(ROWS))), school=make_school(), now=timezone.now())
    kill_after_first_chunk(roster, "stage_roster")

    assert roster.state == ImportState.UPLOADED
    assert CHUNK <= roster.progress == roster.rows.count() < ROWS
    with pytest.raises(StaleStateError):
        stage_roster(roster=roster, now=timezone.now())

    assert resume_imports(now=after_a_while()) == 1
    roster.refresh_from_db()
    assert roster.state == ImportState.STAGED
    assert roster.rows.count() == ROWS == roster.row_count == roster.created_count


def test_killed_undo_is_taken_up_where_it_stopped() -> None:
    roster = applied(csv_of(*map(person, range(ROWS))), school=make_school(), now=timezone.now())
    start_undo(
        roster=roster,
        reason="传错了文件",
        keeps_later_work=False,
        actor=System("王老师"),
        now=timezone.now(),
        in_background=False,
    )
    kill_after_first_chunk(roster, "undo_roster")

    left = StudentRecord.objects.count()
    assert roster.undo_state == UndoState.UNDOING
    assert 0 < left <= ROWS - CHUNK
    assert roster.rows.filter(is_applied=True).count() == left == ROWS - roster.progress

    assert resume_imports(now=after_a_while()) == 1
    roster.refresh_from_db()
    assert roster.undo_state == UndoState.UNDONE
    assert StudentRecord.objects.count() == roster.kept_count == 0
